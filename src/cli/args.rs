//! Arguments that several commands share.

use std::path::{Path, PathBuf};

use jiff::SignedDuration;

use super::{
    ownership::Ownership,
    typed::{LABELER_IMAGE, says_labeler_image},
};
use crate::ui::ColourChoice;
use iriskit_core::plan::{Rollout, UpgradeOrder, planner};

/// Where a sandbox is kept by default.
pub(super) const SANDBOX: &str = ".iriskit/sandbox";

/// How long a saved plan may be applied by default.
const LIFETIME: &str = "24h";

/// Arguments of every command.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Use a Kubernetes API inside this process, kept in DIR [default: .iriskit/sandbox]
    #[arg(long, global = true, value_name = "DIR", num_args = 0..=1, require_equals = true, default_missing_value = SANDBOX)]
    pub sandbox: Option<PathBuf>,

    /// Read this kubeconfig [default: those in KUBECONFIG, ~/.kube/config, the pod's service account]
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "sandbox")]
    pub kubeconfig: Option<PathBuf>,

    /// Use this context of the kubeconfig [default: its current one]
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "sandbox")]
    pub context: Option<String>,

    /// Namespace of documents that name none [default: that of the context]
    #[arg(short, long, global = true, value_name = "NAME")]
    pub namespace: Option<String>,

    /// Colours. NO_COLOR and CLICOLOR_FORCE are honoured
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_possible_values = false)]
    pub color: ColourChoice,

    /// Log the communication with the cluster to standard error; twice for more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// How commands that only look print what they found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum ReportFormat {
    /// For people
    Text,
    /// For programs: one document
    Json,
}

/// The variable in place of `--labeler-image`.
const LABELER_VARIABLE: &str = "IRISKIT_LABELER_IMAGE";

/// `--labeler-image`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct LabelerImage {
    /// Image of the mirror labeler, instead of that in annotation iriskit/labeler-image of an IrisCluster
    #[arg(long, value_name = "IMAGE", env = LABELER_VARIABLE, hide_env_values = true)]
    labeler_image: Option<String>,
}

impl LabelerImage {
    /// What was given; an empty variable counts as none.
    pub(super) fn image(&self) -> Option<&str> {
        self.labeler_image.as_deref().filter(|image| !image.is_empty())
    }
}

/// `-o` of commands that plan.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Out {
    /// Save the plan, to have it approved and applied exactly as it is
    #[arg(short, long, value_name = "PLANFILE", value_parser = plan_file)]
    out: Option<PathBuf>,
}

impl Out {
    /// The file, if one was given.
    pub(super) fn file(&self) -> Option<&Path> {
        self.out.as_deref()
    }
}

/// `--json-into`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct JsonInto {
    /// Also write the plan as JSON to this file
    #[arg(long, value_name = "FILE", value_parser = file)]
    json_into: Option<PathBuf>,
}

impl JsonInto {
    /// The file, if one was given.
    pub(super) fn file(&self) -> Option<&Path> {
        self.json_into.as_deref()
    }
}

/// The file of `-o`. What kubectl and terraform take there, or what a single dash makes of theirs, is not a file that anybody
/// means; `./json` is.
pub(super) fn plan_file(path: &str) -> Result<PathBuf, String> {
    let output = "`-o` names the file to save it in";
    let way = match path {
        "" => return Err("name a file".to_owned()),
        "json" => "`--json` prints JSON",
        "-" => "`--json` prints JSON to standard output",
        "yaml" | "wide" | "name" => "`--json` prints JSON, and `iriskit render` the objects as YAML",
        path if ["jsonpath", "go-template", "custom-columns"].iter().any(|format| path.starts_with(format)) => {
            "`--json` prints JSON"
        }
        path if path.starts_with("ut=") => return Err("write `--out FILE`, with two dashes, or `-o FILE`".to_owned()),
        path => return Ok(PathBuf::from(path)),
    };
    Err(format!("{output}; {way} (a file of that name is `./{path}`)"))
}

/// Standard output has the text already: two things in one stream could not be separated.
fn file(path: &str) -> Result<PathBuf, String> {
    if path == "-" {
        return Err("standard output shows the text; name a file, or use `plan --json`".to_owned());
    }
    Ok(PathBuf::from(path))
}

/// How to plan.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Planning {
    /// The labeler's image.
    #[command(flatten)]
    pub(super) labeler: LabelerImage,

    /// Take the mirror labeler out that was applied; without this it stays where no image is given
    #[arg(long)]
    no_labeler: bool,

    /// Whether the server also checks objects that look unchanged
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    server_diff: ServerDiff,

    /// What is done about what others hold.
    #[command(flatten)]
    pub(super) ownership: Ownership,

    /// What is asked of restarts.
    #[command(flatten)]
    pub(super) restarts: Restarts,
}

