//! The whole of it: one `IrisCluster` → all its objects.

use serde_json::{Map, Value};

use super::{
    Desired, References, arbiter, compute, data,
    labeler::{self, Labeler},
    references, services,
    tidy::tidy,
    webgateway,
};
use crate::diagnostic::Diagnostic;
use crate::topology::IrisCluster;

/// What the manifest alone does not say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Given {
    /// The data of the ConfigMap that `configSource` names; `None` when it names none or none was read.
    pub config: Option<ConfigTexts>,
    /// The image of the mirror labeler; wins over annotation `iriskit/labeler-image`.
    pub labeler_image: Option<String>,
}

/// The keys of the `configSource` ConfigMap that are read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConfigTexts {
    /// `common.cpf`: for data and compute nodes.
    pub common_cpf: Option<String>,
    /// `data.cpf`: for data nodes.
    pub data_cpf: Option<String>,
    /// `compute.cpf`: for compute nodes.
    pub compute_cpf: Option<String>,
    /// `CSP-merge.ini`: for all web gateways.
    pub csp_merge: Option<String>,
}

impl ConfigTexts {
    /// Reads `data` of a ConfigMap; other keys are left out.
    pub fn from_data(data: &Map<String, Value>) -> Self {
        let text = |key: &str| data.get(key).and_then(Value::as_str).map(str::to_owned);
        Self {
            common_cpf: text("common.cpf"),
            data_cpf: text("data.cpf"),
            compute_cpf: text("compute.cpf"),
            csp_merge: text("CSP-merge.ini"),
        }
    }
}

/// What a cluster expands into.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Expansion {
    /// The objects, by stage and inside a stage in a fixed order.
    pub objects: Vec<Desired>,
    /// Objects that the pods need and the cluster does not make.
    pub references: References,
    /// What is worth knowing. An error means: not to be planned.
    pub diagnostics: Vec<Diagnostic>,
}

/// Expands a cluster. A pure function: equal inputs give equal objects, in the same order.
pub fn expand(cluster: &IrisCluster, given: &Given) -> Expansion {
    let mut found = Vec::new();
    let texts = given.config.clone().unwrap_or_default();
    let labeler = Labeler::of(cluster, given, &mut found);
    let mut objects = labeler::rights(cluster);
    objects.push(services::headless(cluster));
    objects.extend(arbiter::objects(cluster, &mut found));
    objects.extend(data::objects(cluster, &texts, &labeler, &mut found));
    objects.extend(compute::objects(cluster, &texts, &mut found));
    objects.extend(webgateway::objects(cluster, &texts, &mut found));
    objects.extend(services::facing(cluster, &mut found));
    for object in &mut objects {
        tidy(&object.object, &mut object.value);
    }
    Expansion { objects, references: references::of(cluster), diagnostics: found }
}
