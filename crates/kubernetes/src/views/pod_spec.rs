//! What a pod is made of: its containers and volumes, in a pod or in the template of one.

use serde_json::Value;

use super::{object::view, path};

view! {
    /// The template of a controller's pods: labels, annotations and a pod's spec.
    PodTemplate
}

impl<'a> PodTemplate<'a> {
    /// `spec`; empty where there is none.
    pub fn spec(self) -> PodSpec<'a> {
        PodSpec::new(self.at(&["spec"]).unwrap_or(&Value::Null))
    }
}

/// The `spec` of a pod.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PodSpec<'a>(&'a Value);

impl<'a> PodSpec<'a> {
    /// Looks at the `spec` of a pod.
    pub fn new(value: &'a Value) -> Self {
        Self(value)
    }

    /// The spec itself.
    pub fn value(self) -> &'a Value {
        self.0
    }

    /// The containers that run as long as the pod, but for sidecars.
    pub fn containers(self) -> impl Iterator<Item = Container<'a>> + use<'a> {
        path::items(self.0, &["containers"]).iter().map(Container::new)
    }

    /// Init containers and sidecars.
    pub fn init_containers(self) -> impl Iterator<Item = Container<'a>> + use<'a> {
        path::items(self.0, &["initContainers"]).iter().map(Container::new)
    }

    /// Init containers, then containers. Their names are unique in a pod.
    pub fn all_containers(self) -> impl Iterator<Item = Container<'a>> + use<'a> {
        self.init_containers().chain(self.containers())
    }

    /// One container, no init container.
    pub fn container(self, name: &str) -> Option<Container<'a>> {
        self.containers().find(|container| container.name() == name)
    }

    /// All volumes.
    pub fn volumes(self) -> impl Iterator<Item = Volume<'a>> + use<'a> {
        path::items(self.0, &["volumes"]).iter().map(Volume::new)
    }

    /// The names of the claims that its volumes are for.
    pub fn claims(self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.volumes().filter_map(Volume::claim)
    }

    /// `serviceAccountName`.
    pub fn service_account(self) -> Option<&'a str> {
        path::text(self.0, &["serviceAccountName"])
    }
}

/// One entry of `containers` or `initContainers`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Container<'a>(&'a Value);

impl<'a> Container<'a> {
    fn new(value: &'a Value) -> Self {
        Self(value)
    }

    /// The container itself.
    pub fn value(self) -> &'a Value {
        self.0
    }

    /// `name`, or nothing.
    pub fn name(self) -> &'a str {
        path::text(self.0, &["name"]).unwrap_or_default()
    }

    /// `image`.
    pub fn image(self) -> Option<&'a str> {
        path::text(self.0, &["image"])
    }
}

/// One entry of `volumes`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Volume<'a>(&'a Value);

impl<'a> Volume<'a> {
    fn new(value: &'a Value) -> Self {
        Self(value)
    }

    /// `name`, or nothing.
    pub fn name(self) -> &'a str {
        path::text(self.0, &["name"]).unwrap_or_default()
    }

    /// The claim that it is for.
    pub fn claim(self) -> Option<&'a str> {
        path::text(self.0, &["persistentVolumeClaim", "claimName"])
    }

    /// The ConfigMap whose texts it holds.
    pub fn config_map(self) -> Option<&'a str> {
        path::text(self.0, &["configMap", "name"])
    }

    /// The Secret whose data it holds.
    pub fn secret(self) -> Option<&'a str> {
        path::text(self.0, &["secret", "secretName"])
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn containers_and_volumes() {
        let value = json!({
            "initContainers": [{"name": "init", "image": "i"}, {"name": "side", "restartPolicy": "Always"}],
            "containers": [{"name": "iris", "image": "x:1"}],
            "volumes": [{"name": "a", "persistentVolumeClaim": {"claimName": "c"}}, {"name": "b", "emptyDir": {}},
                {"name": "t", "configMap": {"name": "m"}}, {"name": "s", "secret": {"secretName": "k"}}],
        });
        let spec = PodSpec::new(&value);
        assert_eq!(spec.all_containers().map(Container::name).collect::<Vec<_>>(), ["init", "side", "iris"]);
        assert_eq!(spec.container("iris").and_then(Container::image), Some("x:1"));
        assert_eq!(spec.container("init"), None);
        assert_eq!(spec.claims().collect::<Vec<_>>(), ["c"]);
        assert_eq!(spec.volumes().filter_map(Volume::config_map).collect::<Vec<_>>(), ["m"]);
        assert_eq!(spec.volumes().filter_map(Volume::secret).collect::<Vec<_>>(), ["k"]);
        assert_eq!(PodSpec::new(&json!(null)).all_containers().count(), 0);
    }
}
