//! From manifests to a plan, by questions. In go manifests, options and the answers to questions about a cluster; out come
//! questions and at last a plan: whoever answers them decides nothing, and may be a server, a sandbox or a snapshot.

mod absent_clusters;
mod agreement;
mod apply;
mod conversation;
mod destroy;
mod dry_runs;
mod error;
mod expansion;
mod identity;
mod labeler_image;
mod operator;
mod options;
mod parallel;
mod preflight;
pub(crate) mod question;
mod reading;
mod references;
mod render;
mod rights;
mod roles;
mod settling;
mod snapshot;
mod status;

pub use agreement::unsaid_consequences;
pub use apply::{plan, secret_values};
pub use conversation::{Conversation, Dialogue, Turn};
pub use destroy::{Target, destroy};
pub use error::PlanError;
pub use expansion::{config_findings, needs_cluster};
pub use labeler_image::LabelerImage;
pub use options::{Options, Planned, SeenRuns, Server};
pub use preflight::obstacles;
pub use question::{Answer, Question, Read, Refusal, RefusalKind, Write};
pub use render::render;
pub use rights::missing_rights;
pub use roles::roles;
pub use snapshot::{read_for_snapshot, restored};
pub use status::{SeenClusters, status};
