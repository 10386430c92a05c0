//! Every row and every field of the table has its case, on kinds whose other fields have theirs too.

use std::collections::{BTreeMap, BTreeSet};

use iriskit_core::plan::immutable::{FROZEN, Fixed, SERVICE, TABLE};
use iriskit_kubernetes::schema::{Kind, Type, table};

use super::{
    all,
    case::{Case, Verdict},
};

/// Members that no case can change alone, and why.
const UNSHOWN: [(&str, &[&str]); 1] = [
    // The server drops the one, whose feature is off by default, and takes no notice of the other, an old name.
    ("Pod", &["spec.schedulingGroup", "spec.serviceAccount"]),
];

fn unshown(kind: &str) -> &'static [&'static str] {
    UNSHOWN.iter().find(|(of, _)| *of == kind).map_or(&[], |(_, paths)| paths)
}

fn cases_by_kind() -> BTreeMap<&'static str, Vec<Case>> {
    let mut by_kind: BTreeMap<_, Vec<Case>> = BTreeMap::new();
    for case in all() {
        by_kind.entry(case.kind.kind).or_default().push(case);
    }
    by_kind
}

fn fields(cases: &[Case]) -> (BTreeSet<&'static str>, BTreeSet<&'static str>) {
    let fixed = cases.iter().filter_map(|case| match case.verdict {
        Verdict::Fixed(path) => Some(path),
        Verdict::Free(_) => None,
    });
    let free = cases.iter().filter_map(|case| match case.verdict {
        Verdict::Free(path) => Some(path),
        Verdict::Fixed(_) => None,
    });
    (fixed.collect(), free.collect())
}

/// The members of `spec`, or of an object that has none.
fn members(kind: &Kind) -> Vec<String> {
    let Type::Struct { fields, .. } = table().type_of(kind.root) else { return Vec::new() };
    let own = ["apiVersion", "kind", "metadata", "status"];
    match fields.get("spec").map(|spec| table().type_of(*spec)) {
        Some(Type::Struct { fields, .. }) => fields.keys().map(|name| format!("spec.{name}")).collect(),
        _ => fields.keys().filter(|name| !own.contains(name)).map(|name| (*name).to_owned()).collect(),
    }
}

#[test]
fn every_field_of_the_table_has_a_case() {
    let by_kind = cases_by_kind();
    let mut missing = Vec::new();
    for (row, kind) in TABLE.iter().flat_map(|row| row.kinds.iter().map(move |kind| (row, *kind))) {
        let Some(cases) = by_kind.get(kind) else {
            missing.push(format!("{kind}: no case at all"));
            continue;
        };
        let (fixed, free) = fields(cases);
        let held = match row.fixed {
            Fixed::These(paths) => paths.iter().map(|path| (*path).to_owned()).collect(),
            Fixed::AllBut(_, but) => {
                missing
                    .extend(but.iter().filter(|path| !free.contains(*path)).map(|path| format!("{kind}: free {path}")));
                let all = members(cases[0].kind);
                // What is free in part is held by its case.
                let held = |path: &String| !but.contains(&path.as_str()) && !unshown(kind).contains(&path.as_str());
                all.into_iter().filter(held).collect::<Vec<_>>()
            }
        };
        missing.extend(
            held.iter().filter(|path| !fixed.contains(path.as_str())).map(|path| format!("{kind}: fixed {path}")),
        );
    }
    for (kind, paths) in [("Service", &SERVICE[..]), ("ConfigMap", &FROZEN), ("Secret", &FROZEN)] {
        let (fixed, free) = fields(&by_kind[kind]);
        let has = members(by_kind[kind][0].kind);
        let paths = paths.iter().filter(|path| has.iter().any(|member| member == *path));
        let lacking = paths.filter(|path| !fixed.contains(*path) || !free.contains(*path));
        missing.extend(lacking.map(|path| format!("{kind}: {path}, fixed and free")));
    }
    assert!(missing.is_empty(), "no case for\n{}", missing.join("\n"));
}

#[test]
fn every_other_field_of_these_kinds_has_a_case_too() {
    let mut missing = Vec::new();
    for (kind, cases) in cases_by_kind() {
        let (fixed, free) = fields(&cases);
        for member in members(cases[0].kind) {
            let shown = fixed.contains(member.as_str()) || free.contains(member.as_str());
            if shown == unshown(kind).contains(&member.as_str()) {
                missing.push(format!("{kind}: {member}"));
            }
        }
    }
    assert!(missing.is_empty(), "shown by no case, or needlessly left out:\n{}", missing.join("\n"));
}
