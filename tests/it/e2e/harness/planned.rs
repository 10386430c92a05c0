//! What a run planned.

use iriskit_state::plan::{self, Note, Plan, ResourceChange, Verb};
use serde_json::Value;

use crate::support::{env::Output, schema::violations};

/// A plan as `--json` prints it.
pub(crate) struct Planned(pub(crate) Plan);

impl Planned {
    /// The document on standard output, which is as its schema says.
    #[track_caller]
    pub(crate) fn read(output: &Output) -> Self {
        let document: Value =
            serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("no plan ({error}): {output}"));
        assert_eq!(violations(&plan::schema(), &document), Vec::<String>::new(), "{output}");
        Self(serde_json::from_value(document).unwrap())
    }

    /// What happens to an object, by `Kind/name`.
    #[track_caller]
    pub(crate) fn change(&self, object: &str) -> &ResourceChange {
        let (kind, name) = object.split_once('/').expect("kind and name");
        let found = self.0.resource_changes.iter().find(|change| change.kind == kind && change.name == name);
        found.unwrap_or_else(|| panic!("no {object} in {:?}", self.changed()))
    }

    /// `Kind/name verbs` of everything that is not as planned, in order.
    pub(crate) fn changed(&self) -> Vec<String> {
        self.0.resource_changes.iter().filter(|change| !change.is_no_op()).map(short).collect()
    }

    /// The names of the allowances that it needs.
    pub(crate) fn allowances(&self) -> Vec<&str> {
        self.0.allowances.iter().map(|allowance| allowance.name.as_str()).collect()
    }

    /// The notes of an id.
    pub(crate) fn notes(&self, id: &str) -> Vec<&Note> {
        self.0.notes.iter().filter(|note| note.id.as_str() == id).collect()
    }
}

fn short(change: &ResourceChange) -> String {
    let verb = |verb: &Verb| match verb {
        Verb::NoOp => "no-op",
        Verb::Create => "create",
        Verb::Update => "update",
        Verb::Delete => "delete",
    };
    let verbs: Vec<_> = change.change.actions.iter().map(verb).collect();
    format!("{}/{} {}", change.kind, change.name, verbs.join(" "))
}
