//! When an object is ready. In goes an object with the pods that it controls; out comes whether it is ready, and else what
//! it waits for. A kind is named in `kinds.rs` and nowhere else.

mod kinds;
mod pod;
mod stateful_set;
mod subject;

pub use kinds::{is_unsettled, is_waited_for, readiness, readiness_as_found};
pub use pod::pod_state;
pub use stateful_set::unready_pods;
pub use subject::Readiness;
