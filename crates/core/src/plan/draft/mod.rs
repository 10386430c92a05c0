//! The plan while it is made. In go findings, the server's answers and removals; out comes the finished plan. Apply and destroy
//! share the way from a draft to a plan.

pub(crate) mod assemble;
pub(crate) mod checks;
pub(crate) mod finish;
pub(crate) mod frame;
pub(crate) mod outcome;
pub(crate) mod plan_draft;
pub(crate) mod totals;
