//! Two clients, one relay, connections that come and go: everything arrives everywhere.

use super::relay::Relay;
use super::*;
use proptest::prelude::*;

#[derive(Debug, Clone, Copy)]
enum Step {
    Change(usize),
    Cut(usize),
    Connect(usize),
    /// One frame from the client to the relay, which may then be lost with the connection.
    Up(usize),
    /// One frame from the relay to the client.
    Down(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let client = 0..2_usize;
    prop_oneof![
        3 => client.clone().prop_map(Step::Change),
        1 => client.clone().prop_map(Step::Cut),
        2 => client.clone().prop_map(Step::Connect),
        6 => client.clone().prop_map(Step::Up),
        6 => client.prop_map(Step::Down),
    ]
}

fn connected(client: &Client) -> bool {
    matches!(
        client.session.link(),
        LinkState::Joining { .. } | LinkState::Online { .. }
    )
}

fn apply(step: Step, number: usize, clients: &mut [Client; 2], relay: &mut Relay, id: DocumentId) {
    match step {
        Step::Change(who) => clients[who].change(id, &format!("{who}-{number}")),
        Step::Cut(who) if connected(&clients[who]) => clients[who].disconnect(relay, None),
        Step::Connect(who) if !connected(&clients[who]) => clients[who].connect(relay),
        Step::Up(who) if connected(&clients[who]) => {
            if let Some(frame) = clients[who].session.poll_transmit() {
                relay.receive(clients[who].name, &frame.into());
            }
        }
        Step::Down(who) if connected(&clients[who]) => {
            let name = clients[who].name;
            if let Some(frame) = relay.poll_transmit(name) {
                clients[who].handle(Event::Received(frame));
            }
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn everything_arrives_everywhere(steps in proptest::collection::vec(step(), 0..80)) {
        let id = document_id(1);
        let mut relay = Relay::holding(id, &["start"]);
        let mut clients = [Client::following("anna", 1, id), Client::following("boris", 2, id)];
        for client in &mut clients {
            client.connect(&mut relay);
            run_until_quiet(&mut relay, &mut [client]);
        }
        let mut written = vec!["start".to_owned()];
        for (number, step) in steps.into_iter().enumerate() {
            if let Step::Change(who) = step {
                written.push(format!("{who}-{number}"));
            }
            apply(step, number, &mut clients, &mut relay, id);
            for client in &clients {
                // What counts as stored is on the relay.
                let document = client.session.document(id).unwrap();
                for head in document.stored_heads() {
                    prop_assert!(relay.documents[&id].get_change_meta_by_hash(head).is_some());
                }
            }
        }
        for client in &mut clients {
            if !connected(client) {
                client.connect(&mut relay);
            }
        }
        let [anna, boris] = &mut clients;
        run_until_quiet(&mut relay, &mut [anna, boris]);
        written.sort();
        for client in &clients {
            prop_assert!(client.session.in_step());
            prop_assert_eq!(client.session.waiting_changes(), 0);
            prop_assert_eq!(&keys(client.doc(id)), &written);
        }
    }
}
