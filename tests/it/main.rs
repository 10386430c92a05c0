//! The end-to-end suites, in one binary.

#![cfg(test)]

mod controlplane;
mod schema_table;
mod support;
