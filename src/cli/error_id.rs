//! Why runs fail, in one word each.

use super::ExitCode::{self, Error, Incomplete, Interrupted, Locked, Refused, Stale};

/// Declares the ids of errors. The comment is the meaning in docs/exit-codes.md; then come the name that is printed, the exit
/// code of a run that fails so, further ones that it may have, and the advice.
macro_rules! errors {
    ($( $(#[doc = $doc:literal])+ $Id:ident = $name:literal, $exit:ident $(or $other:ident)?, $advice:literal; )+) => {
        /// Ids of the errors of runs (docs/exit-codes.md).
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ErrorId {
            $( $(#[doc = $doc])+ $Id, )+
        }

        impl ErrorId {
            /// All of them, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$Id),+];

            /// The name that is printed.
            pub fn as_str(self) -> &'static str {
                match self {
                    $( Self::$Id => $name, )+
                }
            }

            /// How a run ends that fails so, unless it was cut off.
            pub fn exit(self) -> ExitCode {
                match self {
                    $( Self::$Id => $exit, )+
                }
            }

            /// Every way in which it may end.
            pub fn exits(self) -> &'static [ExitCode] {
                match self {
                    $( Self::$Id => &[$exit $(, $other)?], )+
                }
            }

            /// What it means, as the documentation says it.
            pub fn meaning(self) -> String {
                let lines: &[&str] = match self {
                    $( Self::$Id => &[$($doc),+], )+
                };
                lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
            }

            /// What the user can do about it.
            pub fn advice(self) -> &'static str {
                match self {
                    $( Self::$Id => $advice, )+
                }
            }
        }
    };
}

errors! {
    /// a manifest can't be read
    Unreadable = "unreadable", Error, "check the path and its permissions";
    /// nothing names a cluster
    NoCluster = "no-cluster", Error, "give a kubeconfig, or use `--sandbox`";
    /// the kubeconfig can't be used, or has no such context
    Kubeconfig = "kubeconfig", Error, "choose from the files and contexts that the message lists";
    /// the server does not answer
    Unreachable = "unreachable", Error, "check the network and the context";
    /// the sandbox's folder can't be used, or it has no such object
    Sandbox = "sandbox", Error, "check the folder, or remove it to start anew";
    /// the server refused or broke off a request
    RequestFailed = "request-failed", Error, "see the server's message";
    /// `configSource` names a ConfigMap that can't be read, so the CPF is unknown
    ConfigSource = "config-source", Error, "create it, add it to the file, or ask for the right to read it";
    /// the record of what iriskit made can't be read or written
    Record = "record", Error, "check ConfigMap `NAME-iriskit`";
    /// `destroy NAME` or `status NAME` found nothing that iriskit made
    NoRecord = "no-record", Error, "check name and namespace";
    /// `destroy` was given a word that is a file here and could be a cluster's name
    AmbiguousTarget = "ambiguous-target", Error, "write `./FILE`, or run the command in another folder";
    /// the plan has errors among its notes
    PlanBlocked = "plan-blocked", Error, "remove their causes and plan again";
    /// a saved plan, which is applied as it is, was given a flag that says otherwise: `--pause-before`, `--upgrade-order`,
    /// `--keep-volumes`, another `--namespace`
    PlannedAlready = "planned-already", Error, "plan again with the flag";
    /// a flag was given that says nothing of what is planned or applied
    WrongFlag = "wrong-flag", Error, "leave it out, or see the help";
    /// a file that would be written exists and is something else, or is one of those that are read
    WouldOverwrite = "would-overwrite", Error, "name another file, or remove that one first";
    /// a plan file can't be read or written
    PlanFile = "plan-file", Error, "check the path and its permissions";
    /// `--on-drift`, `--take`, `--leave`, `--fail` or `--adopt` was given beside a saved plan
    PlanHasRules = "plan-has-rules", Error, "give them to `iriskit plan`";
    /// the file is no plan
    NotAPlan = "not-a-plan", Error, "name a file that `iriskit plan -o` wrote";
    /// the file has a plan as JSON, as `--json` prints it; only what `-o` writes can be applied
    NotSaved = "not-saved", Error, "save the plan with `-o PLANFILE`";
    /// the plan was made by an iriskit with another format
    PlanVersion = "plan-version", Error, "plan again";
    /// the plan was changed after it was made
    PlanAltered = "plan-altered", Error, "plan again";
    /// what the plan says is not what its steps do, or not all that they do to the cluster as it is now: it was changed after
    /// iriskit made it, or pods and claims came or went since
    PlanContradicts = "plan-contradicts", Error or Stale, "do not apply it; plan again";
    /// the file is no snapshot
    NotASnapshot = "not-a-snapshot", Error, "name a file that `iriskit snapshot -o` wrote";
    /// the snapshot was taken by an iriskit with another format
    SnapshotVersion = "snapshot-version", Error, "take a new one";
    /// rights are missing for what the plan would do; each is listed
    RightsMissing = "rights-missing", Error, "ask for these rights";
    /// a dry-run before the first write was refused
    ServerRefuses = "server-refuses", Error, "see the server's message";
    /// the question was not answered with the word asked for
    Declined = "declined", Error, "run the command again";
    /// the operating system provides no random numbers
    Random = "random", Error, "check the system";
    /// the operating system provides no threads
    Runtime = "runtime", Error, "check limits";
    /// a bug in iriskit, at the place named; values are left out, since they may be secret
    Internal = "internal", Error, "report it, with the command";
    /// standard output can't be written
    Output = "output", Error, "check where it is written to";
    /// the answer can't be read from the terminal
    Terminal = "terminal", Error, "approve with `--auto-approve`";
    /// the cluster changed since the plan was made; object, field, then and now are listed. Or pods do not stand as they did, so that
    /// more has to be allowed by now
    PlanStale = "plan-stale", Stale, "plan again";
    /// the server would make something else of the plan than it says, most often because a policy or webhook
    /// changed since: what it adds to a template would restart pods; object, field, planned and now are listed
    ServerDiffers = "server-differs", Stale, "plan again";
    /// the plan is too old
    PlanExpired = "plan-expired", Stale, "plan again";
    /// the plan was applied, or begun, before
    PlanUsed = "plan-used", Stale, "plan again";
    /// the plan was made for another cluster
    OtherCluster = "other-cluster", Stale, "choose the context of that cluster";
    /// a secret value is missing, or not the one that was planned
    SecretValues = "secret-values", Error or Stale, "give the manifests that the plan was made from, unchanged";
    /// another run works on the cluster; who, where and since when is told. Or the lock was lost in mid-run: then a report
    /// lists what was done, and nothing was sent after it
    Locked = "locked", Locked, "wait for it (`--lock-timeout`), or see `iriskit lock status`";
    /// timed out, or failed midway; the report lists what was done
    ApplyIncomplete = "apply-incomplete", Incomplete, "continue with the command at the end of the report";
    /// the plan is not the one whose digest was given with `--digest`
    OtherDigest = "other-digest", Refused, "apply the plan that was approved";
    /// the plan needs an allowance that was not given
    AllowanceMissing = "allowance-missing", Refused, "give it with `--allow`, if that is intended";
    /// something that the plan deletes or replaces carries `iriskit/protect`
    Protected = "protected", Refused, "remove the protection with the command shown, if that is intended, and plan again";
    /// the plan was not approved, and there is no terminal to ask on
    ApprovalMissing = "approval-missing", Refused, "`--auto-approve`, or apply a saved plan";
    /// the name of the cluster whose data would go was not typed
    ConfirmationMissing = "confirmation-missing", Refused, "`--confirm NAME`";
    /// Ctrl-C
    Interrupted = "interrupted", Interrupted, "continue with the command at the end of the report";
}
