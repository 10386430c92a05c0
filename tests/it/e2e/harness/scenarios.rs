//! From scenarios, which are functions of a [`super::world::World`], to tests.

/// Lists the scenarios of a file that play in both places: makes one test of each in the sandbox and one on the real
/// control plane.
macro_rules! everywhere {
    ($($name:ident),* $(,)?) => {
        mod in_the_sandbox {
            $(#[test]
            fn $name() {
                super::$name(&crate::e2e::harness::world::World::in_the_sandbox());
            })*
        }

        mod on_the_control_plane {
            $(#[test]
            fn $name() {
                if let Some(world) = crate::e2e::harness::world::World::on_the_control_plane() {
                    super::$name(&world);
                }
            })*
        }
    };
}
