//! The roles that let somebody plan, apply or destroy clusters. In go the objects that their manifests expand to; out come a
//! Role for each namespace and a ClusterRole for what lies outside.
//!
//! A Role can't tell a dry-run from a write, so who may only plan gets no server's verdict on changes (`unverified`).

use std::collections::{BTreeMap, BTreeSet};

use iriskit_kubernetes::schema::{ObjectRef, table};
use serde_json::{Value, json};

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Read what a plan reads.
    Plan,
    /// Plan, and make what the manifests say.
    Apply,
    /// Plan, and take it away.
    Destroy,
}

const READ: &[&str] = &["get", "list"];
const WATCH: &[&str] = &["get", "list", "watch"];

/// Group and resource.
type Resource = (String, String);
type Verbs = BTreeSet<&'static str>;

/// What may be done with all objects of a resource, and with single ones.
#[derive(Default)]
struct Rules {
    all: BTreeMap<Resource, Verbs>,
    named: BTreeMap<Resource, (Verbs, BTreeSet<String>)>,
}

impl Rules {
    fn add(&mut self, group: &str, resource: &str, verbs: &[&'static str]) {
        self.all.entry((group.to_owned(), resource.to_owned())).or_default().extend(verbs);
    }

    fn add_named(&mut self, group: &str, resource: &str, verbs: &[&'static str], name: &str) {
        let (all, names) = self.named.entry((group.to_owned(), resource.to_owned())).or_default();
        all.extend(verbs);
        names.insert(name.to_owned());
    }

    /// The rules of a Role: resources of a group of which the same may be done stand together.
    fn into_values(self) -> Vec<Value> {
        let mut together: BTreeMap<(String, Verbs), Vec<String>> = BTreeMap::new();
        for ((group, resource), verbs) in self.all {
            together.entry((group, verbs)).or_default().push(resource);
        }
        let all = together
            .into_iter()
            .map(|((group, verbs), resources)| json!({"apiGroups": [group], "resources": resources, "verbs": verbs}));
        let named = self.named.into_iter().map(|((group, resource), (verbs, names))| {
            json!({"apiGroups": [group], "resources": [resource], "resourceNames": names, "verbs": verbs})
        });
        all.chain(named).collect()
    }
}

/// The roles for these objects. `secrets` are those that pods need and the manifests do not make.
pub(crate) fn roles(
    objects: &BTreeSet<ObjectRef>,
    secrets: &BTreeSet<ObjectRef>,
    purpose: Purpose,
    name: &str,
) -> Vec<Value> {
    let namespaces: BTreeSet<&str> =
        objects.iter().chain(secrets).filter_map(|object| object.namespace.as_deref()).collect();
    let of_namespace = |namespace: &&str| {
        let here = |object: &&ObjectRef| object.namespace.as_deref() == Some(*namespace);
        let mut rules = of_every_namespace(purpose);
        for object in objects.iter().filter(here) {
            add_object(&mut rules, object, purpose);
        }
        for secret in secrets.iter().filter(here) {
            rules.add_named("", "secrets", &["get"], &secret.name);
        }
        role("Role", &json!({"name": name, "namespace": namespace}), rules)
    };
    let mut outside = Rules::default();
    outside.add("storage.k8s.io", "storageclasses", READ);
    if purpose == Purpose::Destroy {
        // What becomes of the data behind a claim is said by its volume, whose name nobody knows beforehand.
        outside.add("", "persistentvolumes", &["get"]);
    }
    for namespace in &namespaces {
        outside.add_named("", "namespaces", &["get"], namespace);
    }
    for object in objects.iter().filter(|object| object.namespace.is_none()) {
        add_object(&mut outside, object, purpose);
    }
    let outside = role("ClusterRole", &json!({"name": name}), outside);
    namespaces.iter().map(of_namespace).chain([outside]).collect()
}

fn role(kind: &str, metadata: &Value, rules: Rules) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": kind,
        "metadata": metadata,
        "rules": rules.into_values(),
    })
}

/// What is read wherever a cluster is; of who writes, what every run writes besides the manifests' objects.
fn of_every_namespace(purpose: Purpose) -> Rules {
    let mut rules = Rules::default();
    let writes = purpose != Purpose::Plan;
    rules.add("intersystems.com", "irisclusters", READ);
    rules.add("apps", "controllerrevisions", READ);
    rules.add("apps", "statefulsets", if writes { WATCH } else { READ });
    rules.add("coordination.k8s.io", "leases", READ);
    for resource in ["configmaps", "persistentvolumeclaims", "services"] {
        rules.add("", resource, READ);
    }
    for resource in ["limitranges", "resourcequotas"] {
        rules.add("", resource, &["list"]);
    }
    rules.add("", "serviceaccounts", &["get"]);
    rules.add("", "pods", if writes { WATCH } else { READ });
    if writes {
        // The lock, the record, and why something is not ready.
        rules.add("coordination.k8s.io", "leases", &["create", "update", "delete"]);
        rules.add("", "configmaps", &["create", "update", "delete"]);
        rules.add("", "events", &["list", "watch"]);
        rules.add("", "pods/log", &["get"]);
        rules.add("", "pods", &["delete"]);
    }
    match purpose {
        Purpose::Plan => {}
        // Who makes the labeler's Role must have what it gives.
        Purpose::Apply => {
            rules.add("", "pods", &["patch"]);
            rules.add("", "persistentvolumeclaims", &["patch"]);
        }
        Purpose::Destroy => rules.add("", "persistentvolumeclaims", &["delete", "watch"]),
    }
    rules
}

