//! Runs the simulation for many seeds.
//!
//! `PLENARY_SIM_SEEDS` says how many (200 when it is not set); a seed that failed once is pinned
//! below by name.

use plenary_simulation::world::{Faults, World};

fn run(seed: u64) {
    let mut world = World::new(seed, Faults::from_seed(seed));
    world.run();
    world.settle();
    world.check();
}

fn seeds() -> u64 {
    std::env::var("PLENARY_SIM_SEEDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(200)
}

#[test]
fn all_peers_converge_and_nothing_is_lost() {
    for seed in 0..seeds() {
        let outcome = std::panic::catch_unwind(|| run(seed));
        if let Err(panic) = outcome {
            println!("seed {seed} failed: pin it by name in this file");
            std::panic::resume_unwind(panic);
        }
    }
}

#[test]
fn a_quiet_network_goes_quiet() {
    let mut world = World::new(7, Faults::none());
    world.run();
    world.settle();
    world.check();
    let before = world.frames_delivered();
    world.settle();
    assert_eq!(
        world.frames_delivered(),
        before,
        "peers that agree have nothing to say"
    );
}
