//! Namespaces of their own for tests that run side by side, and users with few rights in them.

use std::{
    ffi::OsStr,
    fs,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

use serde_json::{Value, json};

use super::plane::ControlPlane;

/// A namespace that nobody else uses. It is deleted, without waiting, when this is dropped.
#[derive(Debug)]
pub(crate) struct Namespace<'a> {
    plane: &'a ControlPlane,
    name: String,
}

impl ControlPlane {
    /// Makes a namespace, and waits for what Kubernetes puts into each (default service account, `kube-root-ca.crt`).
    pub(crate) fn namespace(&self, prefix: &str) -> Namespace<'_> {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let name = format!("{prefix}-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        self.create("/api/v1/namespaces", &json!({"metadata": {"name": name}}));
        for path in ["serviceaccounts/default", "configmaps/kube-root-ca.crt"] {
            let path = format!("/api/v1/namespaces/{name}/{path}");
            self.until(&path, |plane| (plane.request("GET", &path, "application/json", None).0 == 200).then_some(()));
        }
        Namespace { plane: self, name }
    }

    /// A kubeconfig for a new service account of `namespace` that may do what `rules` (those of a Role) say, there.
    pub(crate) fn restricted_kubeconfig(&self, namespace: &str, rules: &Value) -> PathBuf {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let user = format!("restricted-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let core = format!("/api/v1/namespaces/{namespace}/serviceaccounts");
        let rbac = format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}");
        self.create(&core, &json!({"metadata": {"name": user}}));
        self.create(&format!("{rbac}/roles"), &json!({"metadata": {"name": user}, "rules": rules}));
        self.create(
            &format!("{rbac}/rolebindings"),
            &json!({
                "metadata": {"name": user},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": user},
                "subjects": [{"kind": "ServiceAccount", "name": user, "namespace": namespace}],
            }),
        );
        let token = self.create(
            &format!("{core}/{user}/token"),
            &json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}}),
        );
        self.write_kubeconfig(&user, namespace, token["status"]["token"].as_str().expect("a token"))
    }

    /// A kubeconfig for a new service account of `namespace` that has these Roles and ClusterRoles, and nothing else.
    pub(crate) fn kubeconfig_with_roles(&self, namespace: &str, roles: &[Value]) -> PathBuf {
        let path = self.restricted_kubeconfig(namespace, &json!([]));
        let user = path.file_stem().and_then(OsStr::to_str).expect("a name").to_owned();
        let subjects = json!([{"kind": "ServiceAccount", "name": user, "namespace": namespace}]);
        let root = "/apis/rbac.authorization.k8s.io/v1";
        for (number, role) in roles.iter().enumerate() {
            let kind = role["kind"].as_str().expect("a kind");
            let (base, resource) = match role["metadata"]["namespace"].as_str() {
                Some(namespace) => (format!("{root}/namespaces/{namespace}"), "role"),
                None => (root.to_owned(), "clusterrole"),
            };
            let name = format!("{user}-{number}-{namespace}");
            let mut role = role.clone();
            role["metadata"]["name"] = json!(name);
            self.create(&format!("{base}/{resource}s"), &role);
            let reference = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name});
            let binding = json!({"metadata": {"name": name}, "roleRef": reference, "subjects": subjects});
            self.create(&format!("{base}/{resource}bindings"), &binding);
        }
        path
    }

    /// The administrator's kubeconfig with another user and default namespace.
    fn write_kubeconfig(&self, user: &str, namespace: &str, token: &str) -> PathBuf {
        let text = fs::read_to_string(self.kubeconfig()).unwrap();
        let mut config: Value = serde_yaml::from_str(&text).unwrap();
        config["users"] = json!([{"name": user, "user": {"token": token}}]);
        config["contexts"][0]["context"]["user"] = json!(user);
        config["contexts"][0]["context"]["namespace"] = json!(namespace);
        let path = self.report().dir.join(format!("{user}.kubeconfig"));
        fs::write(&path, config.to_string()).unwrap();
        path
    }
}

impl Namespace<'_> {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The path of something in this namespace: `("apps/v1", "statefulsets/s")`.
    pub(crate) fn path(&self, group_version: &str, rest: &str) -> String {
        let root = if group_version.contains('/') { "apis" } else { "api" };
        format!("/{root}/{group_version}/namespaces/{}/{rest}", self.name)
    }
}

impl Drop for Namespace<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.plane.delete(&format!("/api/v1/namespaces/{}", self.name));
        }
    }
}
