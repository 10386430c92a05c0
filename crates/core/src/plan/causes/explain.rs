//! A plan and what its clusters were planned from at the last apply → the causes of its changes.

use std::collections::{BTreeMap, BTreeSet};

use iriskit_kubernetes::schema::{ObjectRef, Path, PathElement, table};
use iriskit_state::plan::{Cause, CauseKind, Origin, Plan, PlannedFrom, ResourceChange, Verb};
use serde_json::Value;

use super::{
    by_others::by_others,
    companions::of_companion,
    differences::{Difference, differences},
    new::cause,
    planned_from::{planned_from, said},
    worlds::{World, reread, world},
};
use crate::{
    diff::{Applied, all_holders, last_holder},
    expand::{ConfigTexts, Inputs, annotated_image},
    manifest::Reading,
    plan::{live::Live, notes::place, objects::object_of},
    topology::IrisCluster,
};

/// Each possible cause is tried with an expansion of its own; of more than these nothing is said.
const TRIED: usize = 40;

/// A cluster with what it is planned from now, and was at the last apply.
pub(crate) struct Subject<'a> {
    /// The cluster.
    pub(crate) cluster: &'a IrisCluster,
    /// What it is expanded with.
    pub(crate) inputs: Inputs,
    /// What the record says.
    pub(crate) former: Option<PlannedFrom>,
    /// The ConfigMap that `configSource` names, where it is not among the manifests.
    pub(crate) config: Option<ObjectRef>,
    /// The flag or variable that decides over the labeler's image, if one was given.
    pub(crate) labeler_option: Option<&'a str>,
}

