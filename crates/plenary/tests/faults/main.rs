//! The real process, killed under load: what it acknowledged is there when it starts again.

mod peers;
mod restore;
mod restore_group;
mod server;

use std::time::Duration;

use peers::{Writer, hashes_on};
use server::{Server, wait_until};

/// How often the relay is killed.
const ROUNDS: usize = 20;

/// How many people type at once.
const WRITERS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_kills_under_load_lose_nothing_that_was_acknowledged() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), 0);
    let port = server.port();
    let link = server.create_draft(
        "Killed twenty times",
        "# One\n\nFirst.\n\n# Two\n\nSecond.\n",
    );
    let writers: Vec<Writer> = (0..WRITERS).map(|_| Writer::start(&link)).collect();
    let mut running = Some(server);
    for round in 0..ROUNDS {
        let before: usize = writers
            .iter()
            .map(|writer| writer.acknowledged().len())
            .sum();
        wait_until("more changes are acknowledged", || {
            writers
                .iter()
                .map(|writer| writer.acknowledged().len())
                .sum::<usize>()
                >= before + 5
        })
        .await;
        // Somewhere between a read, a commit and an answer.
        tokio::time::sleep(Duration::from_micros(731 * round as u64)).await;
        running.take().unwrap().kill();
        let acknowledged: Vec<_> = writers.iter().flat_map(Writer::acknowledged).collect();
        // Another port, so that no writer can bring again what the disk should have.
        let witness = Server::start(data.path(), 0);
        let stored = hashes_on(&witness.rewrite(&link)).await;
        let lost: Vec<_> = acknowledged
            .iter()
            .filter(|hash| !stored.contains(hash))
            .collect();
        assert!(
            lost.is_empty(),
            "round {round}: {} of {} acknowledged changes are lost",
            lost.len(),
            acknowledged.len()
        );
        witness.kill();
        running = Some(Server::start(data.path(), port));
    }
    let mut typed = Vec::new();
    for writer in writers {
        typed.extend(writer.finish().await);
    }
    let stored = hashes_on(&link).await;
    assert!(
        typed.len() > ROUNDS * 5,
        "the writers hardly wrote: {}",
        typed.len()
    );
    assert!(
        typed.iter().all(|hash| stored.contains(hash)),
        "something typed never arrived"
    );
}
