//! The steps of a change, a file for each kind. In go the run's context and what the step says; out comes what is there
//! afterwards, or why it was not done.

mod adopt_pods;
mod await_unchanged;
mod can_begin;
mod claim_unused;
mod delete;
mod delete_pod;
mod delete_pods_by_role;
mod grow_claim;
mod members;
mod replace_pods;
mod replace_stuck_pods;
mod roll_by_role;
mod take_over;
mod unclear;
mod wait_gone;
mod wait_mirror;
mod wait_ready;
mod write;

pub(super) use adopt_pods::adopt_pods;
pub(super) use await_unchanged::await_unchanged;
pub(super) use can_begin::wait_until_roll_can_begin;
pub(super) use delete::{delete, propagation};
pub(super) use delete_pods_by_role::{PodUids, delete_pods_by_role, pods_of};
pub(super) use grow_claim::{claim_body, grow_claim};
pub(super) use members::WrittenSet;
pub(super) use replace_pods::replace_pods;
pub(super) use replace_stuck_pods::replace_stuck_pods;
pub(super) use roll_by_role::roll_by_role;
pub(super) use take_over::{dry_run_take_over, take_over};
pub(super) use wait_mirror::wait_mirror;
pub(super) use wait_ready::wait_ready;
pub(super) use write::{create, update};
