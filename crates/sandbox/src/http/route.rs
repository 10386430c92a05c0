//! What a path means.

use super::query::decode;
use crate::registry::{Registry, Served};

/// What a path means.
#[derive(Debug, Clone)]
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
    Collection { served: Served, namespace: Option<String> },
    /// One object, or a part of it.
    Object { served: Served, namespace: String, name: String, subresource: String },
    /// A resource that the sandbox does not have.
    Unserved(String),
    /// Nothing.
    Nothing,
}

/// Reads a path.
pub(super) fn route(registry: &Registry, path: &str) -> Route {
    let parts: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(decode).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["readyz" | "livez" | "healthz", ..] => Route::Health,
        ["version"] => Route::Version,
        ["api"] => Route::CoreVersions,
        ["api", version, rest @ ..] => resource(registry, "", version, rest),
        ["apis"] => Route::Groups,
        ["apis", group] => Route::Group((*group).to_owned()),
        ["apis", group, version, rest @ ..] => resource(registry, group, version, rest),
        _ => Route::Nothing,
    }
}

fn resource(registry: &Registry, group: &str, version: &str, rest: &[&str]) -> Route {
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
    let served = registry.plural(group, version, plural);
    let Some(served) = served.filter(|served| served.kind.namespaced || namespace.is_none()) else {
        return Route::Unserved(if group.is_empty() { (*plural).to_owned() } else { format!("{plural}.{group}") });
    };
    match names {
        [] => Route::Collection { served, namespace },
        [name, subresource @ ..] if served.kind.namespaced == namespace.is_some() => Route::Object {
            served,
            namespace: namespace.unwrap_or_default(),
            name: (*name).to_owned(),
            subresource: subresource.join("/"),
        },
        _ => Route::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds;

    fn seen(path: &str) -> String {
        match route(kinds::registry(), path) {
            Route::Collection { served, namespace } => format!("{} in {namespace:?}", served.kind.plural),
            Route::Object { served, namespace, name, subresource } => {
                format!("{} {namespace}/{name} {subresource}", served.kind.plural)
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
