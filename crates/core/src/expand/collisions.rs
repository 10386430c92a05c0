//! Two desired objects of one identity.

use iriskit_state::plan::Component;
use std::collections::HashMap;

use super::{Desired, Ownership};
use crate::diagnostic::{Diagnostic, DiagnosticId};
use iriskit_kubernetes::schema::ObjectRef;

/// An error for every object that is desired twice. Versions of one group mean the same object; what clusters share
/// (`iris-svc`) may come once from each of them.
pub(crate) fn check_names<'a>(objects: impl IntoIterator<Item = &'a Desired>) -> Vec<Diagnostic> {
    let mut seen: HashMap<Identity<'_>, &Desired> = HashMap::new();
    let mut found = Vec::new();
    for desired in objects {
        let Some(first) = seen.insert(identity(&desired.object), desired) else { continue };
        if first.ownership == Ownership::Shared
            && desired.ownership == Ownership::Shared
            && first.value == desired.value
        {
            continue;
        }
        let message = format!("{} is desired twice: {} and {}", desired.object, origin(first), origin(desired));
        found.push(
            Diagnostic::error(DiagnosticId::ObjectCollision, message)
                .at(desired.source.as_ref(), "this one")
                .at(first.source.as_ref(), "and this one")
                .help("give one of them another name"),
        );
    }
    found
}

type Identity<'a> = (&'a str, &'a str, Option<&'a str>, &'a str);

fn identity(object: &ObjectRef) -> Identity<'_> {
    (object.group(), &object.kind, object.namespace.as_deref(), &object.name)
}

/// Who asks for it: `the web gateways`, `a companion`.
fn origin(desired: &Desired) -> String {
    let of = desired.value.pointer("/metadata/labels/intersystems.com~1name").and_then(serde_json::Value::as_str);
    match (desired.component, of) {
        (Component::Companion, _) => "a companion".to_owned(),
        (component, Some(cluster)) => format!("{} of cluster {cluster}", component.as_str()),
        (component, None) => component.as_str().to_owned(),
    }
}
