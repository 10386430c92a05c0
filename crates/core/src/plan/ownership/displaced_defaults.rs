//! Defaults that nobody owns and that may not stay beside what the manifest says: the server fills them in for one type and refuses
//! them for another, and what nobody owns no apply takes away. So they become iriskit's, which leaves them out.

use serde_json::Value;

use crate::diff::{Taking, all_holders};
use iriskit_kubernetes::schema::{FieldSet, Kind, Path, get, leaves};

/// A type of a union, and the member that it excludes.
struct Excluded {
    kind: &'static str,
    parent: &'static str,
    with_type: &'static str,
    member: &'static str,
}

/// Found by experiment on Kubernetes 1.36: these types are refused beside the member.
const EXCLUDED: [Excluded; 2] = [
    Excluded { kind: "Deployment", parent: "strategy", with_type: "Recreate", member: "rollingUpdate" },
    Excluded { kind: "StatefulSet", parent: "updateStrategy", with_type: "OnDelete", member: "rollingUpdate" },
];

/// What of `live` has to go for `body` to be taken and that nobody owns.
pub(crate) fn displaced_defaults(kind: &Kind, live: &Value, body: &Value) -> Option<Taking> {
    let excluded = EXCLUDED.iter().find(|one| {
        let at = |object: &Value, member: &str| object.pointer(&format!("/spec/{}/{member}", one.parent)).cloned();
        one.kind == kind.kind
            && at(body, "type").is_some_and(|found| found == one.with_type)
            && at(body, one.member).is_none()
            && at(live, one.member).is_some()
    })?;
    let path = Path::parse_in(kind, &format!(".spec.{}.{}", excluded.parent, excluded.member)).ok()?;
    let held = all_holders(live).iter().any(|holder| holder.fields.touches(&path));
    let inside = |other: &Path| other.0.starts_with(&path.0);
    let parts = leaves(kind, live).into_iter().map(|(leaf, _)| leaf).filter(inside);
    let fields: FieldSet = parts.chain([path.clone()]).collect();
    let unowned = !held && get(kind, live, &path).is_some();
    unowned.then(|| Taking { manager: String::new(), operation: String::new(), subresource: None, fields })
}
