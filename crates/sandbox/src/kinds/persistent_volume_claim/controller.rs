//! What works on claims: a provisioner that binds at once, a resizer, the protection of claims in use.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::strategy::PROTECTION;
use crate::{
    clock::Now,
    controllers::events::{self, Said},
    fields,
    key::{Key, Resource},
    world::{World, Writer},
};

const PROVISIONER: &str = "persistentvolume-controller";

/// Looks at every claim.
pub(crate) fn reconcile(world: &mut World, now: Now) {
    let used = claims_in_use(world);
    for key in world.store.keys(Resource::CLAIMS, None) {
        let Some(claim) = world.get(&key) else { continue };
        if fields::is_terminating(&claim) {
            if !used.contains(&(key.namespace.clone(), key.name.clone())) {
                world.update(&key, &Writer::controller(now), |value| fields::set_finalizer(value, PROTECTION, false));
            }
        } else if fields::text(&claim, "/status/phase") == "Bound" {
            resize(world, &key, &claim, now);
        } else {
            bind(world, &key, &claim, now);
        }
    }
}

fn claims_in_use(world: &World) -> BTreeSet<(String, String)> {
    let pods = world.store.list(Resource::PODS, None);
    pods.filter(|(_, pod)| !matches!(fields::text(pod, "/status/phase"), "Failed" | "Succeeded"))
        .flat_map(|(key, pod)| {
            fields::items(pod, "/spec/volumes")
                .iter()
                .map(|volume| fields::text(volume, "/persistentVolumeClaim/claimName"))
                .filter(|claim| !claim.is_empty())
                .map(|claim| (key.namespace.clone(), claim.to_owned()))
        })
        .collect()
}

/// Makes a volume for a claim and binds the two.
fn bind(world: &mut World, key: &Key, claim: &Value, now: Now) {
    let class_name = fields::text(claim, "/spec/storageClassName");
    let Some(class) = world.get(&Key::new(Resource::CLASSES, "", class_name)) else {
        if !class_name.is_empty() && !world.timers.runs(fields::uid(claim), "told", now.instant) {
            let message = format!("storageclass.storage.k8s.io \"{class_name}\" not found");
            events::tell(world, claim, Said::warning(PROVISIONER, "ProvisioningFailed", &message), now);
            world.timers.start(fields::uid(claim), "told", std::time::Duration::from_secs(15), now.instant);
        }
        return;
    };
    let volume = format!("pvc-{}", fields::uid(claim));
    let provisioner = fields::text(&class, "/provisioner").to_owned();
    let storage = claim.pointer("/spec/resources/requests/storage").cloned().unwrap_or_default();
    let modes = claim.pointer("/spec/accessModes").cloned().unwrap_or_default();
    let reclaim = match fields::text(&class, "/reclaimPolicy") {
        "" => "Delete",
        policy => policy,
    };
    let body = json!({
        "metadata": {
            "name": volume,
            "annotations": {"pv.kubernetes.io/provisioned-by": provisioner},
        },
        "spec": {
            "accessModes": modes,
            "capacity": {"storage": storage},
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "name": key.name,
                "namespace": key.namespace,
                "uid": fields::uid(claim),
                "resourceVersion": claim.pointer("/metadata/resourceVersion"),
            },
            "hostPath": {"path": format!("/sandbox/{volume}"), "type": ""},
            "persistentVolumeReclaimPolicy": reclaim,
            "storageClassName": class_name,
            "volumeMode": "Filesystem",
        },
    });
    if world.get(&Key::new(Resource::VOLUMES, "", &volume)).is_none()
        && world.make(Resource::VOLUMES, "", body, now).is_err()
    {
        return;
    }
    world.update(&Key::new(Resource::VOLUMES, "", &volume), &Writer::controller_status(now), |value| {
        fields::set(value, &["status"], Some(json!({"phase": "Bound"})));
    });
    world.update(key, &Writer::controller(now), |value| {
        fields::set(value, &["spec", "volumeName"], Some(json!(volume)));
        for (annotation, content) in [
            ("pv.kubernetes.io/bind-completed", "yes"),
            ("pv.kubernetes.io/bound-by-controller", "yes"),
            ("volume.kubernetes.io/storage-provisioner", provisioner.as_str()),
        ] {
            fields::set(value, &["metadata", "annotations", annotation], Some(json!(content)));
        }
    });
    world.update(key, &Writer::controller_status(now), |value| {
        fields::set(
            value,
            &["status"],
            Some(json!({"phase": "Bound", "accessModes": modes, "capacity": {"storage": storage}})),
        );
    });
    let message = format!("Successfully provisioned volume {volume}");
    events::tell(world, claim, Said::normal(PROVISIONER, "ProvisioningSucceeded", &message), now);
}

/// Grows the volume of a claim that asks for more than it has.
fn resize(world: &mut World, key: &Key, claim: &Value, now: Now) {
    let wanted = claim.pointer("/spec/resources/requests/storage");
    let Some(wanted) = wanted.filter(|wanted| Some(*wanted) != claim.pointer("/status/capacity/storage")) else {
        return;
    };
    let volume = Key::new(Resource::VOLUMES, "", fields::text(claim, "/spec/volumeName"));
    world.update(&volume, &Writer::controller(now), |value| {
        fields::set(value, &["spec", "capacity", "storage"], Some(wanted.clone()));
    });
    world.update(key, &Writer::controller_status(now), |value| {
        fields::set(value, &["status", "capacity", "storage"], Some(wanted.clone()));
    });
}
