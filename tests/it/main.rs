//! The end-to-end suites, in one binary.

#![cfg(test)]

mod architecture;
mod broken;
mod cli;
mod conformance;
mod controlplane;
mod docs;
mod examples;
mod iris_player;
mod recorded;
mod schema_table;
mod support;
