//! Arguments that several commands share.

use std::path::PathBuf;

use crate::ui::ColourChoice;

/// Where a sandbox lives unless told otherwise.
pub(super) const SANDBOX: &str = ".iriskit/sandbox";

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

    /// Log to standard error what goes on between iriskit and the cluster; twice for more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}
