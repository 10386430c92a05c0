//! The plan as JSON beside what people read.

use super::harness::{manifests::STANDALONE, planned::Planned, world::World};
use crate::support::env::Output;

everywhere!(the_document_is_written_beside_the_text);

fn document(world: &World, file: &str) -> Planned {
    Planned::read(&Output { stdout: world.env.read(file), stderr: String::new(), code: Some(0) })
}

fn the_document_is_written_beside_the_text(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    let text = world.iriskit(&["plan", "standalone.yaml", "-o", "p.plan", "--json-into", "plan.json"]);
    assert!(text.code == Some(0) && text.stdout.contains("to create"), "{text}");
    assert_eq!(world.env.read("plan.json"), world.env.read("p.plan"), "one document");

    let both = world.iriskit(&["plan", "standalone.yaml", "--json", "--json-into", "plan.json"]);
    assert_eq!(both.success(), world.env.read("plan.json"));
    let unapproved = world.iriskit(&["apply", "standalone.yaml", "--json-into", "apply.json"]);
    assert_eq!(unapproved.code, Some(6), "{unapproved}");
    assert_eq!(document(world, "apply.json").changed(), document(world, "plan.json").changed());

    let nowhere = world.iriskit(&["apply", "standalone.yaml", "--auto-approve", "--json-into", "absent/plan.json"]);
    assert!(nowhere.code == Some(1) && nowhere.stderr.contains("error[plan-file]"), "{nowhere}");
    assert!(world.find("statefulsets/standalone-data").is_none(), "nothing was written");

    let applied = world.iriskit(&["apply", "p.plan", "--json-into", "apply.json"]);
    assert_eq!(applied.code, Some(0), "{applied}");
    assert_eq!(world.env.read("apply.json"), world.env.read("p.plan"));

    let destroyed = world.iriskit(&["destroy", "standalone", "--auto-approve", "--json-into", "destroy.json"]);
    assert_eq!(destroyed.code, Some(0), "{destroyed}");
    assert!(document(world, "destroy.json").changed().contains(&"StatefulSet/standalone-data delete".to_owned()));

    let mixed = world.iriskit(&["plan", "standalone.yaml", "--json-into", "-"]);
    assert!(mixed.code == Some(1) && mixed.stderr.contains("plan --json"), "{mixed}");
}
