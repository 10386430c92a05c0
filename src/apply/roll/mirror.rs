//! Waiting until a mirror is whole, before something that it leans on restarts.

use std::sync::Arc;

use serde_json::Value;

use super::{joined, mirror_state};
use crate::apply::{failure::Failure, perform::Performer, target::uid, trouble, wait::Look};
use iriskit_kubernetes::schema::ObjectRef;

impl Performer<'_> {
    /// Waits until every member of a mirror is ready, one of them is primary and its backups are caught up; where their
    /// status can't be known (`blind`) until they are ready. A set that does not exist needs nothing.
    pub(in crate::apply) async fn wait_mirror(
        &self,
        address: &str,
        set: &ObjectRef,
        blind: bool,
    ) -> Result<(), Failure> {
        let view = self.view(set);
        let look = || {
            let (found, members) = match view.members(set) {
                Ok(Some(seen)) => seen,
                Ok(None) => return Look::Done(()),
                Err(reason) => return Look::Waiting { reason, troubles: Vec::new() },
            };
            let members: Vec<&Value> = members.iter().map(Arc::as_ref).collect();
            match mirror_state(&found, &members, 0, self.now()).is_whole(blind) {
                Ok(_) => Look::Done(()),
                Err(obstacle) => {
                    let uids: Vec<&str> = members.iter().copied().chain([&*found]).filter_map(uid).collect();
                    let events = view.events.all();
                    let events: Vec<&Value> = events.iter().map(Arc::as_ref).collect();
                    let warning = trouble::newest_warning(&uids, &events, self.began);
                    let reason = format!(
                        "the mirror {} has to be whole first: {}",
                        set.name,
                        joined(obstacle.to_string(), warning)
                    );
                    Look::Waiting { reason, troubles: trouble::of_pods(&members) }
                }
            }
        };
        self.wait(address).until(&mut view.all(), look).await
    }
}
