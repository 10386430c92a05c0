//! `src/schema/table.json` is what the API server says of its kinds: the test makes it anew and compares.

use std::{fs, path::Path};

use crate::support::{controlplane::ControlPlane, openapi};

const TABLE: &str = "crates/kubernetes/src/schema/table.json";

#[test]
fn the_schema_table_is_that_of_the_control_plane() {
    let Some(plane) = ControlPlane::shared() else { return };
    let documents: Vec<_> = openapi::GROUPS.iter().map(|group| plane.get(&format!("/openapi/v3/{group}"))).collect();
    let table = openapi::table(&plane.report().version, &documents);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(TABLE);
    if std::env::var_os("IRISKIT_BLESS").is_some() {
        fs::write(&path, &table).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let line = committed.lines().zip(table.lines()).position(|(old, new)| old != new);
    assert!(
        committed == table,
        "{TABLE} is out of date (first difference in line {:?}): run this test with IRISKIT_BLESS=1",
        line.map(|line| line + 1),
    );
}
