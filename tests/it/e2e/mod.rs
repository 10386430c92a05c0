//! The real binary, end to end. A scenario is a function that gets a [`world::World`]; `everywhere!` makes one test of it
//! in the sandbox and one on the real control plane.

/// Lists the scenarios of a file that play in both places.
macro_rules! everywhere {
    ($($name:ident),* $(,)?) => {
        mod in_the_sandbox {
            $(#[test]
            fn $name() {
                super::$name(&crate::e2e::world::World::in_the_sandbox());
            })*
        }

        mod on_the_control_plane {
            $(#[test]
            fn $name() {
                if let Some(world) = crate::e2e::world::World::on_the_control_plane() {
                    super::$name(&world);
                }
            })*
        }
    };
}

mod admission;
mod adoption;
mod allowances;
mod altered;
mod approval;
mod article;
mod doomed;
mod drift;
mod failures;
mod held;
mod history;
mod json;
mod kubectl_diff;
mod labeler;
mod manifests;
mod order;
mod ownership;
mod pending;
mod place;
mod preflight;
mod protection;
mod random_rolls;
mod remade;
mod removal;
mod requests;
mod rights;
mod rolls;
mod run;
mod saved_plans;
mod secrets;
mod several;
mod snapshots;
mod stale;
mod storage;
mod thin_slice;
mod ways_to_lie;
mod world;
