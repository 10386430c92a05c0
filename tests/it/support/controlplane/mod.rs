//! A real Kubernetes control plane, one for the whole test process (`tests/controlplane` holds its Go side).

mod audit;
mod build;
mod client;
mod namespace;
mod plane;
mod supervisor;

pub(crate) use audit::AuditEntry;
pub(crate) use client::exchange;
pub(crate) use namespace::Namespace;
pub(crate) use plane::ControlPlane;

use std::io::Write as _;

/// Says something to the person who runs the tests, past the capture of the test harness.
fn say(line: &str) {
    _ = std::io::stderr().write_all(format!("control plane: {line}\n").as_bytes());
}
