//! What a path means.

use super::query::decode;
use crate::served;
use iriskit_kubernetes::schema::Kind;

/// What a path means.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Route {
    /// `/readyz` and its like.
    Health,
    /// `/version`.
    Version,
    /// `/api`.
    CoreVersions,
    /// `/apis`.
    Groups,
    /// `/apis/GROUP`.
    Group(String),
    /// `/api/v1`, `/apis/GROUP/VERSION`.
    Resources { group: String, version: String },
    /// All objects of a kind, in one namespace or in all.
    Collection { kind: &'static Kind, namespace: Option<String> },
    /// One object, or a part of it.
    Object { kind: &'static Kind, namespace: String, name: String, subresource: String },
    /// A resource that the sandbox does not have.
    Unserved(String),
    /// Nothing.
    Nothing,
}

/// Reads a path.
pub(super) fn route(path: &str) -> Route {
    let parts: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(decode).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["readyz" | "livez" | "healthz", ..] => Route::Health,
        ["version"] => Route::Version,
        ["api"] => Route::CoreVersions,
        ["api", version, rest @ ..] => resource("", version, rest),
        ["apis"] => Route::Groups,
        ["apis", group] => Route::Group((*group).to_owned()),
        ["apis", group, version, rest @ ..] => resource(group, version, rest),
        _ => Route::Nothing,
    }
}

fn resource(group: &str, version: &str, rest: &[&str]) -> Route {
    let (namespace, rest) = match rest {
        // `/api/v1/namespaces/NAME` and `…/status` are the Namespace itself.
        ["namespaces", namespace, inside @ ..]
            if !(inside.is_empty() || group.is_empty() && matches!(inside, ["status" | "finalize"])) =>
        {
            (Some((*namespace).to_owned()), inside)
        }
        rest => (None, rest),
    };
    let Some((plural, names)) = rest.split_first() else {
        return Route::Resources { group: group.to_owned(), version: version.to_owned() };
    };
    let Some(kind) = served(group, version, plural).filter(|kind| kind.namespaced || namespace.is_none()) else {
        return Route::Unserved(if group.is_empty() { (*plural).to_owned() } else { format!("{plural}.{group}") });
    };
    match names {
        [] => Route::Collection { kind, namespace },
        [name, subresource @ ..] if kind.namespaced == namespace.is_some() => Route::Object {
            kind,
            namespace: namespace.unwrap_or_default(),
            name: (*name).to_owned(),
            subresource: subresource.join("/"),
        },
        _ => Route::Nothing,
    }
}

fn served(group: &str, version: &str, plural: &str) -> Option<&'static Kind> {
    served::kinds().find(|kind| kind.plural == plural && kind.group == group && kind.version == version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(path: &str) -> String {
        match route(path) {
            Route::Collection { kind, namespace } => format!("{} in {namespace:?}", kind.plural),
            Route::Object { kind, namespace, name, subresource } => {
                format!("{} {namespace}/{name} {subresource}", kind.plural)
            }
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn paths() {
        for (path, expected) in [
            ("/api/v1/pods", "pods in None"),
            ("/api/v1/namespaces", "namespaces in None"),
            ("/api/v1/namespaces/n", "namespaces /n "),
            ("/api/v1/namespaces/n/status", "namespaces /n status"),
            ("/api/v1/namespaces/n/pods", "pods in Some(\"n\")"),
            ("/api/v1/namespaces/n/pods/p%2D0/status", "pods n/p-0 status"),
            ("/apis/apps/v1/namespaces/n/statefulsets/s/scale", "statefulsets n/s scale"),
            ("/apis/storage.k8s.io/v1/storageclasses/standard", "storageclasses /standard "),
            (
                "/apis/intersystems.com/v1alpha1/namespaces/n/irisclusters/c",
                "Unserved(\"irisclusters.intersystems.com\")",
            ),
            ("/apis/apps/v1", "Resources { group: \"apps\", version: \"v1\" }"),
            ("/api/v1/pods/p", "Nothing"),
            ("/readyz", "Health"),
            ("/", "Nothing"),
        ] {
            assert_eq!(seen(path), expected, "{path}");
        }
    }
}
