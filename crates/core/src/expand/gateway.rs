//! A web gateway in a pod, alone or beside IRIS: its ConfigMap, its container, and the sidecar that composes CSP.ini.

use iriskit_state::plan::{Component, Stage};
use serde_json::{Value, json};

use super::{
    ConfigTexts, Desired,
    container::{Container, script, tcp_probe},
    csp::{self, Server},
    labels::{self, Labels},
    names,
    object::{CONFIG_MAP, object},
    pod::Pod,
};
use crate::topology::{AlternativeServers, Gateway, GatewayType, IrisCluster, PodTemplate};

/// What composes CSP.ini; POSIX sh, as the gateway's image has nothing else for sure.
const COMPOSE: &str = include_str!("webgateway-config.sh");
/// Where the ConfigMap is mounted.
const STAGED: &str = "/iriskit/webgateway/staged";
/// Where the login Secret is mounted.
const LOGIN: &str = "/iriskit/webgateway/login";
/// Where the composed CSP.ini appears.
const COMPOSED: &str = "/iriskit/webgateway/composed";
/// The user that the image without root runs as.
const IRIS_OWNER: u32 = 51773;
/// Seconds between two looks at ConfigMap and Secret.
const PAUSE: &str = "10";

/// How a gateway is set up.
pub(super) struct Setup<'a> {
    gateway: &'a Gateway,
    config_map: String,
    servers: Vec<Server>,
    alternative: AlternativeServers,
    about: &'static str,
    template: Option<&'a PodTemplate>,
    /// What the manifest says of the gateway's own container.
    context: Option<&'a Value>,
}

impl<'a> Setup<'a> {
    /// A gateway beside each IRIS of a component; it serves the instance of its own pod.
    pub(super) fn sidecar(cluster: &'a IrisCluster, gateway: &'a Gateway, component: &str) -> Self {
        Self {
            gateway,
            config_map: names::of(cluster, &format!("{component}-webgateway")),
            servers: csp::local(),
            alternative: AlternativeServers::Disabled,
            about: "CSP.ini of the sidecars",
            template: match component {
                labels::COMPUTE => cluster.topology.compute.as_ref().map(|compute| &compute.iris.pods.template),
                _ => Some(&cluster.topology.data.iris.pods.template),
            },
            context: gateway.container_security_context.as_ref(),
        }
    }

    /// A gateway in a pod of its own.
    pub(super) fn stand_alone(cluster: &'a IrisCluster, gateway: &'a Gateway) -> Self {
        let template = cluster.topology.webgateway.as_ref().map(|gateways| &gateways.pods.template);
        Self {
            gateway,
            config_map: names::of(cluster, labels::WEBGATEWAY),
            servers: csp::servers(cluster),
            alternative: AlternativeServers::FailOver,
            about: "CSP.ini",
            template,
            context: template.and_then(|template| template.spec.get("containerSecurityContext")),
        }
    }

    /// Its configuration, without credentials.
    pub(super) fn config_map(
        &self,
        cluster: &IrisCluster,
        texts: &ConfigTexts,
        labels: &Labels,
        place: (Stage, Component),
    ) -> Desired {
        let ini = csp::ini(self.gateway, &self.servers, self.alternative, texts);
        let mut data = json!({"CSP.ini": ini});
        if let (Value::Object(data), Some(conf)) = (&mut data, csp::conf(self.gateway)) {
            data.insert("CSP.conf".into(), conf.into());
        }
        let mut map = object(cluster, CONFIG_MAP, &self.config_map, labels, json!({"data": data}), place);
        self.about.clone_into(&mut map.about);
        map
    }

    /// The gateway's own container. Only a stand-alone gateway has a readiness probe: beside IRIS it would take a
    /// healthy instance out of its Service.
    pub(super) fn container(&self, stand_alone: bool) -> Container {
        let port = port(self.gateway.server);
        let mut container = Container::new("webgateway", &self.gateway.image)
            .env("ISC_CSP_INI_FILE", &format!("{COMPOSED}/CSP.ini"))
            .port("webserver", port)
            .mount_read_only("webgateway-composed", COMPOSED);
        if self.gateway.server != GatewayType::Nginx {
            container = container
                .env("ISC_CSP_CONF_FILE", &format!("{STAGED}/CSP.conf"))
                .mount_read_only("webgateway-staged", STAGED);
        }
        if stand_alone { container.with("readinessProbe", tcp_probe(port, 5, 3)) } else { container }
    }

    /// Adds the volumes and the composing sidecar to a pod.
    pub(super) fn prepare(&self, pod: &mut Pod) {
        let compose = json!(["/bin/sh", "-c", script(COMPOSE), "webgateway-config"]);
        let probe = json!({
            "exec": {"command": ["/bin/sh", "-c", format!("test -s {COMPOSED}/CSP.ini")]},
            "periodSeconds": 1,
            "failureThreshold": 120,
        });
        let resources = json!({"cpu": "50m", "memory": "32Mi"});
        let mut container = Container::new("webgateway-config", &self.gateway.image)
            .mount_read_only("webgateway-staged", STAGED)
            .mount("webgateway-composed", COMPOSED)
            .with("command", compose)
            .with("restartPolicy", "Always".into())
            .with("startupProbe", probe)
            // Equal requests and limits let a pod be Guaranteed, which pinned cores need.
            .with("resources", json!({"requests": resources, "limits": resources}))
            .with("securityContext", self.user())
            .restricted();
        container.args =
            vec![format!("{STAGED}/CSP.ini").into(), LOGIN.into(), format!("{COMPOSED}/CSP.ini").into(), PAUSE.into()];
        pod.volumes.push(json!({"name": "webgateway-staged", "configMap": {"name": self.config_map}}));
        if let Some(secret) = &self.gateway.login_secret {
            container = container.mount_read_only("webgateway-login", LOGIN);
            pod.volumes.push(json!({"name": "webgateway-login", "secret": {"secretName": secret}}));
        }
        // In memory: it holds the password.
        pod.volumes.push(json!({"name": "webgateway-composed", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}}));
        pod.init.push(container);
    }

    /// Who composes the file, which nobody else may read but root: the gateway's own user, so far as the manifest names one.
    fn user(&self) -> Value {
        let user = |context: Option<&Value>| context.and_then(|context| context.get("runAsUser")?.as_i64());
        let of_pod = self.template.and_then(|template| template.spec.get("securityContext"));
        match (user(self.context), user(of_pod)) {
            (None, Some(of_pod)) if of_pod != 0 => json!({}),
            (None | Some(0), _) => json!({"runAsUser": IRIS_OWNER}),
            (Some(own), _) => json!({"runAsUser": own}),
        }
    }

    /// Adds the gateway to a pod of IRIS.
    pub(super) fn join(&self, pod: &mut Pod) {
        self.prepare(pod);
        let mut container = self.container(false);
        let own =
            [("resources", &self.gateway.resources), ("securityContext", &self.gateway.container_security_context)];
        for (field, value) in own {
            if let Some(value) = value {
                container = container.with(field, value.clone());
            }
        }
        pod.sidecars.push(container);
    }
}

/// The port that the web server listens on.
pub(super) fn port(server: GatewayType) -> u16 {
    match server {
        GatewayType::Apache | GatewayType::Nginx => 80,
        GatewayType::ApacheLockedDown => 52773,
    }
}

#[cfg(test)]
mod tests;
