//! Volumes: they grow where their class lets them, shrink, come and go.

use serde_json::{Value, json};

use super::topology::image;
use crate::{
    random::Random,
    scenario::{Drift, Edit},
};

/// The predefined volumes of data nodes.
const OF_DATA: [&str; 4] = [
    "/spec/topology/data/storageDB",
    "/spec/topology/data/storageWIJ",
    "/spec/topology/data/storageJournal1",
    "/spec/topology/data/storageJournal2",
];
const OF_COMPUTE: [&str; 2] = ["/spec/topology/compute/storageDB", "/spec/topology/compute/storageJournal1"];
/// What claims ask for: 2Gi is what they ask for by default.
const SIZES: [&str; 6] = ["1Gi", "2Gi", "2048Mi", "3Gi", "4Gi", "5Gi"];

/// The class of a new cluster's claims, if it names one, and maybe a size of its own.
pub(crate) fn of_new(random: &mut Random, cluster: usize) -> Vec<Edit> {
    let mut edits = Vec::new();
    if random.below(3) > 0 {
        let class = random.word(&["standard", "expandable", "own", "own"]);
        edits.push(Edit::Set(cluster, "/spec/storageClassName", json!(class)));
    }
    if random.once_in(4) {
        edits.push(Edit::Set(cluster, random.word(&OF_DATA), claim(random)));
    }
    if random.once_in(8) {
        edits.extend(with_extra(random, cluster, "/spec/topology/data/volumeMounts"));
    }
    edits
}

/// A change of storage, at times beside a new image, which is refused.
pub(crate) fn edits(random: &mut Random, cluster: usize) -> Vec<Edit> {
    let mut edits = match random.below(14) {
        0..=4 => vec![Edit::Set(cluster, random.word(&OF_DATA), claim(random))],
        5 => vec![Edit::Set(cluster, random.word(&OF_COMPUTE), claim(random))],
        6 => OF_DATA.map(|pointer| Edit::Set(cluster, pointer, claim(random))).into(),
        7 => vec![Edit::Remove(cluster, random.word(&OF_DATA))],
        8 => vec![Edit::Set(cluster, "/spec/storageClassName", json!(random.word(&["standard", "expandable", "own"])))],
        9 | 10 => with_extra(random, cluster, "/spec/topology/data/volumeMounts"),
        11 => with_extra(random, cluster, "/spec/topology/compute/volumeMounts"),
        _ => vec![Edit::Remove(
            cluster,
            random.word(&["/spec/topology/data/volumeMounts", "/spec/topology/compute/volumeMounts"]),
        )],
    };
    if random.once_in(5) {
        edits.push(Edit::Set(
            cluster,
            "/spec/topology/data/image",
            image("iris", random.word(&["2024.1.1", "2024.1.2"])),
        ));
    }
    edits
}

/// Somebody lets a volume grow by hand, which servers refuse where the class does not allow it.
pub(crate) fn drift(random: &mut Random) -> Drift {
    let claims = [
        "persistentvolumeclaims/iris-data-a-data-0",
        "persistentvolumeclaims/iris-data-a-data-0-0",
        "persistentvolumeclaims/iris-data-a-data-0-1",
        "persistentvolumeclaims/iris-journal1-a-compute-0",
    ];
    let size = random.word(&["3Gi", "4Gi", "5Gi"]);
    Drift::Patch(
        "kubectl-edit",
        random.word(&claims).to_owned(),
        json!({"spec": {"resources": {"requests": {"storage": size}}}}),
    )
}

/// Somebody deletes a claim: it goes at once, or with the pod that holds it.
pub(crate) fn lost(random: &mut Random, name: &str) -> Drift {
    let claim = match random.below(10) {
        0..=2 => format!("iris-data-{name}-data-0-{}", random.below(2)),
        3 => format!("iris-journal1-{name}-data-0"),
        4 => format!("iris-data-{name}-data-0"),
        5..=7 => format!("iris-data-{name}-compute-{}", random.below(3)),
        8 => format!("extra-{name}-data-0-{}", random.below(2)),
        _ => format!("store-side-{}", random.below(2)),
    };
    Drift::Delete(format!("persistentvolumeclaims/{claim}"))
}

fn claim(random: &mut Random) -> Value {
    let mut claim = json!({"resources": {"requests": {"storage": random.word(&SIZES)}}});
    if random.once_in(8) {
        claim["storageClassName"] = json!(random.word(&["standard", "expandable", "own"]));
    }
    claim
}

/// One more volume, mounted by these nodes.
fn with_extra(random: &mut Random, cluster: usize, mounts: &'static str) -> Vec<Edit> {
    let size = random.word(&["1Gi", "2Gi"]);
    let template = json!([{"metadata": {"name": "extra"}, "spec": {"accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": size}}}}]);
    vec![
        Edit::Set(cluster, "/spec/volumeClaimTemplates", template),
        Edit::Set(cluster, mounts, json!([{"name": "extra", "mountPath": "/extra"}])),
    ]
}
