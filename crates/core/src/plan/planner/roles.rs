//! The roles that manifests need.

use std::collections::BTreeSet;

use iriskit_kubernetes::schema::ObjectRef;
use serde_json::Value;

use super::{error::PlanError, expansion::expand_all, labeler_image::LabelerImage};
use crate::{
    manifest::Reading,
    plan::preflight::{Purpose, roles as roles_for},
};

/// The Roles and the ClusterRole of this name that somebody needs for these manifests. Asks nothing: kinds and names are known
/// without a cluster.
pub fn roles(
    reading: &Reading,
    labeler_image: Option<&str>,
    purpose: Purpose,
    name: &str,
) -> Result<Vec<Value>, PlanError> {
    let (mut objects, mut secrets) = (BTreeSet::new(), BTreeSet::new());
    for expanded in expand_all(reading, &LabelerImage::given(labeler_image), None)? {
        objects.extend(expanded.owner.desired.iter().map(|desired| desired.object.clone()));
        let of_cluster = |name: &str| ObjectRef::namespaced("v1", "Secret", &expanded.owner.namespace, name);
        secrets.extend(expanded.references.secrets.iter().map(|secret| of_cluster(&secret.name)));
    }
    Ok(roles_for(&objects, &secrets, purpose, name))
}
