//! Dialling, joining, waiting, and what survives a connection.

use super::relay::Relay;
use super::*;
use crate::client::{Backoff, BackoffConfig, StopReason};
use crate::close::{Advice, CloseCode};

#[test]
fn a_document_is_loading_until_something_of_it_has_arrived() {
    let id = document_id(1);
    let mut relay = Relay::holding(id, &["a"]);
    let mut anna = Client::following("anna", 1, id);
    assert_eq!(anna.phase(id), DocumentPhase::Loading);
    anna.connect(&mut relay);
    assert_eq!(anna.phase(id), DocumentPhase::Loading);
    assert!(!anna.session.in_step());
    run_until_quiet(&mut relay, &mut [&mut anna]);
    assert_eq!(anna.phase(id), DocumentPhase::Ready);
    assert_eq!(keys(anna.doc(id)), ["a"]);
    assert!(anna.session.in_step());
}

#[test]
fn a_document_that_the_relay_lacks_is_unavailable_and_not_empty() {
    let id = document_id(1);
    let mut relay = Relay::default();
    let mut anna = Client::following("anna", 1, id);
    anna.connect(&mut relay);
    run_until_quiet(&mut relay, &mut [&mut anna]);
    assert_eq!(anna.phase(id), DocumentPhase::Unavailable);
    assert!(
        anna.effects
            .contains(&Effect::Told(crate::client::Remark::Unavailable {
                document: id
            }))
    );
    assert!(!anna.session.in_step());
}

#[test]
fn changes_made_offline_wait_and_are_counted_until_the_relay_announces_them() {
    let id = document_id(1);
    let mut relay = Relay::holding(id, &["a"]);
    let mut anna = Client::following("anna", 1, id);
    anna.connect(&mut relay);
    run_until_quiet(&mut relay, &mut [&mut anna]);

    anna.disconnect(&mut relay, None);
    anna.change(id, "b");
    anna.change(id, "c");
    assert_eq!(anna.session.waiting_changes(), 2);
    assert!(!anna.session.wants_to_send());

    anna.connect(&mut relay);
    run_until_quiet(&mut relay, &mut [&mut anna]);
    assert_eq!(anna.session.waiting_changes(), 0);
    assert!(anna.session.in_step());
    assert_eq!(keys(&relay.documents[&id]), ["a", "b", "c"]);
}

#[test]
fn a_stored_copy_goes_on_where_it_ended_with_an_actor_of_its_own() {
    let id = document_id(1);
    let mut relay = Relay::holding(id, &["a"]);
    let mut before = Client::following("anna", 1, id);
    before.connect(&mut relay);
    run_until_quiet(&mut relay, &mut [&mut before]);
    before.disconnect(&mut relay, None);
    before.change(id, "b");
    let saved = before.doc(id).save();
    let stored_heads = before.session.document(id).unwrap().stored_heads().to_vec();

    let mut after = Client::new("anna", 2);
    let doc = plenary_draft::document::load_document(&saved, &Default::default()).unwrap();
    after
        .session
        .open(id, Some((doc, stored_heads)), &mut after.rng);
    assert_eq!(after.phase(id), DocumentPhase::Ready);
    assert_eq!(after.session.waiting_changes(), 1);
    assert_ne!(after.doc(id).get_actor(), before.doc(id).get_actor());
    after.connect(&mut relay);
    run_until_quiet(&mut relay, &mut [&mut after]);
    assert!(after.session.in_step());
    assert_eq!(keys(&relay.documents[&id]), ["a", "b"]);
}

#[test]
fn a_relay_that_was_restored_from_a_backup_is_given_again_what_it_lost() {
    let id = document_id(1);
    let mut relay = Relay::holding(id, &["a"]);
    let backup = relay.documents.clone();
    let mut anna = Client::following("anna", 1, id);
    anna.connect(&mut relay);
    run_until_quiet(&mut relay, &mut [&mut anna]);
    anna.change(id, "b");
    run_until_quiet(&mut relay, &mut [&mut anna]);
    assert!(anna.session.in_step());

    anna.disconnect(&mut relay, None);
    relay.documents = backup;
    anna.connect(&mut relay);
    run_until_quiet(&mut relay, &mut [&mut anna]);
    assert!(anna.session.in_step());
    assert_eq!(keys(&relay.documents[&id]), ["a", "b"]);
}

