//! The command that makes a plan again.

use iriskit_state::plan::{AllowanceName, ClusterPlace, Operation, Plan, StageName};

use super::{
    input::NAMESPACE,
    shell::{command, named},
};

/// Making a plan like this one again.
pub(super) fn plan_again(plan: &Plan) -> String {
    let mut arguments = vec!["plan".to_owned()];
    if plan.operation == Operation::Destroy {
        arguments.push("--destroy".to_owned());
    }
    arguments.extend(plan.sources.iter().map(|source| source.path.clone()));
    if let ClusterPlace::Sandbox(folder) = plan.cluster.place() {
        arguments.push(format!("--sandbox={folder}"));
    }
    arguments.extend(plan.namespace.iter().filter(|name| *name != NAMESPACE).flat_map(|name| named(name)));
    if deletes_claims(plan) {
        arguments.extend(["--allow".to_owned(), AllowanceName::DeleteData.to_string()]);
    }
    arguments.extend(["-o".to_owned(), "PLANFILE".to_owned()]);
    command(arguments)
}

/// Whether it deletes volumes by name, as a destroy does that was allowed to.
pub(super) fn deletes_claims(plan: &Plan) -> bool {
    plan.resource_changes.iter().any(|change| change.stage == StageName::Volumes && !change.is_no_op())
}