fn add_object(rules: &mut Rules, object: &ObjectRef, purpose: Purpose) {
    let Some(kind) = table().kind(&object.api_version, &object.kind) else { return };
    // Secrets are never listed, but by who makes them: only a rule without names lets somebody create.
    if kind.kind == "Secret" && purpose != Purpose::Apply {
        rules.add_named(kind.group, kind.plural, &["get"], &object.name);
        if purpose == Purpose::Destroy {
            rules.add_named(kind.group, kind.plural, &["delete"], &object.name);
        }
        return;
    }
    let verbs: &[&str] = match purpose {
        Purpose::Plan => READ,
        Purpose::Apply => &["get", "list", "watch", "create", "patch", "delete"],
        Purpose::Destroy => &["get", "list", "watch", "delete"],
    };
    rules.add(kind.group, kind.plural, verbs);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule<'a>(role: &'a Value, resource: &str, named: bool) -> Option<&'a Value> {
        let mut rules = role["rules"].as_array().unwrap().iter();
        let is_of = |rule: &&Value| rule["resources"].as_array().unwrap().contains(&json!(resource));
        rules.find(|rule| is_of(rule) && rule.get("resourceNames").is_some() == named)
    }

    #[test]
    fn there_is_a_role_for_each_namespace_and_one_for_what_lies_outside() {
        let objects = BTreeSet::from([
            ObjectRef::namespaced("apps/v1", "StatefulSet", "a", "s"),
            ObjectRef::namespaced("v1", "Secret", "b", "made"),
            ObjectRef::cluster_scoped("storage.k8s.io/v1", "StorageClass", "fast"),
        ]);
        let secrets = BTreeSet::from([ObjectRef::namespaced("v1", "Secret", "b", "key")]);
        let of = |purpose| roles(&objects, &secrets, purpose, "r");
        let places = |roles: &[Value]| -> Vec<Value> { roles.iter().map(|role| role["metadata"].clone()).collect() };
        let (plan, apply, destroy) = (of(Purpose::Plan), of(Purpose::Apply), of(Purpose::Destroy));
        let expected =
            [json!({"name": "r", "namespace": "a"}), json!({"name": "r", "namespace": "b"}), json!({"name": "r"})];
        for roles in [&plan, &apply, &destroy] {
            assert_eq!(places(roles), expected);
            assert_eq!(rule(&roles[2], "namespaces", true).unwrap()["resourceNames"], json!(["a", "b"]));
        }
        assert_eq!(rule(&plan[0], "statefulsets", false).unwrap()["verbs"], json!(["get", "list"]));
        // Who makes a Secret can't be held to names; one that only has to be there is read by name.
        assert_eq!(rule(&plan[1], "secrets", true).unwrap()["resourceNames"], json!(["key", "made"]));
        assert_eq!(rule(&plan[1], "secrets", false), None);
        assert_eq!(rule(&apply[1], "secrets", true).unwrap()["resourceNames"], json!(["key"]));
        assert!(rule(&apply[1], "secrets", false).unwrap()["verbs"].to_string().contains("create"));
        assert!(rule(&destroy[2], "storageclasses", false).unwrap()["verbs"].to_string().contains("delete"));
        // Who destroys looks at the volumes; everybody looks at the locks of a namespace.
        assert_eq!(rule(&destroy[2], "persistentvolumes", false).unwrap()["verbs"], json!(["get"]));
        assert_eq!(rule(&apply[2], "persistentvolumes", false), None);
        assert_eq!(rule(&plan[0], "leases", false).unwrap()["verbs"], json!(["get", "list"]));
    }

    #[test]
    fn who_plans_writes_nothing() {
        let objects = BTreeSet::from([ObjectRef::namespaced("apps/v1", "StatefulSet", "a", "s")]);
        for role in roles(&objects, &BTreeSet::new(), Purpose::Plan, "r") {
            for rule in role["rules"].as_array().unwrap() {
                let verbs: Vec<&str> = rule["verbs"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
                assert!(verbs.iter().all(|verb| READ.contains(verb)), "{rule}");
            }
        }
    }
}
