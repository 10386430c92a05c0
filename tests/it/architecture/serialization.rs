//! Domain types carry no serde: what is written to files has types of its own in `state`.

use super::{module::ReferenceKind, packages::shown, sources::workspace_sources};

const DOMAIN: [&str; 2] = ["crates/core/src/topology", "crates/core/src/expand"];

#[test]
fn domain_types_carry_no_serde() {
    let mut found = Vec::new();
    let mut read = 0;
    for (_, module) in workspace_sources().places() {
        let file = shown(&module.file);
        if !DOMAIN.iter().any(|folder| file.starts_with(folder)) {
            continue;
        }
        read += 1;
        for reference in &module.references {
            let named = reference.path.segments.last().is_some_and(|last| last == "Serialize" || last == "Deserialize");
            if named && [ReferenceKind::Derive, ReferenceKind::Implementation].contains(&reference.kind) {
                found.push(format!("{file}: {}", reference.path.segments.join("::")));
            }
        }
    }
    assert!(read > 10, "the folders of the domain were not found");
    assert_eq!(found, Vec::<String>::new());
}
