//! "Did you mean": what a mistyped or misplaced word was meant to be.

use super::{description::Places, yaml::Node};

/// What to say about an unknown field.
#[derive(Debug, Default)]
pub(super) struct Advice {
    /// Beside the marked key.
    pub(super) label: Option<String>,
    /// Below.
    pub(super) help: Option<String>,
}

/// What is meant by `name`, which `parent` has not. `places`: where fields belong that people write elsewhere.
pub(super) fn advice(parent: &str, name: &str, node: &Node, known: &[&str], places: &Places) -> Advice {
    let in_pod_spec = parent.ends_with("podTemplate.spec");
    let label = |text: String| Advice { label: Some(text), help: None };
    match name {
        "selector" if in_pod_spec => return label("did you mean `nodeSelector`?".into()),
        "containers" if in_pod_spec => {
            return Advice {
                label: Some("an IrisCluster's pod template has no containers".into()),
                help: Some(
                    "`args`, `env`, `resources` and the probes of the main container belong directly in \
                     `podTemplate.spec`"
                        .into(),
                ),
            };
        }
        "volumes" | "volumeMounts" if in_pod_spec => {
            return label("volumes belong in `spec.volumes`, their mounts in `volumeMounts` of the node".into());
        }
        "clusterIP" | "ports" | "type" if parent == "spec.serviceTemplate" => {
            return label("it belongs in `spec.serviceTemplate.spec`".into());
        }
        "replicas" if parent == "spec.topology.arbiter" => return label("there is always one arbiter".into()),
        "replicas" if parent == "spec.topology.data" => {
            return label("data nodes are counted by `shards` and `mirrored`".into());
        }
        _ => {}
    }
    if let Some(place) = place_of(parent, name, places) {
        return label(format!("it belongs in `{place}`"));
    }
    if let Some(word) = closest(name, known) {
        return label(format!("did you mean `{word}`?"));
    }
    if node.entries().is_some_and(|entries| !entries.is_empty()) && known.contains(&"spec") && known.len() <= 3 {
        return label("is `spec:` missing above it?".into());
    }
    Advice { label: None, help: Some(format!("fields here: {}", known.join(", "))) }
}

/// Where a field belongs that stands in `parent`; only a place that has it.
fn place_of(parent: &str, name: &str, places: &Places) -> Option<String> {
    let (_, place) = places.misplaced.iter().find(|(field, place)| *field == name && !parent.ends_with(place))?;
    // `resources` beside `podTemplate` and the like: the place next to where it stands.
    let place = match *place {
        "podTemplate.spec" if parent.ends_with(".podTemplate") => format!("{parent}.spec"),
        "podTemplate.spec" if parent.contains("podTemplate") => "podTemplate.spec".to_owned(),
        "podTemplate.spec" if parent.starts_with("spec.topology.") => format!("{parent}.podTemplate.spec"),
        other => other.to_owned(),
    };
    places.has(&place, name).then_some(place)
}

/// The known word that differs least from `word`, if it differs little.
pub(super) fn closest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let lower = word.to_lowercase();
    let near = known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), *candidate))
        .min_by_key(|(distance, _)| *distance)?;
    let longest = lower.chars().count().max(near.1.chars().count());
    (near.0 * 3 <= longest).then_some(near.1)
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn close_words_are_found_and_far_ones_are_not() {
        let known = ["mirrored", "mirrorMap", "image", "limits", "ClusterIP"];
        assert_eq!(closest("mirored", &known), Some("mirrored"));
        assert_eq!(closest("limit", &known), Some("limits"));
        assert_eq!(closest("clusterIP", &known), Some("ClusterIP"));
        assert_eq!(closest("imgae", &known), Some("image"));
        assert_eq!(closest("colour", &known), None);
        assert_eq!(closest("", &known), None);
    }
}
