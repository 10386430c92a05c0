//! What has to be allowed by name.

ids! {
    /// A name that `--allow` takes, and what apply refuses to do without it.
    pub enum AllowanceName: "allowance" {
        /// restart the primary of a mirror
        RestartPrimary = "restart-primary",
        /// roll a mirror whose members do not report their status
        RollBlind = "roll-blind",
        /// leave something that serves without any ready pod: the only ready pod of a data, compute or gateway set
        /// restarts, a set goes to 0 replicas or away
        Outage = "outage",
        /// bring IRIS to another release, or to an image whose tag does not say which release it is
        MajorUpgrade = "major-upgrade",
        /// delete an object and make it again; make a StatefulSet again without what others set on it
        Replace = "replace",
        /// let new pods mount volumes that exist already
        ReuseData = "reuse-data",
        /// take over objects that others made
        Adopt = "adopt",
        /// delete volumes (together with the name of the cluster, typed or given with `--confirm`), also where no step
        /// does it: the retention policy of a set says `Delete`, or a claim is being deleted and only waits for its
        /// pod. For `destroy` the allowance alone asks for all volumes; with `--keep-volumes` it allows no more than
        /// that
        DeleteData = "delete-data",
    }
}
