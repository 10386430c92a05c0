//! Commands for the user to run next.

use std::path::{Path, PathBuf};

use iriskit_core::plan::needed_values;
use iriskit_state::plan::{AllowanceName, ClusterIdentity, ClusterPlace, Operation, Plan};

use super::{
    Global,
    approve::Approval,
    input::NAMESPACE,
    needed::{is_from_standard_input, manifests},
    ownership,
    replan::deletes_claims,
    shell::{command, named},
    surroundings::Surroundings,
    typed::typed,
};

/// The command of this process, as it would be typed again.
pub(super) fn again(surroundings: &Surroundings) -> String {
    surroundings.command(typed())
}

/// The same without its pause.
pub(super) fn past_the_pause(surroundings: &Surroundings) -> String {
    surroundings.command(without_pause(typed().into_iter()))
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

/// Applying a plan that was saved in `path`. What it needs besides stands in it; what came from standard input has to come from
/// there again, if secret values are to be filled.
pub(super) fn apply_saved(path: &Path, plan: &Plan, global: &Global) -> String {
    let mut arguments = vec!["apply".to_owned(), path.display().to_string()];
    if is_from_standard_input(plan) && !needed_values(plan).is_empty() {
        arguments.extend(manifests(plan).iter().map(|path| path.display().to_string()));
    }
    arguments.extend(place(global));
    // The flags are words without spaces.
    arguments.extend(plan.apply_flags.split_whitespace().map(str::to_owned));
    command(arguments)
}

/// What is left of a saved plan that was begun: planned anew, since a plan is applied at most once.
pub(super) fn rest_of(
    plan: &Plan,
    global: &Global,
    approval: &Approval,
    (manifests, surroundings): (&[PathBuf], &Surroundings),
) -> String {
    let mut arguments = match plan.operation {
        Operation::Apply => vec!["apply".to_owned()],
        Operation::Destroy => vec!["destroy".to_owned()],
    };
    arguments.extend(manifests.iter().map(|path| path.display().to_string()));
    arguments.extend(ownership::arguments(&plan.ownership));
    arguments.extend(place(global));
    arguments.extend(namespace(plan, global));
    let given = approval.given();
    if plan.operation == Operation::Destroy && given.contains(&AllowanceName::DeleteData) && !deletes_claims(plan) {
        arguments.push("--keep-volumes".to_owned());
    }
    if !given.is_empty() {
        let names: Vec<_> = given.into_iter().map(AllowanceName::as_str).collect();
        arguments.extend(["--allow".to_owned(), names.join(",")]);
    }
    surroundings.command(arguments)
}

/// The flags that lead to the cluster.
fn place(global: &Global) -> Vec<String> {
    let mut arguments = Vec::new();
    if let Some(folder) = &global.sandbox {
        arguments.push(format!("--sandbox={}", folder.display()));
    }
    if let Some(file) = &global.kubeconfig {
        arguments.extend(["--kubeconfig".to_owned(), file.display().to_string()]);
    }
    arguments.extend(global.context.iter().flat_map(|name| ["--context".to_owned(), name.clone()]));
    arguments
}

/// The flag for documents that name no namespace: as it was given, or as the plan has it.
fn namespace(plan: &Plan, global: &Global) -> Vec<String> {
    let planned = plan.namespace.as_ref().filter(|name| *name != NAMESPACE);
    global.namespace.as_ref().or(planned).map(|name| named(name).to_vec()).unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_left_out_in_both_spellings() {
        let rest = |typed: &str| without_pause(typed.split(' ').map(str::to_owned)).join(" ");
        assert_eq!(rest("apply a.yaml --pause-before primary --allow x"), "apply a.yaml --allow x");
        assert_eq!(rest("apply --pause-before=primary a.yaml"), "apply a.yaml");
    }
}
