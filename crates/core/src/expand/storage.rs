//! Volumes: the predefined claims, and what the manifest adds.

use serde_json::{Map, Value, json};

use crate::topology::{IrisCluster, Storage};
use iriskit_kubernetes::schema::quantity::{self, Amount};

/// Size of a predefined volume where the manifest says nothing.
const DEFAULT_SIZE: &str = "2Gi";
/// The predefined volumes and where they are mounted.
const PREDEFINED: [(&str, &str); 4] = [
    ("iris-data", "/irissys/data"),
    ("iris-wij", "/irissys/wij"),
    ("iris-journal1", "/irissys/journal1"),
    ("iris-journal2", "/irissys/journal2"),
];

/// The predefined volumes of a node, where they are mounted, and what the manifest says of each: four, or the first alone
/// where it gives the single volume of IKO 2.
pub(super) fn predefined_of(storage: &Storage) -> impl Iterator<Item = (&'static str, &'static str, Option<&Value>)> {
    let specs = [
        storage.single.as_ref().or(storage.db.as_ref()),
        storage.wij.as_ref(),
        storage.journal1.as_ref(),
        storage.journal2.as_ref(),
    ];
    let count = if storage.single.is_some() { 1 } else { PREDEFINED.len() };
    PREDEFINED.into_iter().zip(specs).take(count).map(|((name, directory), spec)| (name, directory, spec))
}

/// The claim templates of data or compute nodes: the predefined ones, and those of the manifest that are mounted.
pub(super) fn claims(cluster: &IrisCluster, storage: &Storage, mounts: &[Value]) -> Vec<Value> {
    let predefined =
        predefined_of(storage).map(|(name, _, spec)| claim(&json!({"name": name}), predefined(cluster, spec)));
    predefined.chain(added(cluster, mounts)).collect()
}

/// The predefined volumes of nodes without persistent ones: they go with their pod. What the manifest asks for is the most
/// that they hold.
pub(super) fn ephemeral(storage: &Storage) -> Vec<Value> {
    let volume = |(name, _, spec): (&str, &str, Option<&Value>)| {
        let size = spec.and_then(|spec| spec.pointer("/resources/requests/storage"));
        let directory = size.map_or_else(|| json!({}), |size| json!({"sizeLimit": size}));
        json!({"name": name, "emptyDir": directory})
    };
    predefined_of(storage).map(volume).collect()
}

/// The claim templates of the manifest that are mounted.
pub(super) fn added(cluster: &IrisCluster, mounts: &[Value]) -> Vec<Value> {
    let added = cluster.volume_claim_templates.iter().filter(|template| is_mounted(&template.name, mounts));
    let added = added.map(|template| {
        let mut metadata = json!({"name": template.name});
        if let Value::Object(metadata) = &mut metadata {
            for (field, map) in [("labels", &template.labels), ("annotations", &template.annotations)] {
                if !map.is_empty() {
                    metadata.insert(field.into(), json!(map));
                }
            }
        }
        claim(&metadata, template.spec.as_object().cloned().unwrap_or_default())
    });
    added.collect()
}

/// Claim templates are one value to the server, so its defaults are written out.
fn claim(metadata: &Value, mut spec: Map<String, Value>) -> Value {
    spec.entry("volumeMode").or_insert_with(|| "Filesystem".into());
    json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec})
}

fn predefined(cluster: &IrisCluster, given: Option<&Value>) -> Map<String, Value> {
    let mut spec = given.and_then(Value::as_object).cloned().unwrap_or_default();
    spec.entry("accessModes").or_insert_with(|| json!(["ReadWriteOnce"]));
    let requests = spec.entry("resources").or_insert_with(|| json!({}));
    let requests = requests.as_object_mut().map(|resources| resources.entry("requests").or_insert_with(|| json!({})));
    if let Some(Value::Object(requests)) = requests {
        requests.entry("storage").or_insert_with(|| DEFAULT_SIZE.into());
    }
    if let Some(class) = &cluster.storage_class_name {
        spec.entry("storageClassName").or_insert_with(|| class.as_str().into());
    }
    spec
}

