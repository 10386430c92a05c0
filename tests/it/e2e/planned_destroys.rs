//! A destroy is a plan: saved, shown, approved and applied like any other.

use iriskit_state::plan::{self, Operation};

use super::harness::{manifests::STANDALONE, world::World};

everywhere!(
    a_destroy_is_saved_and_applied_once,
    volumes_go_only_by_a_plan_that_says_so,
    a_saved_destroy_is_stale_when_something_moved,
    a_destroy_of_manifests_is_saved_too,
);

/// Applies STANDALONE.
fn standing(world: &World) {
    world.env.write("standalone.yaml", STANDALONE);
    world.apply("standalone.yaml", &[]);
}

fn a_destroy_is_saved_and_applied_once(world: &World) {
    standing(world);
    let before = world.versions();
    let saved = world.iriskit(&["plan", "--destroy", "standalone", "-o", "p.plan"]).success();
    assert_eq!(world.versions(), before, "a plan writes nothing");
    assert_eq!(world.env.iriskit(&["show", "p.plan"]).success(), saved);
    let read = plan::read(&world.env.read("p.plan")).unwrap();
    assert_eq!((read.operation, read.summary.delete), (Operation::Destroy, read.resource_changes.len()));
    let changes = world.iriskit(&["plan", "--destroy", "standalone", "--detailed-exitcode"]);
    assert_eq!(changes.code, Some(2), "{changes}");
    let applied = world.iriskit(&["apply", "p.plan"]);
    assert!(applied.code == Some(0) && applied.stdout.contains("deleted"), "{applied}");
    assert_eq!(world.names("statefulsets"), Vec::<String>::new());
    assert_eq!(world.names("persistentvolumeclaims").len(), 4);
    let again = world.iriskit(&["apply", "p.plan"]);
    assert!(again.code == Some(3) && again.stderr.contains("plan --destroy standalone"), "{again}");
}

fn volumes_go_only_by_a_plan_that_says_so(world: &World) {
    standing(world);
    // What only the apply is allowed changes nothing of the plan.
    let _ = world.iriskit(&["plan", "--destroy", "standalone", "-o", "kept.plan"]).success();
    let _ = world.iriskit(&["destroy", "standalone", "-o", "all.plan", "--allow", "delete-data"]).success();
    let same = world.iriskit(&["plan", "--destroy", "standalone", "--allow", "delete-data", "--json"]).success();
    assert!(same.contains("\"volumes_deleted\": 4"), "{same}");
    assert_eq!(plan::read(&world.env.read("all.plan")).unwrap().impact.volumes_deleted, 4);
    for (more, id) in [
        (&[][..], "allowance-missing"),
        (&["--allow", "delete-data"], "confirmation-missing"),
        (&["--allow", "delete-data", "--confirm", "standalone", "--keep-volumes"], "planned-already"),
    ] {
        let refused = world.iriskit(&[&["apply", "all.plan"], more].concat());
        assert!(refused.stderr.contains(&format!("error[{id}]")), "{more:?}: {refused}");
    }
    assert_eq!(world.names("statefulsets"), ["standalone-data"]);
    let kept = world.iriskit(&["apply", "kept.plan", "--allow", "delete-data", "--confirm", "standalone"]);
    assert_eq!(kept.code, Some(0), "{kept}");
    assert_eq!(world.names("persistentvolumeclaims").len(), 4);
    let rest = ["destroy", "standalone", "-o", "rest.plan", "--allow", "delete-data"];
    let _ = world.iriskit(&rest).success();
    let applied = world.iriskit(&["apply", "rest.plan", "--allow", "delete-data", "--confirm", "standalone"]);
    assert_eq!(applied.code, Some(0), "{applied}");
    assert_eq!(world.names("persistentvolumeclaims"), Vec::<String>::new());
}

fn a_saved_destroy_is_stale_when_something_moved(world: &World) {
    standing(world);
    let _ = world.iriskit(&["destroy", "standalone", "-o", "p.plan"]).success();
    assert_eq!(world.names("statefulsets"), ["standalone-data"], "it is only saved");
    world.delete("services/standalone");
    let stale = world.iriskit(&["apply", "p.plan"]);
    assert!(stale.code == Some(3) && stale.stderr.contains("/standalone"), "{stale}");
    assert_eq!(world.names("statefulsets"), ["standalone-data"]);
}

fn a_destroy_of_manifests_is_saved_too(world: &World) {
    standing(world);
    for wrong in [
        &["destroy", "standalone.yaml", "-o", "standalone.yaml"][..],
        &["plan", "--destroy", "standalone.yaml", "-o", "standalone.yaml"],
        &["destroy", "standalone.yaml", "-o", "p.plan", "--auto-approve"],
        &["plan", "--destroy", "standalone.yaml", "--adopt"],
        &["plan", "standalone.yaml", "--allow", "delete-data"],
    ] {
        let refused = world.iriskit(wrong);
        assert_eq!(refused.code, Some(1), "{wrong:?}: {refused}");
    }
    let _ = world.iriskit(&["plan", "--destroy", "standalone.yaml", "-o", "p.plan"]).success();
    std::fs::remove_file(world.env.path().join("standalone.yaml")).unwrap();
    let applied = world.iriskit(&["apply", "p.plan"]);
    assert_eq!(applied.code, Some(0), "{applied}");
    assert_eq!(world.names("statefulsets"), Vec::<String>::new());
}
