use automerge::transaction::{Transactable, Transaction};
use plenary_draft::new_document;
use proptest::prelude::*;

use super::*;

const ANNA: ActorId2 = ActorId2(0xa0, "anna");
const BO: ActorId2 = ActorId2(0xb0, "bo");

/// An author with one actor.
#[derive(Clone, Copy)]
struct ActorId2(u8, &'static str);

impl ActorId2 {
    fn actor(self) -> ActorId {
        ActorId::from([self.0; 16])
    }

    fn names(self) -> impl Fn(&str) -> bool {
        move |name| name == self.1
    }
}

fn write<T>(
    document: &mut Automerge,
    author: ActorId2,
    write: impl FnOnce(&mut Transaction<'_>) -> T,
) -> T {
    document.set_actor(author.actor());
    let mut transaction = document.transaction();
    let result = write(&mut transaction);
    transaction.commit();
    result
}

fn last_change(document: &Automerge, author: ActorId2) -> Change {
    let changes = document.get_changes(&[]);
    let mut theirs: Vec<_> = changes
        .into_iter()
        .filter(|change| *change.actor_id() == author.actor())
        .collect();
    theirs.pop().expect("the author wrote something")
}

fn map(transaction: &Transaction<'_>, name: &str) -> ObjId {
    transaction.get(ROOT, name).unwrap().unwrap().1
}

/// Makes an entry with a body, a counter and perhaps a name.
fn enter(transaction: &mut Transaction<'_>, key: &str, name: Option<&str>) -> ObjId {
    let comments = map(transaction, "comments");
    let entry = transaction
        .put_object(&comments, key, ObjType::Map)
        .unwrap();
    if let Some(name) = name {
        transaction.put(&entry, PARTICIPANT, name).unwrap();
    }
    let body = transaction
        .put_object(&entry, "body", ObjType::Text)
        .unwrap();
    transaction.splice_text(&body, 0, 0, "What of it?").unwrap();
    transaction
        .put(&entry, "likes", ScalarValue::counter(1))
        .unwrap();
    entry
}

/// A discussion with one entry of each.
fn discussion() -> Automerge {
    let mut document = new_document(ActorId::from([1; 16]));
    let mut transaction = document.transaction();
    for name in ENTRY_MAPS {
        transaction.put_object(ROOT, name, ObjType::Map).unwrap();
    }
    transaction.commit();
    write(&mut document, ANNA, |it| enter(it, "anna-1", Some("anna")));
    write(&mut document, BO, |it| enter(it, "bo-1", Some("bo")));
    document
}

fn check(discussion: &Automerge, change: &Change, author: ActorId2) -> bool {
    let entries = Entries::of(discussion);
    let one = |actor: &ActorId| *actor == author.actor();
    judge(&entries, discussion, change, author, one).is_ok()
}

/// Whether somebody who owns these actors and enters nothing for others may make a change.
fn judge(
    entries: &Entries,
    discussion: &Automerge,
    change: &Change,
    author: ActorId2,
    owns: impl Fn(&ActorId) -> bool,
) -> Result<Made, Overstep> {
    let author = Author {
        names: author.names(),
        owns,
        may_stand_for: |_: &str| false,
    };
    entries.check(discussion, change, &author)
}

/// What Bo may try, with whether he may.
const TRICKS: [(&str, bool); 17] = [
    ("makes an entry", true),
    ("changes a field of his", true),
    ("deletes an entry of his", true),
    ("types in a text of his", true),
    ("counts in an entry of his", true),
    ("nests a map in an entry of his", true),
    ("makes an entry in Anna's name", false),
    ("makes an entry without a name", false),
    ("gives an entry of his to Anna", false),
    ("changes a field of Anna's", false),
    ("deletes Anna's entry", false),
    ("puts an entry in the place of Anna's", false),
    ("types in Anna's text", false),
    ("counts in Anna's entry", false),
    ("writes at the root", false),
    ("replaces a map of entries", false),
    ("puts a word where an entry is due", false),
];

/// Tries one of them; nothing when it needs an entry of Bo's and there is none left.
fn try_trick(it: &mut Transaction<'_>, trick: &str, number: usize) {
    let comments = map(it, "comments");
    let entry_of = |it: &Transaction<'_>, who: &str| {
        let keys: Vec<String> = it.keys(&comments).collect();
        let key = keys.into_iter().find(|key| key.starts_with(who))?;
        let (_, entry) = it.get(&comments, key.as_str()).unwrap()?;
        Some((key, entry))
    };
    let text = |it: &Transaction<'_>, entry: &ObjId| it.get(entry, "body").unwrap().unwrap().1;
    let key = format!("bo-new-{number}");
    // An earlier trick of the same change may have deleted it.
    let Some((_, hers)) = entry_of(it, "anna") else {
        return;
    };
    let his = entry_of(it, "bo");
    match (trick, his) {
        ("makes an entry", _) => drop(enter(it, &key, Some("bo"))),
        ("makes an entry in Anna's name", _) => drop(enter(it, &key, Some("anna"))),
        ("makes an entry without a name", _) => drop(enter(it, &key, None)),
        ("changes a field of Anna's", _) => it.put(&hers, "withdrawn", true).unwrap(),
        ("deletes Anna's entry", _) => it.delete(&comments, "anna-1").unwrap(),
        ("puts an entry in the place of Anna's", _) => drop(enter(it, "anna-1", Some("bo"))),
        ("types in Anna's text", _) => {
            let text = text(it, &hers);
            it.splice_text(&text, 2, 3, "!").unwrap();
        }
        ("counts in Anna's entry", _) => it.increment(&hers, "likes", 1).unwrap(),
        ("writes at the root", _) => it.put(ROOT, "note", "mine").unwrap(),
        ("replaces a map of entries", _) => {
            it.put_object(ROOT, "positions", ObjType::Map).unwrap();
        }
        ("puts a word where an entry is due", _) => it.put(&comments, "word", "word").unwrap(),
        ("changes a field of his", Some((_, his))) => it.put(&his, "withdrawn", true).unwrap(),
        ("deletes an entry of his", Some((key, _))) => it.delete(&comments, key).unwrap(),
        ("types in a text of his", Some((_, his))) => {
            let text = text(it, &his);
            it.splice_text(&text, 2, 3, "!").unwrap();
        }
        ("counts in an entry of his", Some((_, his))) => it.increment(&his, "likes", 1).unwrap(),
        ("nests a map in an entry of his", Some((_, his))) => {
            let anchor = it.put_object(&his, "anchor", ObjType::Map).unwrap();
            it.put(&anchor, "quote", "should").unwrap();
        }
        ("gives an entry of his to Anna", Some((_, his))) => {
            it.put(&his, PARTICIPANT, "anna").unwrap();
        }
        (other, Some(_)) => panic!("no such trick: {other}"),
        (_, None) => {}
    }
}

#[test]
fn each_trick_by_itself_is_judged_as_the_format_says() {
    for (trick, allowed) in TRICKS {
        let before = discussion();
        let mut after = before.clone();
        write(&mut after, BO, |it| try_trick(it, trick, 0));
        let change = last_change(&after, BO);
        assert_eq!(check(&before, &change, BO), allowed, "Bo {trick}");
    }
}

#[test]
fn a_key_that_somebody_else_has_taken_meanwhile_is_not_ones_own() {
    let before = discussion();
    let mut annas = before.clone();
    write(&mut annas, ANNA, |it| enter(it, "new", Some("anna")));
    let mut bos = before.clone();
    write(&mut bos, BO, |it| enter(it, "new", Some("bo")));
    let (hers, his) = (last_change(&annas, ANNA), last_change(&bos, BO));
    // Applied already, and accepted in the same turn.
    assert!(!check(&annas, &his, BO));
    let mut entries = Entries::of(&before);
    let hers_alone = |actor: &ActorId| *actor == ANNA.actor();
    let made = judge(&entries, &before, &hers, ANNA, hers_alone);
    entries.accept(&made.unwrap());
    let second = judge(&entries, &before, &his, BO, |actor| *actor == BO.actor());
    assert_eq!(second, Err(Overstep::Foreign));
}

#[test]
fn who_has_several_actors_edits_entries_of_all_of_them() {
    let mut document = discussion();
    let laptop = ActorId2(0xb1, "bo");
    let before = document.clone();
    write(&mut document, laptop, |it| {
        try_trick(it, "types in a text of his", 0);
    });
    let change = last_change(&document, laptop);
    let entries = Entries::of(&before);
    let both = |actor: &ActorId| [BO.actor(), laptop.actor()].contains(actor);
    assert!(judge(&entries, &before, &change, BO, both).is_ok());
    let one = |actor: &ActorId| *actor == laptop.actor();
    assert_eq!(
        judge(&entries, &before, &change, BO, one),
        Err(Overstep::Foreign)
    );
}

/// What Bo, a facilitator, may try who enters something for Cleo, with why he may not.
#[test]
fn for_whom_an_entry_is_made_is_said_when_it_is_made_and_never_again() {
    let put = |it: &mut Transaction<'_>, entry: &ObjId, value: &str| {
        it.put(entry, "behalf", value).unwrap();
    };
    type Trial<'a> = &'a dyn Fn(&mut Transaction<'_>);
    let own = |it: &Transaction<'_>| it.get(map(it, "comments"), "bo-1").unwrap().unwrap().1;
    let trials: [(&str, bool, Trial<'_>); 8] = [
        ("for Cleo", true, &|it| {
            let entry = enter(it, "new", Some("bo"));
            put(it, &entry, "cleo");
        }),
        ("for a stranger", false, &|it| {
            let entry = enter(it, "new", Some("bo"));
            put(it, &entry, "nobody");
        }),
        ("for two", false, &|it| {
            let entry = enter(it, "new", Some("bo"));
            put(it, &entry, "cleo");
            put(it, &entry, "anna");
        }),
        ("as a text that others can write", false, &|it| {
            let entry = enter(it, "new", Some("bo"));
            it.put_object(&entry, "behalf", ObjType::Text).unwrap();
        }),
        ("as a number", false, &|it| {
            let entry = enter(it, "new", Some("bo"));
            it.put(&entry, "behalf", 1).unwrap();
        }),
        ("into an entry of his that stands", false, &|it| {
            let entry = own(it);
            put(it, &entry, "cleo");
        }),
        ("out of one", false, &|it| {
            let entry = enter(it, "new", Some("bo"));
            put(it, &entry, "cleo");
            it.delete(&entry, "behalf").unwrap();
        }),
        ("without signing", false, &|it| {
            let entry = enter(it, "new", None);
            put(it, &entry, "cleo");
        }),
    ];
    for (trial, allowed, attempt) in trials {
        let before = discussion();
        let mut after = before.clone();
        write(&mut after, BO, |it| attempt(it));
        let change = last_change(&after, BO);
        let author = |is_facilitator: bool| Author {
            names: BO.names(),
            owns: |actor: &ActorId| *actor == BO.actor(),
            may_stand_for: move |name: &str| is_facilitator && name == "cleo",
        };
        let entries = Entries::of(&before);
        let made = entries.check(&before, &change, &author(true));
        assert_eq!(made.is_ok(), allowed, "{trial}: {made:?}");
        if let Ok(made) = made {
            let cleo = ParticipantId::new("cleo");
            assert_eq!(made.for_others, [("new".to_owned(), cleo)]);
        }
        let editor = entries.check(&before, &change, &author(false));
        assert!(editor.is_err(), "{trial} by an editor");
    }
    // What stands is not changed by anybody, its author included.
    let mut standing = discussion();
    write(&mut standing, BO, |it| {
        let entry = enter(it, "new", Some("bo"));
        put(it, &entry, "cleo");
    });
    for remove in [false, true] {
        let mut after = standing.clone();
        write(&mut after, BO, |it| {
            let (_, entry) = it.get(map(it, "comments"), "new").unwrap().unwrap();
            if remove {
                it.delete(&entry, "behalf").unwrap();
            } else {
                put(it, &entry, "cleo again");
            }
        });
        let change = last_change(&after, BO);
        let author = Author {
            names: BO.names(),
            owns: |actor: &ActorId| *actor == BO.actor(),
            may_stand_for: |_: &str| true,
        };
        let checked = Entries::of(&standing).check(&standing, &change, &author);
        assert_eq!(checked, Err(Overstep::Behalf));
    }
}

/// All that stands at Anna's key.
fn annas_entry(document: &Automerge) -> Vec<String> {
    let comments = document.get(ROOT, "comments").unwrap().unwrap().1;
    let mut found = Vec::new();
    for (_, entry) in document.get_all(&comments, "anna-1").unwrap() {
        for key in document.keys(&entry) {
            let (value, object) = document.get(&entry, key.as_str()).unwrap().unwrap();
            let words = document.text(&object).unwrap_or_default();
            found.push(format!("{key}: {value:?} {words}"));
        }
    }
    found
}

proptest! {
    /// Whatever several tricks in one change are, it passes if all of them may pass; and what
    /// passed leaves Anna's entry as it was.
    #[test]
    fn what_passes_leaves_others_alone(
        tricks in prop::collection::vec(0..TRICKS.len(), 1..6),
        mostly_fair in any::<bool>(),
    ) {
        let before = discussion();
        let mut after = before.clone();
        let tricks: Vec<(&str, bool)> = tricks
            .into_iter()
            .map(|at| TRICKS[if mostly_fair { at % 6 } else { at }])
            .collect();
        write(&mut after, BO, |it| {
            for (number, (trick, _)) in tricks.iter().enumerate() {
                try_trick(it, trick, number);
            }
        });
        prop_assume!(after.get_heads() != before.get_heads());
        let change = last_change(&after, BO);
        let passes = check(&before, &change, BO);
        if tricks.iter().all(|(_, allowed)| *allowed) {
            prop_assert!(passes, "{tricks:?}");
        }
        if passes {
            prop_assert_eq!(annas_entry(&after), annas_entry(&before));
            prop_assert_eq!(after.keys(ROOT).count(), ENTRY_MAPS.len());
        }
    }
}
