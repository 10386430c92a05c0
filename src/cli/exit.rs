//! How a run ended, for scripts.

/// The exit codes, a public contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitCode {
    /// Done; for `plan` also: made.
    Success,
    /// Any error, wrong usage included; also a question that was answered with anything but the word asked for.
    Error,
    /// `plan --detailed-exitcode`: there are changes.
    Changes,
    /// The cluster moved since the plan was made, or the plan expired or was applied before.
    Stale,
    /// Another run works on the cluster.
    Locked,
    /// Apply ended without being done: timed out, failed midway, or what was observed is not what was planned.
    Incomplete,
    /// An allowance, policy, approval or confirmation is missing.
    Refused,
    /// Interrupted (Ctrl-C).
    Interrupted,
}

impl ExitCode {
    /// All of them, by number.
    pub(crate) const ALL: [Self; 8] = [
        Self::Success,
        Self::Error,
        Self::Changes,
        Self::Stale,
        Self::Locked,
        Self::Incomplete,
        Self::Refused,
        Self::Interrupted,
    ];

    /// The number.
    pub fn number(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Error => 1,
            Self::Changes => 2,
            Self::Stale => 3,
            Self::Locked => 4,
            Self::Incomplete => 5,
            Self::Refused => 6,
            Self::Interrupted => 130,
        }
    }

    /// What it means, in one line.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Success => "done",
            Self::Error => "an error, including wrong usage; also a declined approval",
            Self::Changes => "there are changes (only with --detailed-exitcode)",
            Self::Stale => "the plan is stale, expired or used",
            Self::Locked => "another run works on the cluster",
            Self::Incomplete => "incomplete: timed out, failed midway, or not what was planned",
            Self::Refused => "an allowance, policy, approval or confirmation is missing",
            Self::Interrupted => "interrupted",
        }
    }

    /// The table of `--help`.
    pub(crate) fn table() -> String {
        let row = |code: &Self| format!("  {:>3}  {}\n", code.number(), code.meaning());
        format!("Exit codes:\n{}", Self::ALL.iter().map(row).collect::<String>())
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_has_every_code_in_the_same_words() {
        let documented = include_str!("../../docs/exit-codes.md");
        for code in ExitCode::ALL {
            let row = format!("| {} | {} |", code.number(), code.meaning());
            assert!(documented.contains(&row), "docs/exit-codes.md lacks: {row}");
        }
    }
}
