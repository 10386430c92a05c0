//! What is said about manifests.

use crate::plan::Severity::{self, Error, Note, Warning};

ids! {
    /// Ids of what is said about manifests, before anything is planned (docs/diagnostics.md).
    pub enum DiagnosticId: "diagnostic", with Finding {
        /// the text is not YAML
        YamlSyntax = "yaml-syntax" => form(&[Error],
            "follow the advice beside it: tabs, missing quotes, templates that were not rendered"),
        /// the file is larger or deeper than a manifest needs, or its aliases expand to that
        YamlBudget = "yaml-budget" => form(&[Error], "split the file; write repeated parts out"),
        /// unquoted text that tools reading YAML 1.1 take for a boolean, a number or a date
        YamlAmbiguous = "yaml-ambiguous" => form(&[Warning], "quote it"),
        /// one mapping has a key twice
        DuplicateKey = "duplicate-key" => form(&[Error], "keep one"),
        /// two items of a list have the same key, such as two variables of one name
        DuplicateItem = "duplicate-item" => form(&[Error], "keep one"),
        /// two documents describe the same object
        DuplicateObject = "duplicate-object" => form(&[Error], "keep one"),
        /// a file of kustomize or Helm, which is skipped beside manifests
        NotAManifest = "not-a-manifest" => form(&[Error, Note],
            "plan what the tool makes: `kustomize build . | iriskit plan -`, `helm template RELEASE . | iriskit plan -`"),
        /// the input holds no document
        NoDocuments = "no-documents" => form(&[Error],
            "name the right file; to remove a cluster use `iriskit destroy NAME`"),
        /// neither an `IrisCluster` nor a kind of Kubernetes itself
        UnknownKind = "unknown-kind" => form(&[Error],
            "correct `apiVersion` and `kind`; apply custom kinds with another tool"),
        /// the object has no such field
        UnknownField = "unknown-field" => form(&[Error], "take the suggestion, or remove it"),
        /// an annotation of an IrisCluster starts with `iriskit/` and is not known
        UnknownAnnotation = "unknown-annotation" => form(&[Error], "take the suggestion, or remove it"),
        /// a field that must be given is missing or empty
        MissingField = "missing-field" => form(&[Error], "add the field"),
        /// a text where a number is needed, a list where a mapping is needed, and the like
        WrongType = "wrong-type" => form(&[Error], "write it as the label says"),
        /// the type is right, the value can't be
        BadValue = "bad-value" => form(&[Error], "use one of the values that the help lists"),
        /// a name, label or annotation key that Kubernetes refuses, or a cluster name too long for the names derived
        /// from it
        BadName = "bad-name" => form(&[Error], "shorten or rename"),
        /// not an image reference
        BadImage = "bad-image" => form(&[Error], "write `HOST/PATH:TAG` or `HOST/PATH@DIGEST`"),
        /// not an amount as Kubernetes writes it
        Quantity = "quantity" => form(&[Error], "`500m`, `2Gi`"),
        /// a valid amount that is too small to be meant, such as 10 bytes of storage
        QuantitySmall = "quantity-small" => form(&[Warning], "add the unit"),
        /// a valid amount that is too large to be meant, such as a hundred million cores
        QuantityLarge = "quantity-large" => form(&[Warning], "correct the unit"),
        /// the registry looks like a mistyped one
        ImageHost = "image-host" => form(&[Warning], "take the suggestion"),
        /// no tag, or one that moves, such as `latest` and `latest-em`: what runs changes without a plan
        ImageNotFixed = "image-not-fixed" => form(&[Warning], "name a version"),
        /// a document is a hook of Helm, made to run at another moment than an apply; it is left out
        HelmHook = "helm-hook" => form(&[Warning],
            "nothing, or render without hooks; without the annotation `helm.sh/hook` it is planned like any other"),
        /// a field that only a server writes, or that has no effect in this place
        NoEffect = "no-effect" => form(&[Note, Warning], "remove it"),
        /// a label or annotation that iriskit writes itself
        ReservedName = "reserved-name" => form(&[Error], "remove it"),
        /// a document beside the clusters, and it is not clear to which of them it belongs
        CompanionOwner = "companion-owner" => form(&[Error],
            "annotate it with `iriskit/cluster: NAME`, or put it into the file of its cluster"),
        /// the field is understood, but this version can't make what it asks for; nothing is dropped silently
        NotExpandedYet = "not-expanded-yet" => topology(&[Error], "leave it out, or wait for a version that can"),
        /// the Community Edition has no mirroring, no ECP and no sharding
        CommunityImage = "community-image" => topology(&[Error], "use another image and a license key"),
        /// `compatibilityVersion` is not the release of the image
        VersionMismatch = "version-mismatch" => topology(&[Warning],
            "set `compatibilityVersion` to the release of the image"),
        /// the web server of a gateway's image starts as root, and its pods may not
        GatewayNeedsRoot = "gateway-needs-root" => topology(&[Warning],
            "take `type: apache-lockeddown` and its image, or let the container `webgateway` run as root"),
        /// a web server for which iriskit makes no configuration: application paths are told the gateway and not the web server
        GatewayPathsUnserved = "gateway-paths-unserved" => topology(&[Warning],
            "take Apache, or an image whose own configuration sends the paths to the gateway"),
        /// the Management Portal through a gateway that follows a mirror
        PortalFollowsMirror = "portal-follows-mirror" => topology(&[Note],
            "for the portal of one member use a gateway of its own, or a sidecar"),
        /// a web gateway is older than the IRIS it connects to, which InterSystems does not support
        GatewayOlder = "gateway-older" => topology(&[Warning], "take a gateway of the same or a newer release"),
        /// the arbiter is older than the newest mirror member
        ArbiterOlder = "arbiter-older" => topology(&[Warning], "take an arbiter of the same or a newer release"),
        /// a mirror without an arbiter does not fail over in every outage
        NoArbiter = "no-arbiter" => topology(&[Warning], "add `topology.arbiter`"),
        /// an arbiter without a mirror does nothing
        ArbiterUnused = "arbiter-unused" => topology(&[Warning], "remove it, or set `mirrored: true`"),
        /// mirroring and ECP need a license key, and the manifest names none
        NoLicense = "no-license" => topology(&[Note],
            "name a Secret with the key `iris.key` in `spec.licenseKeySecret`"),
        /// `replicas: 0`: no pods will run
        NoReplicas = "no-replicas" => topology(&[Warning], "set the number, if pods are wanted"),
        /// `volumeMounts` names a volume that is not declared
        UnknownVolume = "unknown-volume" => topology(&[Error],
            "declare it in `spec.volumes` or `spec.volumeClaimTemplates`"),
        /// a volume is declared twice, or under a name that pods have already
        DuplicateVolume = "duplicate-volume" => topology(&[Error], "choose another name"),
        /// a declared volume is mounted by no node, so it is not made
        UnusedVolume = "unused-volume" => topology(&[Warning], "mount it by `volumeMounts` of `data` or `compute`"),
        /// a mount over a directory that the pod itself uses
        ReservedPath = "reserved-path" => topology(&[Error], "choose another directory"),
        /// a mirrored cluster without a labeler: its Service has no endpoints, and rolls can't follow the mirror roles
        LabelerImageMissing = "labeler-image-missing" => expansion(&[Warning],
            "see [labeler.md](labeler.md); adding it later restarts both members"),
        /// the readiness probe of mirror members feeds the labeler, so the manifest's is left out
        ReadinessProbeSetAside = "readiness-probe-set-aside" => expansion(&[Warning], "remove it from the manifest"),
        /// `terminationGracePeriodSeconds` ends IRIS before it has stopped by itself
        GraceTooShort = "grace-too-short" => expansion(&[Warning], "at least 330"),
        /// a variable that iriskit sets is set by the manifest too; the manifest's value counts
        EnvOverridden = "env-overridden" => expansion(&[Warning], "remove it, unless it is meant"),
        /// `args` give `--key`, so the key of `licenseKeySecret` is not used
        KeyOverridden = "key-overridden" => expansion(&[Note], "remove one of them"),
        /// an init container has the name of a container of the pod itself
        ContainerNameTaken = "container-name-taken" => expansion(&[Error], "rename it"),
        /// a label under `intersystems.com/` selects pods and is left out
        LabelReserved = "label-reserved" => expansion(&[Warning], "use another prefix"),
        /// two desired objects have the same kind and name, such as a companion and a generated one
        ObjectCollision = "object-collision" => expansion(&[Error], "rename one"),
        /// what only one of several Services can have, such as a node port or `clusterIP`; Service `NAME` gets it
        ServiceFieldOnce = "service-field-once" => expansion(&[Note],
            "write a Service of your own, if another needs one"),
        /// the ConfigMap of `configSource` has a key that is not read
        ConfigKeyUnread = "config-key-unread" => expansion(&[Warning], "rename it as the message says, or remove it"),
        /// a text of `configSource` stands under `binaryData`, because it is not UTF-8
        ConfigKeyBinary = "config-key-binary" => expansion(&[Error], "save the file as UTF-8"),
        /// a section of a CPF text is written in other capitals than IRIS wants, which ignores all of it
        CpfSectionCase = "cpf-section-case" => expansion(&[Warning], "write it as the message says"),
        /// a line of `[Actions]` names no action
        CpfActionUnknown = "cpf-action-unknown" => expansion(&[Warning], "take the suggestion, or check the manual of your release"),
        /// a line of `CSP-merge.ini` stands before the first section and is left out
        CspMergeOutsideSection = "csp-merge-outside-section" => expansion(&[Warning], "put it under a section"),
        /// `CSP-merge.ini` holds a password, and a ConfigMap keeps no secret
        PasswordInConfigMap = "password-in-config-map" => expansion(&[Warning],
            "put it into a Secret and name that as `loginSecret`"),
    }
}

impl DiagnosticId {
    /// How bad it is; where there are several, each of them occurs.
    pub fn severities(self) -> &'static [Severity] {
        self.entry().severities
    }

    /// What the user can do about it.
    pub fn advice(self) -> &'static str {
        self.entry().advice
    }

    /// The part of the documentation that it stands in.
    pub fn section(self) -> Section {
        self.entry().section
    }
}

/// A part of docs/diagnostics.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// How manifests are written.
    Form,
    /// What they ask for.
    Topology,
    /// What is made of them.
    Expansion,
    /// What plans say.
    Plan,
}

/// What is documented of an id besides its meaning.
#[derive(Debug, Clone, Copy)]
pub(super) struct Finding {
    pub(super) section: Section,
    pub(super) severities: &'static [Severity],
    pub(super) advice: &'static str,
}

const fn form(severities: &'static [Severity], advice: &'static str) -> Finding {
    Finding { section: Section::Form, severities, advice }
}

const fn topology(severities: &'static [Severity], advice: &'static str) -> Finding {
    Finding { section: Section::Topology, severities, advice }
}

const fn expansion(severities: &'static [Severity], advice: &'static str) -> Finding {
    Finding { section: Section::Expansion, severities, advice }
}
