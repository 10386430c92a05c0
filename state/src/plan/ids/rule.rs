//! The rules behind predictions.

ids! {
    /// Ids of the rules behind predictions (docs/rules.md).
    pub enum RuleId: "rule", with &'static str {
        /// Pods of a StatefulSet start one after the other, from the lowest ordinal, each when the one before is ready
        StatefulSetStart = "statefulset-start" => "Kubernetes 1.36, observed",
        /// A new pod template restarts the pods one by one, from the highest ordinal
        StatefulSetRoll = "statefulset-roll" => "Kubernetes 1.36, observed",
        /// Pods whose ordinal is below `updateStrategy.rollingUpdate.partition` (which iriskit never sets) keep their
        /// revision, and come back with it when they are deleted
        StatefulSetPartition = "statefulset-partition" => "Kubernetes 1.36, observed",
        /// With `updateStrategy.rollingUpdate.maxUnavailable` (which iriskit never sets) so many pods restart at a
        /// time, in no defined order; a server with that feature off drops the field
        StatefulSetMaxUnavailable = "statefulset-max-unavailable" =>
            "Kubernetes documentation; that it is dropped: Kubernetes 1.36, observed",
        /// Fewer replicas, or another `ordinals.start`, remove the pods that are too many when the new ones are ready, from
        /// the highest ordinal; their volumes stay
        StatefulSetScaleDown = "statefulset-scale-down" => "Kubernetes 1.36, observed; volumes: our retention policy",
        /// The pods of a StatefulSet that is deleted are deleted together with it, in no defined order
        StatefulSetDelete = "statefulset-delete" => "Kubernetes 1.36, observed",
        /// A new pod template of a Deployment or DaemonSet replaces its pods, as many at a time as `maxUnavailable` and
        /// `maxSurge` say, in no order that a plan could promise; those of a Deployment come back under other names
        WorkloadRoll = "workload-roll" => "Kubernetes documentation",
        /// A Deployment with strategy `Recreate` stops all its pods before it makes the first new one
        WorkloadRecreate = "workload-recreate" => "Kubernetes documentation",
        /// Fewer replicas of a Deployment or ReplicaSet, or less parallelism of a Job, take pods away that Kubernetes
        /// chooses; a suspended Job loses all
        WorkloadScaleDown = "workload-scale-down" => "Kubernetes documentation",
        /// The pods of a Deployment, DaemonSet, ReplicaSet or Job that is deleted go with it, in no defined order
        WorkloadDelete = "workload-delete" => "Kubernetes documentation",
        /// Another image of a bare Pod restarts its containers in place; nothing else of a Pod can be changed so
        PodImage = "pod-image" => "Kubernetes documentation",
        /// A set whose `persistentVolumeClaimRetentionPolicy` says `Delete` takes its claims along when it is deleted
        /// with its pods (`whenDeleted`), or those of the pods that go when it is scaled down (`whenScaled`)
        ClaimsRetention = "claims-retention" => "Kubernetes 1.36, observed",
        /// A claim that was deleted while a pod uses it stays until that pod goes; then it goes with its data, and the
        /// next pod gets a new, empty one
        ClaimsGoing = "claims-going" => "Kubernetes 1.36, observed",
        /// A claim that another object owns (`ownerReferences`) is deleted when that object is; the pod of a generic
        /// ephemeral volume owns its claim
        ClaimsOwned = "claims-owned" => "Kubernetes documentation; Kubernetes 1.36, observed",
        /// A claim that exists under the name a pod will ask for is mounted as it is, whatever it holds
        ClaimsAreReused = "claims-are-reused" => "Kubernetes 1.36, observed",
        /// A member in which IRIS does not run is made anew before anything else: that takes nothing away, and a pod
        /// that is not ready keeps higher ones from being made
        RepairFirst = "repair-first" => "Kubernetes 1.36, observed",
        /// Kubernetes replaces no pod of an ordered StatefulSet that is not ready, whatever the template says by now:
        /// iriskit deletes outdated ones itself, from the lowest ordinal up
        StuckPodReplaced = "stuck-pod-replaced" =>
            "Kubernetes documentation on StatefulSets (forced rollback); Kubernetes 1.36, observed",
        /// Disaster recovery and reporting members restart first: no other member depends on them
        AsyncsFirst = "asyncs-first" => "our decision; InterSystems, Supported Platforms, prescribes no order for them",
        /// iriskit restarts the members of a mirror itself: the backup goes while the primary serves, which it does
        /// not disturb
        BackupFirst = "backup-first" => "InterSystems, High Availability Guide",
        /// The primary goes last, when the backup is ready and caught up
        PrimaryLast = "primary-last" => "InterSystems, High Availability Guide",
        /// Some steps of an upgrade run only on a primary: both members have to be primary once in a new version, so
        /// the new primary restarts once more
        BothPrimary = "both-primary" => "InterSystems, Upgrade an Instance",
        /// Where members do not report roles, the highest ordinal goes first, and a pod that is labelled primary last; apply
        /// waits until pods are ready, and before that last one until the others that report have caught up
        BlindOrder = "blind-order" => "our decision",
        /// The arbiter restarts when every member of its mirror is there and caught up: together with a member the
        /// primary would hang. After a roll that was cut off, or with a member that is not ready, it waits for the data
        /// nodes
        ArbiterAlone = "arbiter-alone" => "InterSystems, High Availability Guide",
        /// For a new version of IRIS: web gateways first (an older one with a newer IRIS is not supported), the
        /// arbiter not after the members, application servers before data nodes
        UpgradeOrder = "upgrade-order" => "InterSystems, Supported Platforms; Upgrade an Instance",
        /// A graceful stop of the primary with an active backup is a planned fail-over: the role moves once
        PlannedFailover = "planned-failover" => "InterSystems, High Availability Guide",
        /// IRIS upgrades its databases when it first starts under a newer image; the only way back is a backup
        UpgradeOneWay = "upgrade-one-way" => "InterSystems, Upgrade an Instance; Supported Platforms",
        /// Both tags name one release, `YEAR.N`: a maintenance change, which a roll may do
        ReleaseSame = "release-same" => "InterSystems, Upgrade an Instance",
        /// Another `YEAR.N`: classes are compiled again on each member before it is primary, after a backup; needs a
        /// decision
        ReleaseMajor = "release-major" => "InterSystems, Upgrade an Instance; that it needs an allowance is ours",
        /// A digest, a tag without numbers or another product does not say which release it is
        ReleaseUnknown = "release-unknown" => "ours: treated like another release",
        /// An older release or build on data of a newer one: refused
        ReleaseDowngrade = "release-downgrade" =>
            "inferred: no manual describes it, and newer journals can't be read by an older IRIS (Supported \
             Platforms)",
        /// The last ready pod of a set restarts: there is no service until it is ready again
        LastPodRestarts = "last-pod-restarts" => "Kubernetes 1.36, observed",
        /// While the arbiter is away mirror members go on; only a lost host is then not failed over
        ArbiterAway = "arbiter-away" => "InterSystems, High Availability Guide",
        /// An application server that stops has its open transactions rolled back and its locks released
        ComputeRestart = "compute-restart" => "InterSystems, Scalability Guide",
        /// A Service has the ready pods that its selector takes as endpoints; a pod that is replaced loses
        /// `mirrorRole`
        ServiceEndpoints = "service-endpoints" => "Kubernetes 1.36, observed",
        /// A running container merges the CPF merge file whenever it changes, each by itself, within about two minutes
        /// of the change of its ConfigMap; the parameter is one that IRIS takes over at once
        CpfLiveMerge = "cpf-live-merge" =>
            "InterSystems, Automating Configuration with Configuration Merge; Kubernetes documentation on mounted \
             ConfigMaps; [parameters](parameters.md)",
        /// Merged live; processes that run already keep the old value
        CpfNewProcesses = "cpf-new-processes" => "InterSystems, [parameters](parameters.md)",
        /// Merged live into the instance's own CPF, and read when IRIS starts next
        CpfNextRestart = "cpf-next-restart" => "InterSystems, [parameters](parameters.md)",
        /// Read when IRIS starts next; while failover and DR members run with different values there is no automatic
        /// fail-over
        CpfMirrorAgrees = "cpf-mirror-agrees" => "InterSystems, Configuration Parameter File Reference",
        /// Merged live; any change of it starts a new journal file
        CpfJournalFile = "cpf-journal-file" => "InterSystems, Data Integrity Guide",
        /// Counts only where a durable `%SYS` is made; ignored ever after
        CpfFirstStart = "cpf-first-start" => "InterSystems, Configuration Parameter File Reference",
        /// Nothing that runs in a container reads it
        CpfNoEffect = "cpf-no-effect" => "InterSystems, [parameters](parameters.md)",
        /// Names of sections are told apart by their capitals: what stands in a section that is written in others, such as
        /// `[actions]`, is ignored, and the merge still ends well
        CpfSectionCase = "cpf-section-case" => "InterSystems Developer Community, Testing MergeCPF Feature; for other sections than `[Actions]` inferred",
        /// What a line had set stays set when the line goes
        CpfRemovedLine = "cpf-removed-line" => "inferred: the manuals describe no undo",
        /// No manual says when it takes effect
        CpfUnknown = "cpf-unknown" => "–",
        /// `Create…` makes the object, unless it exists
        ActionCreate = "action-create" => "InterSystems, Automating Configuration with Configuration Merge",
        /// `Create…` is skipped where the object exists: other arguments change nothing
        ActionCreateSkipped = "action-create-skipped" =>
            "InterSystems, Automating Configuration with Configuration Merge",
        /// `Modify…` changes an object that exists, and is skipped where there is none
        ActionModify = "action-modify" => "InterSystems, Automating Configuration with Configuration Merge",
        /// `Delete…` removes an object that exists
        ActionDelete = "action-delete" => "InterSystems, Automating Configuration with Configuration Merge",
        /// `DeleteDatabase` removes the database with its data
        ActionDeleteDatabase = "action-delete-database" => "InterSystems, Configuration Parameter File Reference",
        /// A new mirrored database is made on the primary and downloaded by the others; a backup that merges first
        /// fails
        MirroredDatabaseOrder = "mirrored-database-order" =>
            "InterSystems, High Availability Guide; that it is not tried again is inferred",
        /// `ConfigMirror` leaves an existing mirror as it is; the one exception is a first arbiter
        ConfigMirror = "config-mirror" => "InterSystems, Configuration Parameter File Reference",
        /// A running web gateway merges its staged CSP.ini within about a minute
        CspLiveMerge = "csp-live-merge" => "InterSystems, Running InterSystems Products in Containers",
        /// A web gateway reads it when it starts
        CspGatewayRestart = "csp-gateway-restart" => "InterSystems, Web Gateway Guide",
        /// What a key had set stays set when the key goes
        CspRemovedLine = "csp-removed-line" => "inferred: the manuals describe no undo",
        /// A changed CSP.conf is copied again, and the web server reads it and restarts
        CspConfRestart = "csp-conf-restart" => "InterSystems, Running InterSystems Products in Containers",
        /// A changed license key reaches a running instance, which takes it over without a restart, unless the kind of
        /// license changes from Power Units to another or the generic memory heap lacks room for it
        LicenseLive = "license-live" =>
            "InterSystems, Running InterSystems Products in Containers; System Administration Guide",
        /// A StatefulSet that is deleted without its pods and made again takes them over by their labels; with the
        /// same pod template none restarts; existing claims stay as they are
        OrphanRecreate = "orphan-recreate" => "Kubernetes 1.36, observed",
        /// Pods without a controller that a new StatefulSet selects by labels and names are adopted by it, with the
        /// claims that they hold
        OrphansAreAdopted = "orphans-are-adopted" => "Kubernetes 1.36, observed",
        /// A bound claim whose storage class allows it takes a larger request; it never goes back below its capacity;
        /// IRIS sees the space without a restart
        ClaimsGrow = "claims-grow" => "Kubernetes 1.36, observed; that IRIS needs no restart is inferred",
        /// Kubernetes can't give a pod another claim: at the first pod that lacks one it stops, and makes no pod of a
        /// higher ordinal again; so pods are replaced from the lowest ordinal up
        ClaimsAdded = "claims-added" => "Kubernetes 1.36, observed",
        /// The claims of a template that goes stay, with their data
        ClaimsOutliveTemplates = "claims-outlive-templates" => "Kubernetes 1.36, observed",
        /// An object that is deleted and made again is missing in between, and the server gives it new addresses and
        /// ports unless the manifest names them
        MadeAgain = "made-again" => "Kubernetes 1.36, observed",
    }
}

impl RuleId {
    /// Who says so.
    pub fn source(self) -> &'static str {
        self.entry()
    }
}
