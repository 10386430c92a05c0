//! Commands for the user to run next.

use std::path::{Path, PathBuf};

use iriskit_state::plan::{AllowanceName, ClusterIdentity, ClusterPlace, OwnershipPolicy};

use super::{Global, approve::Approval, ownership};

/// The command of this process, as it would be typed again.
pub(super) fn again() -> String {
    let arguments = std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    command(arguments)
}

/// The same without its pause.
pub(super) fn past_the_pause() -> String {
    let arguments = std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    command(without_pause(arguments))
}

fn without_pause(mut arguments: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept = Vec::new();
    while let Some(argument) = arguments.next() {
        if argument == "--pause-before" {
            arguments.next(); // its value
        } else if !argument.starts_with("--pause-before=") {
            kept.push(argument);
        }
    }
    kept
}

/// Applying `files` to the same cluster; manifests with the rules on what others hold, which a saved plan has itself.
pub(super) fn apply(
    files: &[PathBuf],
    global: &Global,
    approval: Option<&Approval>,
    ownership: Option<&OwnershipPolicy>,
) -> String {
    let mut arguments = vec!["apply".to_owned()];
    arguments.extend(files.iter().map(|path| path.display().to_string()));
    arguments.extend(ownership.into_iter().flat_map(ownership::arguments));
    if let Some(folder) = &global.sandbox {
        arguments.push(format!("--sandbox={}", folder.display()));
    }
    if let Some(file) = &global.kubeconfig {
        arguments.extend(["--kubeconfig".to_owned(), file.display().to_string()]);
    }
    for (flag, value) in [("--context", &global.context), ("--namespace", &global.namespace)] {
        arguments.extend(value.iter().flat_map(|value| [flag.to_owned(), value.clone()]));
    }
    let allowed: Vec<_> = approval.into_iter().flat_map(Approval::given).map(AllowanceName::as_str).collect();
    if !allowed.is_empty() {
        arguments.extend(["--allow".to_owned(), allowed.join(",")]);
    }
    command(arguments)
}

/// Planning `files` from a snapshot.
pub(super) fn plan_from(files: &[PathBuf], snapshot: &Path) -> String {
    let paths = files.iter().map(|path| path.display().to_string());
    let rest = ["--snapshot".to_owned(), snapshot.display().to_string()];
    command(["plan".to_owned()].into_iter().chain(paths).chain(rest))
}

/// What leads to the cluster that a snapshot was taken of.
pub(super) fn origin(global: &Global, cluster: &ClusterIdentity) -> Global {
    let mut global = global.clone();
    match cluster.place() {
        ClusterPlace::Sandbox(folder) => global.sandbox = Some(PathBuf::from(folder)),
        ClusterPlace::InCluster => {}
        ClusterPlace::Context(context) => global.context = Some(context.to_owned()),
    }
    global
}

fn command(arguments: impl IntoIterator<Item = String>) -> String {
    arguments.into_iter().fold("iriskit".to_owned(), |mut line, argument| {
        line.push(' ');
        line.push_str(&quoted(&argument));
        line
    })
}

/// Quoted for a POSIX shell, where it has to be.
fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:@%+".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_left_out_in_both_spellings() {
        let rest = |typed: &str| without_pause(typed.split(' ').map(str::to_owned)).join(" ");
        assert_eq!(rest("apply a.yaml --pause-before primary --allow x"), "apply a.yaml --allow x");
        assert_eq!(rest("apply --pause-before=primary a.yaml"), "apply a.yaml");
    }

    #[test]
    fn commands_can_be_pasted_into_a_shell() {
        let typed = ["apply", "my file.yaml", "it's", "--sandbox=.iriskit/sandbox", ""].map(str::to_owned);
        assert_eq!(command(typed), r"iriskit apply 'my file.yaml' 'it'\''s' --sandbox=.iriskit/sandbox ''");
    }
}
