//! The plan as JSON beside what people read.

use iriskit_state::plan::{Mode, Origin};
use serde_json::json;

use super::harness::{manifests::STANDALONE, planned::Planned, world::World};
use crate::support::env::Output;

everywhere!(
    the_document_is_written_beside_the_text,
    it_has_what_policies_for_terraform_ask_first,
    a_secret_that_the_manifest_changes_is_no_drift,
);

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

fn it_has_what_policies_for_terraform_ask_first(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    let outcome = |plan: &Planned| (plan.0.applyable, plan.0.complete, plan.0.errored);
    let good = world.plan("standalone.yaml", &[]);
    assert_eq!(outcome(&good), (Some(true), Some(true), Some(false)));
    assert_eq!(good.0.timestamp.as_ref(), Some(&good.0.created_at));
    world.apply("standalone.yaml", &[]);
    let same = world.plan("standalone.yaml", &[]);
    assert_eq!(outcome(&same), (Some(false), Some(true), Some(false)));
    assert!(same.0.resource_changes.iter().all(|change| change.mode == Some(Mode::Managed)));
    let destroy = Planned::read(&world.iriskit(&["plan", "--destroy", "standalone", "--json"]));
    assert_eq!(outcome(&destroy), (Some(true), Some(true), Some(false)));
    assert!(destroy.0.resource_changes.iter().all(|change| change.mode == Some(Mode::Managed)));
    world.edit("services/standalone", &json!({"metadata": {"annotations": {"iriskit/protect": "yes"}}}));
    let blocked = Planned::read(&world.iriskit(&["plan", "--destroy", "standalone", "--json"]));
    assert_eq!(outcome(&blocked).0, Some(false));
    let other = STANDALONE.replace("name: standalone", "name: standalone\n  namespace: absent-namespace");
    world.env.write("standalone.yaml", &other);
    let output = world.iriskit(&["plan", "standalone.yaml", "--json"]);
    let refused = Planned::read(&Output { code: Some(0), ..output });
    assert_eq!(outcome(&refused), (Some(false), Some(false), Some(true)));
}

/// Secrets of three kinds: of a Secret, of a variable, in a text.
fn secrets(value: &str, base64: &str) -> String {
    let variable = format!("      podTemplate: {{spec: {{env: [{{name: MY_PASSWORD, value: \"{value}\"}}]}}}}\n");
    let companions = format!(
        "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: door}}\ndata: {{key: {base64}}}\n\
         ---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings}}\ndata:\n  settings.ini: |\n    [door]\n    \
         Password={value}\n"
    );
    STANDALONE.replace("    data:\n", &format!("    data:\n{variable}")) + &companions
}

fn a_secret_that_the_manifest_changes_is_no_drift(world: &World) {
    world.env.write("standalone.yaml", &secrets("one-1-one", "b25l"));
    world.apply("standalone.yaml", &[]);
    world.env.write("standalone.yaml", &secrets("two-2-two", "dHdv"));
    let planned = world.plan("standalone.yaml", &[]);
    for object in ["Secret/door", "StatefulSet/standalone-data", "ConfigMap/settings"] {
        let fields = &planned.change(object).fields;
        let secret: Vec<_> = fields.iter().filter(|field| field.sensitive).collect();
        assert!(!secret.is_empty(), "{object}: {fields:?}");
        assert!(secret.iter().all(|field| field.origin == Origin::Manifest), "{object}: {secret:?}");
    }
    // What somebody else set is.
    world.edit("secrets/door", &json!({"data": {"key": "dGhyZWU="}}));
    let drifted = world.plan("standalone.yaml", &[]);
    assert_eq!(drifted.change("Secret/door").fields[0].origin, Origin::Drift);
}
