//! Attacks on what others wrote. Each is first shown to work on a document without a relay, so that
//! the test would see it; then the relay keeps it away from everybody else.

use automerge::transaction::Transactable;
use automerge::{Automerge, Change, ROOT, ReadDoc};
use bytes::Bytes;
use plenary_draft::DocumentId;
use plenary_protocol::access::DocumentKind;
use plenary_protocol::wire::{PeerId, SessionId, WireMessage};

use super::client::{Peer, Seen, has};
use super::ours::{documents, join, knows, quarantined};
use super::start::{Made, Served, quick};

/// Two honest editors and a hostile one in the text of a draft.
struct Scene {
    served: Served,
    made: Made,
    text: DocumentId,
    anna: Peer,
    bo: Peer,
    eve: Peer,
}

async fn scene() -> Scene {
    let served = Served::start(quick()).await;
    let made = served.draft("# One\n\ntext\n").await;
    let text = documents(&served, &made).await[&DocumentKind::Text];
    let secret = made.secret("editor");
    let mut peers = Vec::new();
    for name in ["anna", "bo", "eve"] {
        let (mut peer, _) = join(name, &served, &secret, text).await;
        peer.sync_until(has("sections")).await;
        peers.push(peer);
    }
    let (Some(eve), Some(bo), Some(anna)) = (peers.pop(), peers.pop(), peers.pop()) else {
        panic!("three have joined");
    };
    Scene {
        served,
        made,
        text,
        anna,
        bo,
        eve,
    }
}

impl Scene {
    /// Sends changes as they are, in a sync message of one's own making.
    async fn push(&mut self, changes: &[Change]) {
        let message = self.eve.sync_of(changes);
        self.eve.send(&message).await;
    }

    /// Anna writes, and Bo reads it.
    async fn honest_people_go_on(&mut self, key: &str) {
        self.anna.write(key, "honest");
        self.anna.sync_until_saved().await;
        self.bo.sync_until(has(key)).await;
    }
}

fn edit(document: &mut Automerge, key: &str) -> Change {
    let mut transaction = document.transaction();
    transaction.put(ROOT, key, 1).expect("a key");
    let hash = transaction.commit().0.expect("a change");
    document.get_change_by_hash(&hash).expect("just made")
}

#[tokio::test]
async fn a_change_under_anothers_actor_does_not_block_its_owner() {
    let mut scene = scene().await;
    scene.honest_people_go_on("first").await;
    scene.eve.sync_until(has("first")).await;
    let mut forger = scene.eve.document.clone();
    forger.set_actor(scene.anna.document.get_actor().clone());
    let forged = edit(&mut forger, "forged");
    // Without a relay: who takes the forged change can never take Anna's next one.
    let mut annas = scene.anna.document.clone();
    let next = edit(&mut annas, "next");
    let mut fooled = scene.bo.document.clone();
    fooled
        .apply_changes([forged.clone()])
        .expect("it looks right");
    assert!(fooled.apply_changes([next]).is_err(), "the attack works");
    // With one: it is kept aside, and Anna goes on.
    scene.push(std::slice::from_ref(&forged)).await;
    let (hashes, words) = quarantined(&mut scene.eve).await;
    assert_eq!(hashes, [forged.hash()]);
    assert!(words.contains("another participant"), "{words}");
    scene.honest_people_go_on("second").await;
    assert!(!has("forged")(&scene.bo.document));
}

#[tokio::test]
async fn a_sequence_number_is_used_once() {
    let mut scene = scene().await;
    let mut twin = scene.eve.document.clone();
    let first = edit(&mut scene.eve.document, "one");
    let second = edit(&mut twin, "other");
    assert_eq!(
        (first.seq(), first.actor_id()),
        (second.seq(), second.actor_id())
    );
    // Without a relay: two who are told different ones never have the same text again.
    let mut fooled = scene.bo.document.clone();
    fooled
        .apply_changes([second.clone()])
        .expect("it looks right");
    let parted = fooled.apply_changes([first.clone()]);
    assert!(parted.is_err(), "the attack works");
    // With one: the second is kept aside, and all have the first.
    scene.push(std::slice::from_ref(&first)).await;
    scene.bo.sync_until(knows(first.hash())).await;
    scene.push(std::slice::from_ref(&second)).await;
    let (hashes, words) = quarantined(&mut scene.eve).await;
    assert_eq!(hashes, [second.hash()]);
    assert!(words.contains("number of their series"), "{words}");
    scene.honest_people_go_on("after").await;
    assert!(!has("other")(&scene.bo.document));
}

