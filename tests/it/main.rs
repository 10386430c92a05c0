//! The end-to-end suites, in one binary.
