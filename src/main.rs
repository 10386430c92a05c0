//! The `iriskit` command.

fn main() {}