#[tokio::test]
async fn an_author_footer_names_its_sender_or_nobody() {
    let mut scene = scene().await;
    let anna = participant_of(&scene, "anna").await;
    let mut document = scene.eve.document.clone();
    let author = automerge::Author::from(anna.as_bytes().to_vec());
    document.set_author(Some(author.clone()));
    let forged = edit(&mut document, "signed");
    assert_eq!(
        forged.author().map(automerge::Author::into_owned),
        Some(author.clone())
    );
    // Without a relay: Automerge has no objection, and whoever reads footers takes it for Anna's.
    let mut fooled = scene.bo.document.clone();
    fooled
        .apply_changes([forged.clone()])
        .expect("it looks right");
    let taken = fooled
        .get_change_by_hash(&forged.hash())
        .expect("it is there");
    let signed = taken.author().map(automerge::Author::into_owned);
    assert_eq!(signed, Some(author), "the attack works");
    // With one: it is kept aside.
    scene.push(std::slice::from_ref(&forged)).await;
    let (hashes, words) = quarantined(&mut scene.eve).await;
    assert_eq!(hashes, [forged.hash()]);
    assert!(words.contains("another author"), "{words}");
    scene.honest_people_go_on("after").await;
    assert!(!has("signed")(&scene.bo.document));
}

/// The very frame that is taken under one's own name.
#[tokio::test]
async fn a_message_in_anothers_name_ends_its_senders_connection_and_no_other() {
    let mut scene = scene().await;
    let own = edit(&mut scene.eve.document, "own");
    let WireMessage::Sync {
        target,
        document,
        data,
        ..
    } = scene.eve.sync_of(std::slice::from_ref(&own))
    else {
        panic!("a sync message");
    };
    let forged = WireMessage::Sync {
        sender: scene.anna.name.clone(),
        target,
        document,
        data,
    };
    // Under her own name it is good.
    scene.push(std::slice::from_ref(&own)).await;
    scene.bo.sync_until(knows(own.hash())).await;
    scene.eve.send(&forged).await;
    let (code, words) = scene.eve.closed().await;
    assert_eq!(code, Some(4400), "{words:?}");
    scene.honest_people_go_on("after").await;
    let record = scene.served.relay.storage().change_records(scene.text);
    let record = record.await.expect("readable");
    let by = record.iter().find(|it| it.hash == own.hash());
    let anna = participant_of(&scene, "anna").await;
    assert_ne!(by.expect("stored").participant.as_str(), anna);
}

/// What a browser sends for a page: with whatever cookie it holds, and the page's origin.
async fn upgrade(
    scene: &Scene,
    origin: Option<&str>,
    cookie: &str,
) -> Result<Peer, tokio_tungstenite::tungstenite::Error> {
    use tokio_tungstenite::tungstenite::client::IntoClientRequest;
    let url = format!("ws://{}/sync?draft={}", scene.served.address, scene.made.id);
    let mut request = url.into_client_request().expect("an address");
    let headers = request.headers_mut();
    headers.insert("cookie", cookie.parse().expect("a value"));
    if let Some(origin) = origin {
        headers.insert("origin", origin.parse().expect("a value"));
    }
    let (socket, _) = tokio_tungstenite::connect_async(request).await?;
    Ok(Peer::over("victim", socket, scene.text))
}

/// A page of another site dials from the browser of somebody who has a session here.
#[tokio::test]
async fn no_page_of_another_site_opens_a_socket_with_a_visitors_cookie() {
    let scene = scene().await;
    let (id, secret) = (scene.made.id, scene.made.secret("editor"));
    let cookie = format!("plenary-{id}={secret}");
    let own = format!("http://{}", scene.served.address);
    // The cookie alone opens the draft: the attack would work.
    for origin in [None, Some(own.as_str())] {
        let mut peer = upgrade(&scene, origin, &cookie).await.expect("let in");
        peer.say_join_as("a secret of the victim's browser").await;
        peer.hear_peer().await;
        peer.sync_until(has("sections")).await;
    }
    let another_port = "http://127.0.0.1:1";
    for origin in ["https://evil.example", another_port, "null", "file://"] {
        let refused = upgrade(&scene, Some(origin), &cookie).await;
        match refused.err() {
            Some(tokio_tungstenite::tungstenite::Error::Http(answer)) => {
                assert_eq!(answer.status(), 403, "{origin}");
            }
            other => panic!("{origin}: {other:?}"),
        }
    }
}

