//! Whose fields and objects are to be: rules beside a drift, and objects that others made before the first plan.

use iriskit_state::plan::Treatment;

use crate::{
    random::Random,
    scenario::{Maker, Rule},
};

/// Fields that drifts are about, in the ways in which rules name them.
const FIELDS: [&str; 14] = [
    "spec.replicas",
    "StatefulSet/a-compute:spec.replicas",
    "StatefulSet:spec.template",
    "StatefulSet:spec.template.spec.terminationGracePeriodSeconds",
    "StatefulSet:metadata.labels",
    "metadata.labels[intersystems.com/role]",
    "metadata.annotations",
    "Service/a:spec.type",
    "Service:spec.selector",
    "ConfigMap:data",
    "ConfigMap/settings:data.a",
    "ConfigMap/*:data[data.cpf]",
    "Secret/token:data",
    "StatefulSet/a-data-0:spec.template.metadata.labels",
];

/// One or two rules.
pub(crate) fn rules(random: &mut Random) -> Vec<Rule> {
    let mut rules = Vec::new();
    for _ in 0..=random.below(2) {
        rules.push(match random.below(8) {
            0 | 1 => Rule::OnDrift(Treatment::Leave),
            2 => Rule::OnDrift(Treatment::Fail),
            3 => Rule::Adopt,
            4 => Rule::Field(Treatment::Fail, random.word(&FIELDS)),
            5 => Rule::Field(Treatment::Take, random.word(&FIELDS)),
            _ => Rule::Field(Treatment::Leave, random.word(&FIELDS)),
        });
    }
    rules
}

/// Who was there before.
pub(crate) fn maker(random: &mut Random) -> Maker {
    let (manager, applies) = *random.one_of(&[
        ("kubectl-client-side-apply", false),
        ("kubectl-create", false),
        ("iris-operator", false),
        ("helm", true),
        ("kubectl", true),
    ]);
    let kinds = [None, None, None, Some("StatefulSet"), Some("Service"), Some("ConfigMap")];
    Maker { manager, applies, kind: *random.one_of(&kinds), more: random.once_in(2) }
}
