//! The end-to-end suites, in one binary.

#![cfg(test)]

mod architecture;
mod broken;
mod cli;
mod command_line;
mod conformance;
mod controlplane;
mod docs;
mod e2e;
mod examples;
mod exit_codes;
mod iris_player;
mod linear;
mod prompt;
mod recorded;
mod schema_table;
mod support;
