//! What is said of a change in one word.

ids! {
    /// Why an object is changed, where its actions don't say it. Terraform's words where it has one.
    pub enum ActionReason: "reason" {
        /// Its pods run an older revision than it wants.
        PodsOutdated = "pods_outdated",
        /// Not every fail-over member of the mirror has been primary in the new version.
        UpgradeUnfinished = "upgrade_unfinished",
        /// Others made it, and iriskit takes it over.
        Adopt = "adopt",
        /// Others changed fields of it since the last apply.
        Drifted = "drifted",
        /// No field changes, only what is recorded of who holds them.
        Ownership = "ownership",
        /// The manifests no longer have it.
        DeleteBecauseNoResourceConfig = "delete_because_no_resource_config",
        /// A field changes that can't be changed in place (`change.replace_paths`).
        ReplaceBecauseImmutable = "replace_because_immutable",
        /// A StatefulSet is gone and its pods run on.
        PodsWithoutSet = "pods_without_set",
        /// It would change, and waits for a roll that stops before the primary.
        HeldBack = "held_back",
    }
}

ids! {
    /// How an object is replaced.
    pub enum ReplaceMode: "replace mode" {
        /// The object is deleted, then made.
        DeleteCreate = "delete-create",
        /// A StatefulSet is deleted without its pods and made again around them.
        OrphanRecreate = "orphan-recreate",
    }
}

ids! {
    /// The part of a topology that an object belongs to.
    pub enum Component: "component" {
        /// Serves the whole cluster.
        Cluster = "cluster",
        /// Data nodes.
        Data = "data",
        /// Compute nodes.
        Compute = "compute",
        /// The arbiter.
        Arbiter = "arbiter",
        /// Stand-alone web gateways.
        WebGateway = "webgateway",
        /// Written by the user beside the `IrisCluster`.
        Companion = "companion",
    }
}
