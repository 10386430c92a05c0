//! Volumes and claims.

use serde_json::{Value, json};

use super::{
    super::objects::with,
    case::{Case, Changes, spec},
};

/// A volume of the first driver that no claim finds.
fn volume() -> Value {
    spec(json!({
        "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": "by-hand",
        "csi": {"driver": "a.example", "volumeHandle": "h"},
    }))
}

/// Another source of a volume than the one it has.
fn source(name: &str, value: &Value) -> Value {
    let mut change = spec(json!({"csi": null}));
    change["spec"][name] = value.clone();
    change
}

fn volumes() -> Changes {
    let node = |value: &str| {
        json!({"required": {"nodeSelectorTerms": [
            {"matchExpressions": [{"key": "disk", "operator": "In", "values": [value]}]}]}})
    };
    let secret = json!({"name": "s", "namespace": "n"});
    Changes::of("v1", "PersistentVolume", volume())
        .free("spec.capacity", spec(json!({"capacity": {"storage": "2Gi"}})))
        .free("spec.accessModes", spec(json!({"accessModes": ["ReadWriteMany"]})))
        .free("spec.claimRef", spec(json!({"claimRef": {"namespace": "n", "name": "c"}})))
        .free("spec.mountOptions", spec(json!({"mountOptions": ["ro"]})))
        .free("spec.persistentVolumeReclaimPolicy", spec(json!({"persistentVolumeReclaimPolicy": "Delete"})))
        .free("spec.storageClassName", spec(json!({"storageClassName": "other"})))
        .free("spec.volumeAttributesClassName", spec(json!({"volumeAttributesClassName": "a"})))
        .fixed("spec.volumeMode", spec(json!({"volumeMode": "Block"})))
        .fixed_after(
            spec(json!({"nodeAffinity": node("a")})),
            "spec.nodeAffinity",
            spec(json!({"nodeAffinity": node("b")})),
        )
        .fixed("spec.csi", spec(json!({"csi": {"volumeHandle": "i"}})))
        .fixed("spec.awsElasticBlockStore", source("awsElasticBlockStore", &json!({"volumeID": "v"})))
        .fixed("spec.azureDisk", source("azureDisk", &json!({"diskName": "d", "diskURI": "u"})))
        .fixed("spec.azureFile", source("azureFile", &json!({"secretName": "s", "shareName": "h"})))
        .fixed("spec.cephfs", source("cephfs", &json!({"monitors": ["m"]})))
        .fixed("spec.cinder", source("cinder", &json!({"volumeID": "v"})))
        .fixed("spec.fc", source("fc", &json!({"targetWWNs": ["w"], "lun": 1})))
        .fixed("spec.flexVolume", source("flexVolume", &json!({"driver": "a/b"})))
        .fixed("spec.flocker", source("flocker", &json!({"datasetName": "d"})))
        .fixed("spec.gcePersistentDisk", source("gcePersistentDisk", &json!({"pdName": "d"})))
        .fixed("spec.glusterfs", source("glusterfs", &json!({"endpoints": "e", "path": "p"})))
        .fixed("spec.hostPath", source("hostPath", &json!({"path": "/p"})))
        .fixed(
            "spec.iscsi",
            source("iscsi", &json!({"targetPortal": "192.0.2.1", "iqn": "iqn.2026-01.example:a", "lun": 1})),
        )
        .fixed("spec.local", source("local", &json!({"path": "/p"})))
        .fixed("spec.nfs", source("nfs", &json!({"server": "s", "path": "/p"})))
        .fixed("spec.photonPersistentDisk", source("photonPersistentDisk", &json!({"pdID": "d"})))
        .fixed("spec.portworxVolume", source("portworxVolume", &json!({"volumeID": "v"})))
        .fixed("spec.quobyte", source("quobyte", &json!({"registry": "192.0.2.1:1", "volume": "v"})))
        .fixed("spec.rbd", source("rbd", &json!({"monitors": ["m"], "image": "i"})))
        .fixed(
            "spec.scaleIO",
            source("scaleIO", &json!({"gateway": "g", "system": "s", "secretRef": secret, "volumeName": "v"})),
        )
        .fixed("spec.storageos", source("storageos", &json!({"volumeName": "v"})))
        .fixed("spec.vsphereVolume", source("vsphereVolume", &json!({"volumePath": "p"})))
}

/// One that waits for a class which isn't there.
fn claim() -> Value {
    spec(json!({
        "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}},
        "storageClassName": "missing", "volumeName": "v",
    }))
}

fn claims() -> Changes {
    let source = json!({"kind": "PersistentVolumeClaim", "name": "a"});
    Changes::of("v1", "PersistentVolumeClaim", claim())
        .fixed("spec.accessModes", spec(json!({"accessModes": ["ReadWriteMany"]})))
        .fixed("spec.dataSource", spec(json!({"dataSource": source})))
        .fixed("spec.dataSourceRef", spec(json!({"dataSourceRef": source})))
        .fixed("spec.resources", spec(json!({"resources": {"limits": {"storage": "3Gi"}}})))
        .fixed("spec.selector", spec(json!({"selector": {"matchLabels": {"a": "b"}}})))
        .fixed("spec.storageClassName", spec(json!({"storageClassName": "other"})))
        .fixed("spec.storageClassName", spec(json!({"storageClassName": null})))
        .fixed("spec.volumeMode", spec(json!({"volumeMode": "Block"})))
        .fixed("spec.volumeName", spec(json!({"volumeName": "w"})))
        .fixed("spec.volumeName", spec(json!({"volumeName": null})))
        .fixed("spec.resources.requests.storage", spec(json!({"resources": {"requests": {"storage": "512Mi"}}})))
        .from(with(claim(), spec(json!({"storageClassName": "expandable", "volumeName": null}))))
        .free("spec.resources.requests.storage", spec(json!({"resources": {"requests": {"storage": "2Gi"}}})))
        .fixed("spec.resources.requests.storage", spec(json!({"resources": {"requests": {"storage": "512Mi"}}})))
        .free("spec.volumeAttributesClassName", spec(json!({"volumeAttributesClassName": "a"})))
        .from(claim())
        .free_after(spec(json!({"volumeName": null})), "spec.volumeName", spec(json!({"volumeName": "v"})))
}

pub(super) fn cases() -> Vec<Case> {
    [volumes(), claims()].into_iter().flat_map(Changes::done).collect()
}
