//! Waiting until a mirror is whole, before something that it leans on restarts.

use super::members::mirror_state_at;
use crate::apply::{
    context::Context,
    failure::Failure,
    wait::{Condition, Now, ObjectWatch, State, wait_for},
};
use iriskit_kubernetes::schema::ObjectRef;

/// Waits until every member of a mirror is ready, one of them is primary and its backups are caught up; where their status
/// can't be known (`blind`) until they are ready. A set that does not exist needs nothing.
pub(in crate::apply) async fn wait_mirror(
    context: &Context<'_>,
    address: &str,
    set: &ObjectRef,
    blind: bool,
) -> Result<(), Failure> {
    let watch = ObjectWatch::with_pods(context, set, None);
    wait_for(context, address, &watch, &mut MirrorWhole { context, set, blind }).await
}

struct MirrorWhole<'a> {
    context: &'a Context<'a>,
    set: &'a ObjectRef,
    blind: bool,
}

impl Condition for MirrorWhole<'_> {
    type Found = ();

    fn check(&mut self, now: &Now) -> State<()> {
        match mirror_state_at(now, 0, self.context.now()).is_whole(self.blind) {
            Ok(_) => State::Met(()),
            Err(obstacle) => State::Pending {
                reason: format!("the mirror {} has to be whole first: {obstacle}", self.set.name),
                terminal: now.terminal_states_of_pods(),
            },
        }
    }

    fn absent(&self, _: bool) -> State<()> {
        State::Met(())
    }
}
