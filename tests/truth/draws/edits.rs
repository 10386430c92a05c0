//! Changes of the manifests.

use serde_json::json;

use super::{
    companions::{companion, cpf},
    topology::{gateway, image},
};
use crate::{random::Random, scenario::Edit};

/// A change of the manifests.
pub(crate) fn edit(random: &mut Random, clusters: usize, cluster: usize) -> Edit {
    const DATA: &str = "/spec/topology/data";
    let set = |pointer, value| Edit::Set(cluster, pointer, value);
    let tag = random.word(&["2024.1", "2024.1.1", "2024.1.2"]);
    let word = random.word(&["red", "green", "blue"]);
    let resources = random
        .one_of(&[
            json!({"requests": {"cpu": "1", "memory": "1Gi"}}),
            json!({"requests": {"cpu": "1000m", "memory": "1024Mi"}}),
            json!({"requests": {"cpu": "500m"}, "limits": {"cpu": "1", "memory": "2Gi"}}),
        ])
        .clone();
    let env = random
        .one_of(&[
            json!([{"name": "TZ", "value": word}]),
            json!([{"name": "API_TOKEN", "value": word}, {"name": "TZ", "value": "UTC"}]),
            json!([{"name": "TZ", "value": "UTC"}, {"name": "MODE", "value": word}]),
        ])
        .clone();
    match random.below(43) {
        0 | 1 => set("/spec/topology/data/image", image("iris", tag)),
        2 => set("/spec/topology/compute/image", image("iris", tag)),
        3 => set("/spec/topology/arbiter/image", image("arbiter", tag)),
        4 => set("/spec/topology/webgateway/image", image("webgateway", tag)),
        5 => set("/spec/topology/data/webgateway/image", image("webgateway", tag)),
        6 | 7 => set("/spec/topology/compute/replicas", json!(random.below(4))),
        8 => set("/spec/topology/webgateway/replicas", json!(random.below(4))),
        9 => set("/spec/topology/data/podTemplate/spec/resources", resources),
        10 => set("/spec/topology/compute/podTemplate/spec/resources", resources),
        11 => set("/spec/topology/data/podTemplate/spec/env", env),
        12 => set("/spec/topology/compute/podTemplate/spec/env", env),
        13 => set("/spec/topology/webgateway/podTemplate/spec/env", env),
        14 => set("/spec/topology/data/podTemplate/metadata/labels", json!({"colour": word})),
        15 => set("/spec/topology/data/podTemplate/metadata/annotations", json!({"example.com/colour": word})),
        16 => set("/spec/topology/data/podTemplate/controller/labels", json!({"example.com/colour": word})),
        17 => set("/spec/topology/compute/podTemplate/controller/annotations", json!({"colour": word})),
        18 => set("/spec/topology/webgateway/applicationPaths", json!(["/csp/sys", format!("/csp/{word}")])),
        19 => set("/spec/topology/data/webgateway/applicationPaths", json!(["/csp/sys", format!("/csp/{word}")])),
        20 => set("/spec/topology/webgateway/alternativeServers", json!(random.word(&["LoadBalancing", "FailOver"]))),
        21 => set("/spec/topology/webgateway/type", json!(random.word(&["apache", "nginx", "apache-lockeddown"]))),
        22 => set("/spec/serviceTemplate/spec/type", json!(random.word(&["ClusterIP", "NodePort", "LoadBalancer"]))),
        23 => set("/spec/serviceTemplate/metadata/annotations", json!({"example.com/colour": word})),
        24 => {
            let mut nodes = json!({"image": image("iris", tag), "compatibilityVersion": "2024.1.0"});
            nodes["replicas"] = json!(random.below(3));
            set("/spec/topology/compute", nodes)
        }
        25 => Edit::Remove(cluster, "/spec/topology/compute"),
        26 => set("/spec/topology/webgateway", gateway()),
        27 => Edit::Remove(cluster, "/spec/topology/webgateway"),
        28 => set("/spec/topology/data/webgateway", gateway()),
        29 => Edit::Remove(cluster, "/spec/topology/data/webgateway"),
        30 | 31 => Edit::Companion("cpf", Some(cpf(random))),
        32 => set("/spec/configSource", json!({"name": "cpf"})),
        33 | 34 | 40..=42 => companion(random, clusters),
        35 => set("/spec/topology/data/podTemplate/metadata/annotations", json!({"example.com/shape": word})),
        36 => {
            set("/spec/topology/compute/updateStrategy", json!({"type": random.word(&["OnDelete", "RollingUpdate"])}))
        }
        37 => set("/spec/topology/data/preferredZones", json!([random.word(&["zone-a", "zone-b"])])),
        38 => Edit::Remove(
            cluster,
            random.word(&[
                "/spec/topology/data/podTemplate",
                "/spec/topology/compute/podTemplate",
                "/spec/configSource",
                "/spec/serviceTemplate",
            ]),
        ),
        _ => set(random.word(&["/metadata/labels/team", "/metadata/annotations/note"]), json!(word)),
    }
    .checked(DATA)
}

impl Edit {
    /// Data nodes are always there, so that a manifest stays one.
    fn checked(self, data: &str) -> Self {
        debug_assert!(!matches!(&self, Self::Remove(_, pointer) if *pointer == data));
        self
    }
}