#[test]
fn every_close_code_is_followed_as_its_table_says() {
    for code in CloseCode::ALL {
        let id = document_id(1);
        let mut relay = Relay::holding(id, &["a"]);
        let mut anna = Client::following("anna", 1, id);
        anna.connect(&mut relay);
        run_until_quiet(&mut relay, &mut [&mut anna]);
        anna.now_ms += 60_000;
        anna.disconnect(&mut relay, Some(code.code()));
        match code.advice() {
            Advice::Stop => {
                assert!(
                    matches!(anna.session.link(), LinkState::Stopped(StopReason::Refused { code: seen, .. }) if *seen == code.code())
                );
                assert_eq!(anna.session.next_timeout_ms(), None);
            }
            Advice::RedialNow => assert_eq!(anna.session.next_timeout_ms(), Some(anna.now_ms)),
            Advice::RedialLater => assert!(anna.session.next_timeout_ms() > Some(anna.now_ms)),
        }
        assert_eq!(keys(anna.doc(id)), ["a"], "{code:?}");
    }
}

#[test]
fn at_once_is_not_believed_of_a_connection_that_did_not_last() {
    let id = document_id(1);
    let mut relay = Relay::holding(id, &["a"]);
    let mut anna = Client::following("anna", 1, id);
    anna.connect(&mut relay);
    run_until_quiet(&mut relay, &mut [&mut anna]);
    anna.disconnect(&mut relay, Some(CloseCode::RoleChanged.code()));
    assert!(anna.session.next_timeout_ms() > Some(anna.now_ms));
}

#[test]
fn a_refused_upgrade_is_not_tried_again() {
    let mut anna = Client::new("anna", 1);
    anna.handle(Event::Connect);
    anna.handle(Event::Disconnected {
        code: None,
        reason: "HTTP 403\u{1b}[31m".to_owned(),
        permanent: true,
    });
    let LinkState::Stopped(StopReason::Refused { message, .. }) = anna.session.link() else {
        panic!("{:?}", anna.session.link());
    };
    assert_eq!(
        message, "HTTP 403[31m",
        "control characters do not reach a terminal"
    );
}

#[test]
fn a_relay_that_does_not_answer_the_join_is_left() {
    let mut anna = Client::new("anna", 1);
    anna.handle(Event::Connect);
    anna.handle(Event::Connected);
    let deadline = anna.session.next_timeout_ms().unwrap();
    assert!(deadline > anna.now_ms);
    anna.now_ms = deadline;
    let effects = anna.handle(Event::Timer);
    assert!(
        matches!(effects.first(), Some(Effect::Close { .. })),
        "{effects:?}"
    );
    assert!(matches!(anna.session.link(), LinkState::Waiting { .. }));
}

#[test]
fn waits_grow_to_the_cap_with_jitter_and_begin_anew_after_a_healthy_connection() {
    let config = BackoffConfig::default();
    let mut rng = rng(7);
    let mut backoff = Backoff::new(config.clone());
    let waits: Vec<i64> = (0..20).map(|_| backoff.next_wait_ms(&mut rng)).collect();
    for (attempt, wait) in waits.iter().enumerate() {
        let bound = (config.first_ms << attempt.min(20)).min(config.cap_ms);
        assert!(
            (bound / 2..=bound).contains(wait),
            "attempt {attempt}: {wait} of {bound}"
        );
    }
    assert!(
        waits[10..].windows(2).any(|pair| pair[0] != pair[1]),
        "no jitter"
    );
    backoff.connection_lasted(config.healthy_after_ms - 1);
    assert!(backoff.next_wait_ms(&mut rng) >= config.cap_ms / 2);
    backoff.connection_lasted(config.healthy_after_ms);
    assert!(backoff.next_wait_ms(&mut rng) <= config.first_ms);
}
