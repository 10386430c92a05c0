//! What is asked of a cluster, and what it answers.

use std::fmt;

use serde_json::Value;

use iriskit_kubernetes::schema::ObjectRef;

/// A question. None of them changes anything.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// What is there.
    Read(Read),
    /// What is there, read again for a short while until controllers have seen these objects as they are now.
    Settle {
        /// What is read.
        read: Read,
        /// The objects in it that matter.
        objects: Vec<ObjectRef>,
    },
    /// What the server would make of a write.
    DryRun(Write),
    /// Whether the user may do something.
    May {
        /// `patch` …
        verb: String,
        /// `apps/v1`.
        api_version: String,
        /// `StatefulSet`.
        kind: String,
        /// Where; absent for cluster-scoped kinds.
        namespace: Option<String>,
        /// To one object; absent: to all of the kind.
        name: Option<String>,
    },
}

/// What is read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Read {
    /// All objects of a kind.
    List {
        /// `apps/v1`.
        api_version: String,
        /// `StatefulSet`.
        kind: String,
        /// Where; absent for cluster-scoped kinds.
        namespace: Option<String>,
    },
    /// One object by name.
    Get(ObjectRef),
}

/// A write that is only tried.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// Server-side apply as iriskit, with force.
    Apply {
        /// The object.
        object: ObjectRef,
        /// The full set of our fields.
        body: Value,
    },
    /// A merge patch (RFC 7386).
    Patch {
        /// The object.
        object: ObjectRef,
        /// The patch.
        patch: Value,
    },
    /// A creation, by whomever.
    Create {
        /// The object.
        object: ObjectRef,
        /// The object as it would be sent.
        body: Value,
    },
    /// A deletion.
    Delete {
        /// The object.
        object: ObjectRef,
        /// Only an object with this uid.
        uid: Option<String>,
    },
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// To a list.
    Objects(Vec<Value>),
    /// To a read by name: the object, if there is one.
    Object(Option<Value>),
    /// To a dry-run: the object as it would be stored, and what the server warns of.
    Stored {
        /// The object.
        object: Value,
        /// Texts of `Warning` headers.
        warnings: Vec<String>,
    },
    /// To a dry-run of a deletion: nothing stands in its way.
    Deletable,
    /// Whether the user may.
    May(bool),
    /// To any of them: the server refuses.
    Refused(Refusal),
}

/// Why the server refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status code.
    pub code: u16,
    /// What it is about.
    pub kind: RefusalKind,
    /// The server's words.
    pub message: String,
}

/// What a refusal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The user lacks a right.
    MissingRight,
    /// The object, its namespace or its kind does not exist.
    NotFound,
    /// The object exists already.
    AlreadyExists,
    /// Something else: validation, admission, quota.
    Other,
}

impl Read {
    /// All objects of a kind in a namespace.
    pub(crate) fn list(api_version: &str, kind: &str, namespace: &str) -> Self {
        Self::List { api_version: api_version.to_owned(), kind: kind.to_owned(), namespace: Some(namespace.to_owned()) }
    }

    /// All objects of a cluster-scoped kind.
    pub(crate) fn list_cluster_scoped(api_version: &str, kind: &str) -> Self {
        Self::List { api_version: api_version.to_owned(), kind: kind.to_owned(), namespace: None }
    }

    /// Whether it lists objects of this kind.
    pub(crate) fn lists(&self, wanted: &str) -> bool {
        matches!(self, Self::List { kind, .. } if kind == wanted)
    }

    /// How an object of interest is read: Secrets and cluster-scoped objects by name, others with their kind.
    pub(crate) fn of(object: &ObjectRef) -> Self {
        match &object.namespace {
            Some(namespace) if object.kind != "Secret" => Self::list(&object.api_version, &object.kind, namespace),
            _ => Self::Get(object.clone()),
        }
    }
}

impl Write {
    /// The object that would be written.
    pub fn object(&self) -> &ObjectRef {
        let (Self::Apply { object, .. }
        | Self::Patch { object, .. }
        | Self::Create { object, .. }
        | Self::Delete { object, .. }) = self;
        object
    }
}

/// What was to be learned, for errors: `list Pod in namespace hospital`.
impl fmt::Display for Question {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(read) | Self::Settle { read, .. } => read.fmt(out),
            Self::DryRun(write) => write!(out, "dry-run of {}", write.object()),
            Self::May { .. } => out.write_str("ask for the rights that the plan needs"),
        }
    }
}

impl fmt::Display for Read {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List { kind, namespace: Some(namespace), .. } => write!(out, "list {kind} in namespace {namespace}"),
            Self::List { kind, namespace: None, .. } => write!(out, "list {kind}"),
            Self::Get(object) => write!(out, "read {object}"),
        }
    }
}
