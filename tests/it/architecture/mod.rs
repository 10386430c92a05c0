//! The invariants of ARCHITECTURE.md that the sources themselves show. The crates of the workspace are read as syntax trees
//! and their paths are resolved; out comes, for each rule, the list of places that break it.

mod circles;
mod files;
mod layers;
mod module;
mod packages;
mod public;
mod reading;
mod references;
mod resolver;
mod rooms;
mod serialization;
mod sources;
mod tests;