/// Whom the relay takes somebody for, asked from another program of theirs.
async fn participant_of(scene: &Scene, name: &str) -> String {
    let secret = scene.made.secret("editor");
    let other = scene.made.id;
    let (_, participant) = join(name, &scene.served, &secret, other).await;
    participant
}

#[tokio::test]
async fn presence_in_anothers_name_reaches_nobody() {
    let mut scene = scene().await;
    let says = |sender: &Peer, session: &str, words: &'static [u8]| WireMessage::Ephemeral {
        sender: sender.name.clone(),
        target: scene.anna.relay.clone().expect("joined"),
        document: scene.text,
        session: SessionId::new(session),
        count: 1,
        data: Bytes::from_static(words),
    };
    let spoofed = says(&scene.anna, "s1", b"\x65false");
    let own = says(&scene.eve, "s2", b"\x64true");
    scene.eve.send(&spoofed).await;
    scene.eve.send(&own).await;
    // Messages keep their order, so what comes first is all that there was.
    let (_, data) = presence(&mut scene.bo).await;
    assert_eq!(&data[..], b"\x64true");
}

/// Under whose name the next presence comes, and what it says.
async fn presence(peer: &mut Peer) -> (PeerId, Bytes) {
    loop {
        if let Seen::Message(WireMessage::Ephemeral { sender, data, .. }) = peer.hear().await {
            return (sender, data);
        }
    }
}

/// Stock clients keep the highest count of each sender and session, and drop what comes below it.
#[tokio::test]
async fn who_shows_anothers_peer_id_is_heard_as_somebody_else() {
    let mut scene = scene().await;
    let editor = scene.made.secret("editor");
    let says = |peer: &Peer, count: u64| WireMessage::Ephemeral {
        sender: peer.name.clone(),
        target: peer.relay.clone().expect("joined"),
        document: scene.text,
        session: SessionId::new("anna's page"),
        count,
        data: Bytes::from_static(b"\xa0"),
    };
    // Her peer id, and a secret that is not hers.
    let query = format!("?access={editor}");
    let mut twin = Peer::dial("anna", scene.served.address, &query, scene.text).await;
    twin.say_join_as("a secret that mallory drew").await;
    twin.hear_peer().await;
    twin.sync_until(has("sections")).await;
    scene.anna.send(&says(&scene.anna, 1)).await;
    let (anna, _) = presence(&mut scene.bo).await;
    twin.send(&says(&twin, 1 << 50)).await;
    let (mallory, _) = presence(&mut scene.bo).await;
    assert_ne!(anna, mallory);
    scene.anna.send(&says(&scene.anna, 2)).await;
    assert_eq!(presence(&mut scene.bo).await.0, anna, "she goes on");
}

/// A stock client without a store is known to the relay by its peer id alone.
#[tokio::test]
async fn the_peer_id_by_which_somebody_is_known_is_told_to_nobody() {
    let mut scene = scene().await;
    let query = format!("?access={}", scene.made.secret("editor"));
    let mut stock = Peer::join("sam's page", scene.served.address, &query, scene.text).await;
    stock.sync_until(has("sections")).await;
    stock.write("his", "words");
    stock.sync_until_saved().await;
    stock
        .send(&WireMessage::Ephemeral {
            sender: stock.name.clone(),
            target: stock.relay.clone().expect("joined"),
            document: scene.text,
            session: SessionId::new("s"),
            count: 1,
            data: Bytes::from_static(b"\xa0"),
        })
        .await;
    let (heard_as, _) = presence(&mut scene.bo).await;
    // The attack: to join by all that was heard of him, and write on under his actor.
    let mut forger = Peer::join(heard_as.as_str(), scene.served.address, &query, scene.text).await;
    forger.sync_until(has("his")).await;
    forger
        .document
        .set_actor(stock.document.get_actor().clone());
    forger.write("forged", "words");
    forger.speak().await;
    let words = loop {
        match forger.hear().await {
            Seen::Message(WireMessage::Error { message, .. }) => break message,
            Seen::Message(_) => forger.speak().await,
            Seen::Closed(frame) => panic!("{frame:?}"),
        }
    };
    assert!(words.contains("another participant"), "{words}");
    stock.write("more", "of his");
    stock.sync_until_saved().await;
    scene.honest_people_go_on("after").await;
    assert!(!has("forged")(&scene.bo.document));
    // Without the guard: whoever has his peer id itself is him, which is why nobody hears it.
    assert_ne!(heard_as, stock.name);
    let mut twin = Peer::join("sam's page", scene.served.address, &query, scene.text).await;
    twin.sync_until(has("more")).await;
    twin.document.set_actor(stock.document.get_actor().clone());
    twin.write("as him", "words");
    twin.sync_until_saved().await;
}

