//! What a Kubernetes API does, case by case, with the same expectations of the real control plane and of the sandbox:
//! where they differ, the sandbox is wrong.
//!
//! A case is a function that gets a [`ctx::Ctx`]; `cases!` makes one test of it for each server.

/// Lists the cases of a file; each becomes one test a server.
macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        mod on_the_control_plane {
            $(#[test]
            fn $name() {
                crate::conformance::on_the_control_plane::run(stringify!($name), super::$name);
            })*
        }

        mod in_the_sandbox {
            $(#[test]
            fn $name() {
                crate::conformance::in_the_sandbox::run(stringify!($name), super::$name);
            })*
        }
    };
}

mod access;
mod apply;
mod claims;
mod conflicts;
mod ctx;
mod defaults;
mod deletion;
mod dry_run;
mod events;
mod fixed;
mod guards;
mod immutable;
mod in_the_sandbox;
mod leases;
mod objects;
mod on_the_control_plane;
mod orphans;
mod ownership;
mod quantities;
mod quotas;
mod reading;
mod reply;
mod rolls;
mod selectors;
mod server;
mod services;
mod stateful_sets;
mod terminating;
mod updates;
mod validation;
mod watching;
