//! What the records keep of runs.

use iriskit_state::record::Record;
use serde_json::Value;

use super::content::read;
use crate::{apply::ApplyError, cluster::Cluster};
use iriskit_core::plan::{OwnerName, applyset};
use iriskit_kubernetes::views::Object;

/// The records of these clusters; of all in the namespace when none is named. A name without a record is left out.
pub async fn records(
    cluster: &Cluster,
    namespace: &str,
    names: &[String],
) -> Result<Vec<(OwnerName, Record)>, ApplyError> {
    let owner = |name: &str| OwnerName { namespace: namespace.to_owned(), name: name.to_owned() };
    let mut maps: Vec<(OwnerName, Value)> = Vec::new();
    if names.is_empty() {
        let listed = cluster.list("v1", "ConfigMap", Some(namespace), None).await;
        for map in listed.map_err(ApplyError::api("listing the records"))?.items {
            let Some(name) = Object::new(&map).name().strip_suffix("-iriskit") else { continue };
            if Object::new(&map).label(applyset::ID) == Some(applyset::id(namespace, name).as_str()) {
                maps.push((owner(name), map));
            }
        }
    }
    for name in names {
        let found = cluster.get(&applyset::record_ref(namespace, name)).await;
        let found = found.map_err(ApplyError::api(format!("reading the record of {namespace}/{name}")))?;
        maps.extend(found.map(|map| (owner(name), map)));
    }
    let record = |(owner, map): (OwnerName, Value)| match read(&owner, &map) {
        Ok(record) => Ok((owner, record)),
        Err(reason) => Err(ApplyError::Record { owner: owner.id(), reason }),
    };
    maps.into_iter().map(record).collect()
}
