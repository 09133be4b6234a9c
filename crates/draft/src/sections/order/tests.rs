use super::*;
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize, PartialEq)]
struct Vector {
    low: Option<String>,
    high: Option<String>,
    count: usize,
    infix: String,
    /// `null` where there is no room.
    keys: Option<Vec<String>>,
}

fn vector(low: Option<&str>, high: Option<&str>, count: usize) -> Vector {
    Vector {
        low: low.map(str::to_owned),
        high: high.map(str::to_owned),
        count,
        infix: "k3Pq".to_owned(),
        keys: keys_between(low, high, count, "k3Pq"),
    }
}

fn vectors() -> Vec<Vector> {
    let long = "z".repeat(MAX_ORDER_BYTES);
    vec![
        vector(None, None, 1),
        vector(None, None, 3),
        vector(None, None, 63),
        vector(Some("V"), None, 1),
        vector(Some("Vk3Pq"), None, 2),
        vector(Some("zz"), None, 1),
        vector(Some("Vz"), None, 1),
        vector(None, Some("Vk3Pq"), 1),
        vector(None, Some("01"), 1),
        vector(None, Some("1"), 1),
        vector(None, Some("000"), 1),
        vector(Some("A"), Some("Z"), 1),
        vector(Some("A"), Some("B"), 1),
        vector(Some("Az"), Some("B"), 2),
        vector(Some("A"), Some("A1"), 1),
        vector(Some("A"), Some("A01"), 1),
        vector(Some("A"), Some("A0"), 1),
        vector(Some("A"), Some("A"), 1),
        vector(Some("B"), Some("A"), 1),
        vector(Some("no key!"), None, 1),
        vector(Some(&long), None, 1),
        vector(Some(&long[1..]), None, 1),
        vector(Some(""), Some("V"), 1),
    ]
}

#[test]
fn vectors_for_other_languages_hold() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/order-vectors.json");
    crate::testing::check_fixture(
        path,
        format!("{}\n", serde_json::to_string_pretty(&vectors()).unwrap()).as_bytes(),
    );
    let stored: Vec<Vector> =
        serde_json::from_str(include_str!("../../../testdata/order-vectors.json")).unwrap();
    assert_eq!(stored, vectors());
}

#[test]
fn appending_and_prepending_ten_thousand_keys_stays_short() {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut last = keys_between(None, None, 1, "0001").unwrap().remove(0);
    let mut first = last.clone();
    for _ in 0..10_000 {
        let infix = random_infix(&mut rng);
        let next = keys_between(Some(&last), None, 1, &infix)
            .unwrap()
            .remove(0);
        assert!(next > last);
        last = next;
        let infix = random_infix(&mut rng);
        let next = keys_between(None, Some(&first), 1, &infix)
            .unwrap()
            .remove(0);
        assert!(next < first);
        first = next;
    }
    assert!(last.len() <= 8 && first.len() <= 8, "{first} {last}");
}

#[test]
fn inserting_at_one_place_ends_in_a_refusal_and_not_in_endless_keys() {
    let low = "A".to_owned();
    let mut high = "B".to_owned();
    let mut made = 0;
    while let Some(keys) = keys_between(Some(&low), Some(&high), 1, "0001") {
        assert!(low < keys[0] && keys[0] < high && keys[0].len() <= MAX_ORDER_BYTES);
        high = keys[0].clone();
        made += 1;
    }
    assert!(made > 400, "{made}");
}

fn key() -> impl Strategy<Value = String> {
    "[0-9A-Za-z]{0,6}"
}

proptest! {
    #[test]
    fn keys_lie_between_their_bounds_in_order(
        low in proptest::option::of(key()),
        high in proptest::option::of(key()),
        count in 1_usize..200,
        seed: u64,
    ) {
        let infix = random_infix(&mut ChaCha8Rng::seed_from_u64(seed));
        if let Some(keys) = keys_between(low.as_deref(), high.as_deref(), count, &infix) {
            prop_assert_eq!(keys.len(), count);
            prop_assert!(keys.windows(2).all(|pair| pair[0] < pair[1]));
            for key in &keys {
                prop_assert!(low.as_ref().is_none_or(|low| low < key));
                prop_assert!(high.as_ref().is_none_or(|high| key < high));
                prop_assert!(!key.ends_with('0'));
            }
        } else {
            // Only equal, reversed or zero-ended bounds leave no room.
            let (low, high) = (low.unwrap_or_default(), high.unwrap_or_default());
            prop_assert!(low >= high || high.ends_with('0'), "{} {}", low, high);
        }
    }

    #[test]
    fn two_pastes_at_one_place_do_not_interleave(
        low in proptest::option::of("[1-9A-Za-z]{1,4}"),
        seed: u64,
    ) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (one, two) = (random_infix(&mut rng), random_infix(&mut rng));
        prop_assume!(one != two);
        let one = keys_between(low.as_deref(), None, 70, &one).unwrap();
        let two = keys_between(low.as_deref(), None, 70, &two).unwrap();
        prop_assert!(one[69] < two[0] || two[69] < one[0]);
    }
}