/// Writes into a plan what caused its changes.
pub(crate) fn explain(plan: &mut Plan, subjects: &[Subject<'_>], reading: &Reading, live: &Live) {
    for subject in subjects {
        let id = subject.cluster.id();
        let changed = |change: &&mut ResourceChange| change.owner == id && !change.is_no_op();
        if plan.resource_changes.iter().any(|change| change.owner == id && !change.is_no_op())
            && let Some(tried) = Tried::of(subject, reading, live)
        {
            for change in plan.resource_changes.iter_mut().filter(changed) {
                change.causes = tried.causes(change, live);
            }
        }
    }
    for change in plan.resource_changes.iter_mut().filter(|change| !change.is_no_op()) {
        if change.causes.is_empty() {
            change.causes.extend(of_companion(change, reading));
        }
        change.causes.extend(by_others(change));
    }
}

/// A cluster as it is, as it was, and with each possible cause alone put back.
struct Tried {
    now: World,
    then: World,
    each: Vec<(Cause, World)>,
}

impl Tried {
    fn of(subject: &Subject<'_>, reading: &Reading, live: &Live) -> Option<Self> {
        let former = subject.former.as_ref().filter(|former| !former.manifest.is_null())?;
        let (cluster, inputs) = (subject.cluster, &subject.inputs);
        let manifest = said(cluster);
        // Secrets are not in the record: where they stood in both, they stay.
        let shown = planned_from(cluster, inputs);
        let places = differences(&former.manifest, &shown.manifest);
        let then_manifest = put_back(&manifest, &places);
        let (then_cluster, _) = reread(&then_manifest, &cluster.namespace)?;
        let then_inputs = former_inputs(&then_cluster, former);
        let mut each = Vec::new();
        let mut remember = |cause: Cause, cluster: &IrisCluster, inputs: &Inputs| {
            each.push((cause, world(cluster, inputs)));
        };
        let keys: BTreeSet<&String> = former.config.keys().chain(shown.config.keys()).collect();
        let texts: Vec<&String> =
            keys.into_iter().filter(|key| former.config.get(*key) != shown.config.get(*key)).collect();
        if places.len() + texts.len() > TRIED {
            return None;
        }
        for place in &places {
            if let Some((one, true)) = reread(&put_back(&manifest, std::slice::from_ref(place)), &cluster.namespace) {
                remember(of_manifest(place, cluster), &one, inputs);
            }
        }
        for key in texts {
            let text = former.config.get(key).cloned();
            let config = inputs.config.clone().unwrap_or_default().with(key, text);
            let one = Inputs { config: Some(config), ..inputs.clone() };
            remember(of_config(key, subject, reading, live), cluster, &one);
        }
        let then_given = then_inputs.labeler_image.clone();
        if then_given != inputs.labeler_image {
            let one = Inputs { labeler_image: then_given.clone(), ..inputs.clone() };
            remember(of_labeler(subject, then_given), cluster, &one);
        }
        Some(Self { now: world(cluster, inputs), then: world(&then_cluster, &then_inputs), each })
    }

    fn causes(&self, change: &ResourceChange, live: &Live) -> Vec<Cause> {
        let (now, then) = (self.now.get(&change.address), self.then.get(&change.address));
        match (change.change.actions.as_slice(), now, then) {
            ([Verb::Create], Some(_), None) | ([Verb::Delete], None, Some(_)) => {
                let missing = then.is_none();
                let turns = |(_, world): &&(Cause, World)| world.contains_key(&change.address) != missing;
                self.each.iter().filter(turns).map(|(cause, _)| cause.clone()).collect()
            }
            ([Verb::Create | Verb::Delete], ..) => Vec::new(),
            (_, Some(now), Some(then)) => self.of_fields(change, (now, then), live),
            _ => Vec::new(),
        }
    }

    /// The causes of fields that differ from what was applied, where putting everything back gives what was applied.
    fn of_fields(&self, change: &ResourceChange, (now, then): (&Applied, &Applied), live: &Live) -> Vec<Cause> {
        let Some(applied) = live.get(&object_of(change)).and_then(Applied::read) else {
            return Vec::new();
        };
        let Some(kind) = table().kind(&change.api_version, &change.kind) else { return Vec::new() };
        let paths: BTreeSet<&str> = now.paths().chain(then.paths()).chain(applied.paths()).collect();
        let paths: Vec<(Path, String)> = paths
            .into_iter()
            .filter_map(|text| Path::parse_in(kind, text).ok())
            .filter(|path| now.get(path) != applied.get(path))
            .map(|path| (path.clone(), path.to_human()))
            .collect();
        let mut explained: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for field in change.fields.iter().filter(|field| field.origin == Origin::Manifest) {
            let of_field: Vec<&Path> = paths
                .iter()
                .filter(|(_, human)| within(human, &field.path) || within(&field.path, human))
                .map(|(path, _)| path)
                .collect();
            if of_field.is_empty() || of_field.iter().any(|path| then.get(path) != applied.get(path)) {
                continue;
            }
            for (at, (_, world)) in self.each.iter().enumerate() {
                let alone = world.get(&change.address);
                if of_field.iter().any(|path| alone.and_then(|alone| alone.get(path)) != now.get(path)) {
                    explained.entry(at).or_default().push(field.path.clone());
                }
            }
        }
        let causes = explained.into_iter().filter_map(|(at, fields)| {
            let (cause, _) = self.each.get(at)?;
            Some(Cause { fields, ..cause.clone() })
        });
        causes.collect()
    }
}

fn put_back(manifest: &Value, places: &[Difference]) -> Value {
    let mut before = manifest.clone();
    for place in places {
        place.put_back(&mut before);
    }
    before
}

/// What was given beside the manifest: an image that its annotation had was not given.
fn former_inputs(cluster: &IrisCluster, former: &PlannedFrom) -> Inputs {
    let given = former.labeler_image.clone().filter(|image| annotated_image(cluster) != Some(image));
    let config = (!former.config.is_empty()).then(|| ConfigTexts::from_keys(&former.config));
    Inputs { config, labeler_image: given }
}

fn of_manifest(difference: &Difference, cluster: &IrisCluster) -> Cause {
    let path = difference.path();
    Cause {
        source: cluster.sources.nearest(&path).map(place),
        before: difference.before.clone().unwrap_or_default(),
        after: difference.after.clone().unwrap_or_default(),
        ..cause(CauseKind::Manifest, path)
    }
}

/// A text of the ConfigMap: where it stands among the manifests, or who changed it in the cluster.
fn of_config(key: &str, subject: &Subject<'_>, reading: &Reading, live: &Live) -> Cause {
    let unknown = cause(CauseKind::ConfigSource, key.to_owned());
    if let Some(config) = &subject.config {
        let holders = live.get(config).map(all_holders).unwrap_or_default();
        let path = Path(vec![PathElement::field("data"), PathElement::field(key)]);
        let holder = last_holder(&holders, &path);
        return Cause {
            address: Some(config.address()),
            by: holder.map(|holder| holder.manager.clone()),
            at: holder.and_then(|holder| holder.time.clone()),
            ..unknown
        };
    }
    let name = subject.cluster.config_source.as_deref().unwrap_or_default();
    let companion = reading.companions.iter().find(|companion| {
        companion.object.kind == "ConfigMap"
            && companion.object.name == name
            && companion.object.namespace.as_ref() == Some(&subject.cluster.namespace)
    });
    let source = companion.and_then(|companion| companion.sources.nearest(&format!("data.{key}")));
    Cause { source: source.map(place), ..unknown }
}

/// Another image of the labeler beside the manifest: the flag or variable that gives it or takes it out, or that is not given
/// any more.
fn of_labeler(subject: &Subject<'_>, before: Option<String>) -> Cause {
    let value = |image: Option<String>| image.map(Value::from).unwrap_or_default();
    let after = subject.inputs.labeler_image.clone();
    let option = subject.labeler_option.unwrap_or("--labeler-image").to_owned();
    let before = before.filter(|_| after.is_some() || subject.labeler_option.is_none());
    Cause { before: value(before), after: value(after), ..cause(CauseKind::Option, option) }
}

/// Whether a field, as people write it, is another one or stands in it.
fn within(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}
