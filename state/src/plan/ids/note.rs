//! What plans say besides their changes.

use super::diagnostic::{DiagnosticId, Finding, Section};
use crate::plan::Severity::{self, Error, Note, Warning};

ids! {
    /// Ids of the notes of plans, those about manifests included (docs/diagnostics.md).
    pub enum NoteId: "note", with Finding {
        /// an object of that name exists and iriskit did not make it
        NotOurs = "not-ours" => plan(&[Error],
            "take it over (`--adopt`, see [plan.md](plan.md)), or rename the cluster"),
        /// such an object, which can't be taken over for the reason given
        CannotAdopt = "cannot-adopt" => plan(&[Error], "rename the cluster, or remove the object"),
        /// an object that is taken over names an IrisCluster as its owner
        OwnerReference = "owner-reference" => plan(&[Warning],
            "apply before that IrisCluster is deleted, or delete it with `--cascade=orphan`"),
        /// a mirror is taken over with the pod template that it has, so that nothing restarts; what the manifest changes in
        /// it comes with the next plan
        TemplateLater = "template-later" => plan(&[Note], "apply, then plan again: the roll is a plan of its own"),
        /// others added an item that conflicts with one of the manifest
        ListCollision = "list-collision" => plan(&[Error], "remove it with `--take`, or change the manifest"),
        /// the server has an IrisCluster of that name: the operator manages it
        ManagedByIko = "managed-by-iko" => plan(&[Error], "rename the cluster, or leave it to the operator"),
        /// a field that never was ours is held by another field manager
        FieldHeld = "field-held" => plan(&[Error],
            "decide with `--take` or `--leave`, or leave it out of the manifest"),
        /// others changed a field, and `--on-drift fail` or `--fail` was given
        FieldDrifted = "field-drifted" => plan(&[Error], "find out why; then decide with `--take` or `--leave`"),
        /// `--take`, `--leave` or `--fail` names an object or a field that nothing in the plan has, and something has
        /// nearly that name; a note where it may come later
        RuleWithoutField = "rule-without-field" => plan(&[Note, Warning],
            "correct the path, or leave it: a rule may be there before its field"),
        /// two Services are given the same node port or `clusterIP`, or another Service of the namespace has that
        /// address
        GivenTwice = "given-twice" => plan(&[Error], "give it to one of them"),
        /// the object can't be read, so what would change is unknown
        CannotRead = "cannot-read" => plan(&[Error], "ask for the right to list the kind"),
        /// the server has no such kind: an error, and in the sandbox, which has only some, a warning; there the object is left
        /// out of the plan
        KindNotServed = "kind-not-served" => plan(&[Error, Warning], "leave it out, or plan on a cluster that has it"),
        /// objects could not be listed or read, so what hangs on them is unknown: it is taken to be the worst, or left out
        Unknown = "unknown" => plan(&[Note], "plan with the right that the help names"),
        /// the object, or its namespace, is being deleted right now
        Terminating = "terminating" => plan(&[Error], "plan again when it is gone"),
        /// pods would go back to an older release or build of IRIS than the one that wrote their data
        ImageDowngrade = "image-downgrade" => plan(&[Error],
            "set the image back, or restore a backup into a new cluster"),
        /// a parameter was changed that IRIS reads when it starts, and these pods have not started since; or that is
        /// unknown, because pods can't be read
        RestartPending = "restart-pending" => plan(&[Note], "restart them when it suits; the next roll takes it over"),
        /// a field of a live object that can't be changed without losing data or pods: a selector, a smaller volume,
        /// another class
        Immutable = "immutable" => plan(&[Error], "follow the help of the message"),
        /// a claim is to become larger, and its storage class does not allow that, or it has no volume yet
        VolumeCannotGrow = "volume-cannot-grow" => plan(&[Error],
            "allow it on the class if its driver can, or set the size back"),
        /// a volume is to be deleted, and something that stays uses it, or that can't be read: the volume stays
        VolumeInUse = "volume-in-use" => plan(&[Warning], "remove what uses it, then destroy again"),
        /// the right to read the storage class is missing, so whether its volumes can grow is unknown
        GrowthUnknown = "growth-unknown" => plan(&[Note], "nothing: apply asks the server before it writes"),
        /// a new image beside other storage, or beside a parameter that both members of a mirror must share; a mirror
        /// that gets members and volumes
        RiskyTogether = "risky-together" => plan(&[Error], "do one after the other, as the help says"),
        /// pods run without their StatefulSet, and the revision that they were made from can't be read
        RevisionUnknown = "revision-unknown" => plan(&[Note],
            "plan with the right to read controllerrevisions, or accept that they may restart"),
        /// `clusterIP` was taken out of the manifest; the server keeps the address that the Service has
        AddressStays = "address-stays" => plan(&[Note], "delete the Service, if it is to get another one"),
        /// data nodes that exist would go or have other names: fewer shards, or mirroring or sharding turned on or off
        TopologyRebuild = "topology-rebuild" => plan(&[Error], "set the topology back, or destroy the cluster and create it again"),
        /// there get more shards; rows that exist stay where they are
        ShardsToRebalance = "shards-to-rebalance" => plan(&[Note],
            "call `$SYSTEM.Sharding.Rebalance()` when the new nodes are ready"),
        /// the server has no place for the object, most often no namespace
        NotFound = "not-found" => plan(&[Error], "create the namespace, or add a Namespace document"),
        /// the dry-run was refused; the server's message follows
        ServerRefuses = "server-refuses" => plan(&[Error], "correct what it names"),
        /// the server accepts the object and warns
        ServerWarning = "server-warning" => plan(&[Warning], "read the server's message"),
        /// the server stores something else than the manifest says, most often because a policy or webhook overrides
        /// it; no apply changes that
        ServerOverrides = "server-overrides" => plan(&[Warning],
            "write its value into the manifest, or ask the administrator of the cluster"),
        /// only with `--server-diff=always`: nothing is written for the object, and if it were, the server would add
        /// this, most often because a policy came since
        ServerWouldChange = "server-would-change" => plan(&[Note], "expect it with the next change of that object"),
        /// an object that is deleted has a finalizer that iriskit did not set: it stays until that is removed
        HeldByFinalizer = "held-by-finalizer" => plan(&[Warning],
            "check that the finalizer's controller works; apply waits until it times out"),
        /// the right to try is missing, so the server did not check this change
        Unverified = "unverified" => plan(&[Note], "plan with the missing rights, or accept it"),
        /// pods will wait for a Secret that does not exist
        SecretNotFound = "secret-not-found" => plan(&[Warning], "create it before apply"),
        /// the Secret exists and lacks a key that pods need
        SecretKeyMissing = "secret-key-missing" => plan(&[Warning], "add the key"),
        /// the right to read the Secret is missing, so whether it exists is unknown
        SecretUnknown = "secret-unknown" => plan(&[Note], "nothing, if you know that it does"),
        /// pods will wait for a ConfigMap that does not exist
        ConfigMapNotFound = "config-map-not-found" => plan(&[Warning], "create it before apply, or add it to the file"),
        /// the ConfigMap exists and lacks a key that pods need
        ConfigMapKeyMissing = "config-map-key-missing" => plan(&[Warning], "add the key"),
        /// others changed a pod's image in place; the pod's revision does not show it
        PodDiffers = "pod-differs" => plan(&[Warning], "delete the pod when it suits, or bring the manifest up to it"),
        /// the user who made the plan lacks rights that applying it needs; the missing verbs are listed
        RightsMissing = "rights-missing" => plan(&[Warning], "have it applied by a user who has them"),
        /// pods run under a ServiceAccount that does not exist, so they will be refused
        ServiceAccountNotFound = "service-account-not-found" => plan(&[Error], "create it, or add it to the file"),
        /// pods violate a pod security standard: an error where the namespace enforces it, since the pods of an
        /// accepted object will be refused
        PodSecurity = "pod-security" => plan(&[Error, Warning],
            "change the pod template, or the label of the namespace"),
        /// the server accepts the object, and would refuse its pods; its message follows
        PodsRefused = "pods-refused" => plan(&[Error], "correct what it names"),
        /// pods or claims can't be tried for lack of the right, and a LimitRange of the namespace would not let them
        /// in
        LimitRange = "limit-range" => plan(&[Error], "change what they ask for, or the LimitRange"),
        /// the server would refuse to delete an object, or a pod that iriskit restarts; its message follows
        DeletionRefused = "deletion-refused" => plan(&[Error], "have it allowed, or leave the change out"),
        /// the server would refuse a volume claim of the pods
        ClaimsRefused = "claims-refused" => plan(&[Error], "correct what it names"),
        /// a ResourceQuota has no room for everything that the plan adds together
        QuotaExceeded = "quota-exceeded" => plan(&[Error], "have it raised, or make something smaller"),
        /// claims name a StorageClass that does not exist
        StorageClassNotFound = "storage-class-not-found" => plan(&[Warning],
            "correct the name, or make volumes for it"),
        /// claims name no StorageClass, and the cluster has no default
        NoDefaultStorageClass = "no-default-storage-class" => plan(&[Warning], "set `spec.storageClassName`"),
        /// what could not be asked, for lack of a right or in the sandbox
        NotChecked = "not-checked" => plan(&[Note], "nothing, if you know it"),
        /// pods stay on an older revision: the manifest's `OnDelete`, `--pause-before primary`, or a `partition` that
        /// others set
        PodsOutdated = "pods-outdated" => plan(&[Note],
            "delete them when it suits; apply without the pause; lower the partition"),
        /// what comes after a roll that pauses is not done this time
        HeldBack = "held-back" => plan(&[Note], "apply without the pause"),
        /// there are more compute nodes than `MaxServerConn` of the data nodes lets connect, as they run: when more
        /// connect, a data node restarts
        TooManyConnections = "too-many-connections" => plan(&[Warning],
            "raise it and restart the data nodes first, or use fewer compute nodes"),
        /// all members of a mirror run a new version, one has not been primary in it, and `--pause-before primary`
        /// leaves it so
        UpgradeUnfinished = "upgrade-unfinished" => plan(&[Note], "apply without the pause"),
        /// a mirror is to be rolled, and a member is missing, not ready or not caught up, or none is primary
        MirrorNotWhole = "mirror-not-whole" => plan(&[Warning], "bring the member back, then apply"),
        /// a roll is to stop before the primary, and neither a mirror status nor a label says which member that is
        PrimaryUnknown = "primary-unknown" => plan(&[Error], "plan without the pause, or add the mirror labeler first"),
        /// a new version of IRIS, and web gateways or compute nodes follow the data nodes
        UpgradeOrder = "upgrade-order" => plan(&[Warning],
            "`--upgrade-order vendor`, if their images belong to the new version"),
        /// another run of iriskit works on the cluster while the plan is made
        AnotherRun = "another-run" => plan(&[Warning], "plan again when it is done"),
        /// an earlier run did not come to its end, and could not write down why: it was killed, or cut off from the
        /// server. What it had done and begun is listed, from its journal
        RunCutOff = "run-cut-off" => plan(&[Warning], "apply what is left"),
        /// neither a flag nor a variable nor the manifest names an image of the mirror labeler; the one that was applied stays
        LabelerKept = "labeler-kept" => plan(&[Note],
            "give the image again; `--no-labeler` takes the labeler out"),
        /// an IrisCluster that was applied before is not among the manifests; it is left as it is
        AbsentCluster = "absent-cluster" => plan(&[Note], "add its manifest, or destroy it by name"),
        /// an object looks like one of iriskit's, but this can't be proven; it is not removed
        LeftAlone = "left-alone" => plan(&[Note], "remove it by hand, if it is not needed"),
        .. /// What is said about manifests.
        Diagnostic(DiagnosticId)
    }
}

impl NoteId {
    /// How bad it is; where there are several, each of them occurs.
    pub fn severities(self) -> &'static [Severity] {
        self.entry().severities
    }

    /// What the user can do about it.
    pub fn advice(self) -> &'static str {
        self.entry().advice
    }
}

impl From<DiagnosticId> for NoteId {
    fn from(id: DiagnosticId) -> Self {
        Self::Diagnostic(id)
    }
}

const fn plan(severities: &'static [Severity], advice: &'static str) -> Finding {
    Finding { section: Section::Plan, severities, advice }
}
