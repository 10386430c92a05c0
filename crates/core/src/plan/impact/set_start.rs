//! A StatefulSet that is made.

use iriskit_state::plan::RuleId;
use serde_json::Value;

use crate::plan::{
    impact::{pods::created, predicted::Predicted, subject::Subject},
    live::Live,
    storage::volume_effects::{claims, reuse},
};

use iriskit_kubernetes::views::StatefulSet;

/// What creating a StatefulSet does.
pub(crate) fn of_creation(subject: Subject<'_>, after: &Value, live: &Live) -> Predicted {
    let mut predicted = Predicted::default();
    if subject.object.kind != "StatefulSet" {
        return predicted;
    }
    let ordinals: Vec<u64> = StatefulSet::new(after).ordinals().collect();
    let impact = &mut predicted.impact;
    impact.pods = created(&subject.object.name, &ordinals);
    impact.volumes = claims(subject, after, &ordinals, live);
    impact.rules.push(RuleId::StatefulSetStart);
    let reuse = reuse(subject, &predicted.impact.volumes);
    predicted.and(reuse)
}