/// A presence message as the editor says it: `{"peer": …, "participant": …}` in CBOR.
fn as_editor(peer: &str, participant: &str) -> Bytes {
    let text = |words: &str| {
        let length = u8::try_from(words.len()).expect("short");
        [&[0x78, length][..], words.as_bytes()].concat()
    };
    let fields = [
        text("peer"),
        text(peer),
        text("participant"),
        text(participant),
    ];
    Bytes::from([&[0xa2][..], &fields.concat()].concat())
}

#[tokio::test]
async fn a_cursor_under_anothers_name_is_shown_to_nobody() {
    let mut scene = scene().await;
    let anna = participant_of(&scene, "anna").await;
    let eve = participant_of(&scene, "eve").await;
    assert_ne!(anna, eve);
    let (page, hers) = (
        scene.eve.name.as_str().to_owned(),
        scene.anna.name.as_str().to_owned(),
    );
    let honest = as_editor(&page, &eve);
    let said = [
        as_editor(&page, &anna),
        as_editor(&hers, &eve),
        // A tag in front, as JavaScript's readers skip some.
        Bytes::from([&[0xc1][..], &as_editor(&page, &anna)].concat()),
        honest.clone(),
    ];
    for (count, data) in (1..).zip(&said) {
        let message = WireMessage::Ephemeral {
            sender: scene.eve.name.clone(),
            target: scene.anna.relay.clone().expect("joined"),
            document: scene.text,
            session: SessionId::new("s"),
            count,
            data: data.clone(),
        };
        scene.eve.send(&message).await;
    }
    let mut heard = Vec::new();
    while heard.len() < said.len() {
        if let Seen::Message(WireMessage::Ephemeral { data, .. }) = scene.bo.hear().await {
            heard.push(data.to_vec());
        }
    }
    let nothing = vec![0xa0];
    assert_eq!(
        heard,
        [nothing.clone(), nothing.clone(), nothing, honest.to_vec()]
    );
}

#[tokio::test]
async fn somebody_elses_comment_stays_as_it_is() {
    let scene = scene().await;
    let ids = documents(&scene.served, &scene.made).await;
    let discussion = ids[&DocumentKind::Discussion];
    let secret = scene.made.secret("reviewer");
    let (mut rita, who) = join("rita", &scene.served, &secret, discussion).await;
    rita.sync_until(has("comments")).await;
    let mut it = rita.document.transaction();
    let (_, comments) = it.get(ROOT, "comments").expect("readable").expect("there");
    let entry = it.put_object(&comments, "hers", automerge::ObjType::Map);
    let entry = entry.expect("a map");
    it.put(&entry, "participant", who).expect("a field");
    it.commit();
    rita.sync_until_saved().await;
    let (mut eve, _) = join("eve", &scene.served, &secret, discussion).await;
    let heads = rita.document.get_heads();
    eve.sync_until(|document| document.get_heads() == heads)
        .await;
    let mut it = eve.document.transaction();
    it.put(&entry, "withdrawn", true).expect("a field");
    let hash = it.commit().0.expect("a change");
    // Without a relay: Automerge has no objection.
    let change = eve.document.get_change_by_hash(&hash).expect("just made");
    let mut fooled = rita.document.clone();
    fooled.apply_changes([change]).expect("it applies");
    let is_withdrawn =
        |document: &Automerge| matches!(document.get(&entry, "withdrawn"), Ok(Some(_)));
    assert!(is_withdrawn(&fooled), "the attack works");
    let (hashes, _) = quarantined(&mut eve).await;
    assert_eq!(hashes, [hash]);
    let (mut late, _) = join("late", &scene.served, &secret, discussion).await;
    late.sync_until(|document| document.get_heads() == heads)
        .await;
    assert!(!is_withdrawn(&late.document));
}
