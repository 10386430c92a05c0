//! Arguments on fields and objects that others hold.

use iriskit_state::plan::{OwnershipPolicy, Treatment};

use iriskit_core::plan::{FieldPattern, Policy};

/// What is done about what others hold.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Field ownership")]
pub(super) struct Ownership {
    /// What to do about fields that others changed since the last apply
    #[arg(long, value_name = "WHAT", default_value = "take")]
    on_drift: OnDrift,

    /// Take these fields over from other managers; a field that the manifest does not have is removed
    #[arg(long, value_name = "[KIND/NAME:]PATH")]
    take: Vec<FieldPattern>,

    /// Leave these fields to others: they are neither sent nor set back
    #[arg(long, value_name = "[KIND/NAME:]PATH")]
    leave: Vec<FieldPattern>,

    /// Fail when another manager holds one of these fields with another value
    #[arg(long, value_name = "[KIND/NAME:]PATH")]
    fail: Vec<FieldPattern>,

    /// Take over objects that the operator, kubectl or Helm made, and what these still hold of iriskit's own; to apply it
    /// `--allow adopt` is needed
    #[arg(long)]
    adopt: bool,
}

impl Ownership {
    /// Whether something was said.
    pub(super) fn is_given(&self) -> bool {
        self.policy(false) != Policy::default()
    }

    /// As planning understands it; `adopt` when that was allowed otherwise.
    pub(super) fn policy(&self, adopt: bool) -> Policy {
        let of = |treatment: Treatment, patterns: &[FieldPattern]| {
            patterns.iter().map(|pattern| (treatment, pattern.clone())).collect::<Vec<_>>()
        };
        let rules =
            [of(Treatment::Take, &self.take), of(Treatment::Leave, &self.leave), of(Treatment::Fail, &self.fail)];
        Policy::new(self.on_drift.treatment(), rules.concat(), self.adopt || adopt)
    }
}

/// The arguments that give a plan's rules again.
pub(super) fn arguments(policy: &OwnershipPolicy) -> Vec<String> {
    let mut arguments = Vec::new();
    match policy.on_drift {
        Treatment::Take => {}
        Treatment::Leave => arguments.push("--on-drift=leave".to_owned()),
        Treatment::Fail => arguments.push("--on-drift=fail".to_owned()),
    }
    for rule in &policy.rules {
        let flag = match rule.treatment {
            Treatment::Take => "--take",
            Treatment::Leave => "--leave",
            Treatment::Fail => "--fail",
        };
        arguments.extend([flag.to_owned(), rule.fields.clone()]);
    }
    if policy.adopt {
        arguments.push("--adopt".to_owned());
    }
    arguments
}

/// What `--on-drift` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum OnDrift {
    /// Set them back
    Take,
    /// Leave them as they are
    Leave,
    /// Apply nothing
    Fail,
}

impl OnDrift {
    fn treatment(self) -> Treatment {
        match self {
            Self::Take => Treatment::Take,
            Self::Leave => Treatment::Leave,
            Self::Fail => Treatment::Fail,
        }
    }
}