/// The volumes of the manifest that are mounted.
pub(super) fn volumes(cluster: &IrisCluster, mounts: &[Value]) -> Vec<Value> {
    let mounted =
        |volume: &&Value| volume.get("name").and_then(Value::as_str).is_some_and(|name| is_mounted(name, mounts));
    cluster.volumes.iter().filter(mounted).cloned().collect()
}

pub(super) fn is_mounted(volume: &str, mounts: &[Value]) -> bool {
    mounts.iter().any(|mount| mount.get("name").and_then(Value::as_str) == Some(volume))
}

/// `8 volumes, 16Gi of class standard`, as far as the manifest says so.
pub(super) fn about(claims: &[Value], replicas: u32) -> String {
    let count = claims.len() * usize::try_from(replicas).unwrap_or_default();
    let size = claims.iter().try_fold(Amount::ZERO, |sum, claim| {
        let text = claim.pointer("/spec/resources/requests/storage")?;
        let text = text.as_str().map_or_else(|| text.to_string(), str::to_owned);
        sum.checked_add(quantity::parse(&text).ok()?)
    });
    let total = (0..replicas).try_fold(Amount::ZERO, |sum, _| sum.checked_add(size?));
    let mut classes: Vec<Option<&str>> =
        claims.iter().map(|claim| claim.pointer("/spec/storageClassName").and_then(Value::as_str)).collect();
    classes.dedup();
    let class = match classes.as_slice() {
        [None] => String::new(),
        [Some("")] => " of no class".to_owned(),
        [Some(class)] => format!(" of class {class}"),
        _ => " of several classes".to_owned(),
    };
    let size = total.map(|total| format!(", {total}{class}")).unwrap_or_default();
    format!("{count} volumes{size}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::ClaimTemplate;

    #[test]
    fn sizes_and_classes_are_summed_as_far_as_they_are_known() {
        let storage = |db: Value| Storage { db: Some(db), ..Storage::default() };
        let with_class = IrisCluster { storage_class_name: Some("fast".into()), ..IrisCluster::default() };
        for (cluster, storage, replicas, expected) in [
            (IrisCluster::default(), Storage::default(), 1, "4 volumes, 8Gi"),
            (with_class.clone(), Storage::default(), 2, "8 volumes, 16Gi of class fast"),
            (
                with_class.clone(),
                storage(json!({"resources": {"requests": {"storage": "10Gi"}}})),
                1,
                "4 volumes, 16Gi of class fast",
            ),
            (with_class, storage(json!({"storageClassName": "slow"})), 1, "4 volumes, 8Gi of several classes"),
            (IrisCluster::default(), storage(json!({"resources": {"requests": {"storage": "x"}}})), 1, "4 volumes"),
        ] {
            assert_eq!(about(&claims(&cluster, &storage, &[]), replicas), expected);
        }
    }

    #[test]
    fn only_mounted_volumes_are_made() {
        let template = ClaimTemplate {
            name: "extra".into(),
            labels: std::collections::BTreeMap::new(),
            annotations: std::collections::BTreeMap::new(),
            spec: json!({"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "1Gi"}}}),
        };
        let cluster = IrisCluster {
            volume_claim_templates: vec![template],
            volumes: vec![json!({"name": "tmp", "emptyDir": {}})],
            ..IrisCluster::default()
        };
        let mounts = [json!({"name": "extra", "mountPath": "/e"}), json!({"name": "tmp", "mountPath": "/t"})];
        assert_eq!(claims(&cluster, &Storage::default(), &[]).len(), 4);
        assert_eq!(claims(&cluster, &Storage::default(), &mounts).len(), 5);
        assert!(volumes(&cluster, &[]).is_empty());
        assert_eq!(volumes(&cluster, &mounts), cluster.volumes);
    }
}
