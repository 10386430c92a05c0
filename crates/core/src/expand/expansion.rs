//! The whole of it: one `IrisCluster` → all its objects.

use super::{
    Desired, Inputs, References, arbiter, compute, config_source, data,
    labeler::{self, Labeler},
    normalize::normalize,
    references, services, webgateway,
};
use crate::{diagnostic::Diagnostic, topology::IrisCluster};

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
pub(crate) fn expand(cluster: &IrisCluster, inputs: &Inputs) -> Expansion {
    let texts = inputs.config.clone().unwrap_or_default();
    let mut found = config_source::check(cluster, &texts);
    let labeler = Labeler::of(cluster, inputs, &mut found);
    let mut objects = labeler::rights(cluster);
    objects.push(services::headless(cluster));
    objects.extend(arbiter::objects(cluster, &mut found));
    objects.extend(data::objects(cluster, &texts, &labeler, &mut found));
    objects.extend(compute::objects(cluster, &texts, &mut found));
    objects.extend(webgateway::objects(cluster, &texts, &mut found));
    objects.extend(services::for_users(cluster, &mut found));
    for object in &mut objects {
        normalize(&object.object, &mut object.value);
    }
    Expansion { objects, references: references::of(cluster), diagnostics: found }
}
