//! The truth harness: draws clusters, changes of them and what others do from a seed, plans, applies, and compares
//! what was predicted with what watches of its own saw happen. CONTRIBUTING.md says how to run it for longer.

#![cfg(test)]

mod binary;
mod compare;
mod cut_off;
mod destroys;
mod disturbed;
mod draws;
mod drift;
mod facts;
mod history;
mod manifests;
mod moved;
mod outcome;
mod place;
mod play;
mod random;
mod relevant_places;
mod restores;
mod runs;
mod same_plan;
mod scenario;
mod stale_plans;
mod step;
#[path = "../it/support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the other suites use the rest")]
mod support;
mod tampered;

use place::Place;

#[test]
fn in_the_sandbox() {
    runs::run(Place::Sandbox, 500);
}

#[test]
fn on_the_control_plane() {
    runs::run(Place::ControlPlane, 60);
}