impl Planning {
    /// What is said of the labeler's image. Who takes it out means it, whatever a variable says.
    pub(super) fn labeler_image(&self) -> planner::LabelerImage {
        let given = self.labeler.image().filter(|_| !self.no_labeler);
        let option = match (self.no_labeler, given) {
            (true, _) => Some("--no-labeler"),
            (false, Some(_)) if says_labeler_image() => Some(LABELER_IMAGE),
            (false, Some(_)) => Some(LABELER_VARIABLE),
            (false, None) => None,
        };
        planner::LabelerImage::given(given).said_by(option, self.no_labeler)
    }
}

/// What is asked of restarts and their order.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Restarts {
    /// Stop the roll of a mirror before this member; apply without this option to continue
    #[arg(long, value_name = "ROLE")]
    pause_before: Option<PauseBefore>,

    /// The order in which the parts of a cluster are upgraded to a new version of IRIS
    #[arg(long, value_name = "ORDER", default_value = "stages")]
    upgrade_order: Order,
}

impl Restarts {
    /// What was asked.
    pub(super) fn rollout(&self) -> Rollout {
        Rollout {
            pause_before_primary: self.pause_before == Some(PauseBefore::Primary),
            upgrade_order: match self.upgrade_order {
                Order::Stages => UpgradeOrder::Stages,
                Order::Vendor => UpgradeOrder::Vendor,
            },
        }
    }

    /// The flag that a saved plan can't be given any more.
    pub(super) fn given(&self) -> Option<&'static str> {
        let pause = self.pause_before.map(|_| "--pause-before");
        pause.or((self.upgrade_order != Order::Stages).then_some("--upgrade-order"))
    }
}

/// What `--pause-before` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum PauseBefore {
    /// The primary and what comes after it stay as they are
    Primary,
}

/// What `--upgrade-order` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Order {
    /// The order of the stages: arbiter, data, compute, web gateways
    Stages,
    /// The order of InterSystems' upgrade rules: web gateways, arbiter, compute, data
    Vendor,
}

impl Planning {
    /// Whether every object is dry-run.
    pub(super) fn always_asks(&self) -> bool {
        self.server_diff == ServerDiff::Always
    }
}

/// What `--server-diff` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ServerDiff {
    /// Skip objects whose fields are all as the manifests say
    Auto,
    /// Check every object
    Always,
}

/// `--plan-lifetime`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Lifetime {
    /// How long a saved plan may be applied
    #[arg(long, value_name = "TIME", default_value = LIFETIME, value_parser = duration)]
    plan_lifetime: SignedDuration,
}

impl Default for Lifetime {
    fn default() -> Self {
        Self { plan_lifetime: duration(LIFETIME).unwrap_or(SignedDuration::from_hours(24)) }
    }
}

impl Lifetime {
    /// What was given.
    pub(super) fn length(&self) -> SignedDuration {
        self.plan_lifetime
    }
}

/// A length of time: `90s`, `30m`, `24h`.
pub(super) fn duration(text: &str) -> Result<SignedDuration, String> {
    match text.parse::<SignedDuration>() {
        Ok(length) if length > SignedDuration::ZERO => Ok(length),
        Ok(_) => Err("it must be longer than zero".to_owned()),
        Err(_) => Err("write a number and a unit, as in 90s, 30m or 24h".to_owned()),
    }
}

/// The same, or none at all: `0`, `0s`.
pub(super) fn duration_or_none(text: &str) -> Result<SignedDuration, String> {
    if matches!(text, "0" | "0s") { Ok(SignedDuration::ZERO) } else { duration(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_of_other_tools_are_no_files() {
        for wrong in ["json", "yaml", "wide", "name", "-", "", "ut=p1", "jsonpath={.items}"] {
            assert!(plan_file(wrong).is_err(), "{wrong}");
        }
        for right in ["p.plan", "./json", "out/json", "plan.json", "/dev/stdout"] {
            assert_eq!(plan_file(right), Ok(PathBuf::from(right)));
        }
    }

    #[test]
    fn durations_have_a_unit_and_pass() {
        assert_eq!(duration("30m"), Ok(SignedDuration::from_mins(30)));
        assert_eq!(duration("1h30m"), Ok(SignedDuration::from_mins(90)));
        for wrong in ["30", "0s", "-1h", "soon"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
