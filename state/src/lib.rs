//! Formats that outlive a run: the plan document and the record. No kube, no terminal.
