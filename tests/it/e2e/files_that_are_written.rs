//! Files that iriskit writes: never over something else, for their owner only, and through no link.

use std::fs;

use super::harness::{manifests::STANDALONE, world::World};

/// A folder with a manifest, and other things that may be in the way.
fn world() -> World {
    let world = World::in_the_sandbox();
    world.env.write("m.yaml", STANDALONE);
    world.env.write("manifests/m.yaml", STANDALONE);
    world.env.write("notes.txt", "mine\n");
    world
}

#[test]
fn nothing_else_is_overwritten() {
    let world = world();
    world.apply("m.yaml", &[]);
    let _ = world.iriskit(&["plan", "m.yaml", "-o", "old.plan"]).success();
    let _ = world.iriskit(&["snapshot", "m.yaml", "-o", "old.snapshot"]).success();
    let files = ["m.yaml", "manifests/m.yaml", "notes.txt", "old.plan", "old.snapshot"];
    let before = files.map(|file| world.env.read(file));
    for (args, named) in [
        (&["plan", "m.yaml", "-o", "m.yaml"][..], "m.yaml"),
        (&["plan", "m.yaml", "-o", "./manifests/../m.yaml"], "m.yaml"),
        (&["plan", "manifests", "-o", "manifests/m.yaml"], "manifests/m.yaml"),
        (&["plan", "m.yaml", "-o", "notes.txt"], "notes.txt"),
        (&["plan", "m.yaml", "-o", "manifests"], "manifests"),
        (&["plan", "m.yaml", "-o", "old.snapshot"], "old.snapshot"),
        (&["plan", "m.yaml", "--json-into", "notes.txt"], "notes.txt"),
        (&["plan", "m.yaml", "--json-into", "m.yaml"], "m.yaml"),
        (&["plan", "m.yaml", "-o", "new.plan", "--json-into", "new.plan"], "new.plan"),
        (&["plan", "--destroy", "standalone", "-o", "notes.txt"], "notes.txt"),
        (&["apply", "m.yaml", "--auto-approve", "--json-into", "m.yaml"], "m.yaml"),
        (&["apply", "old.plan", "--json-into", "old.plan"], "old.plan"),
        (&["destroy", "standalone", "-o", "notes.txt"], "notes.txt"),
        (&["destroy", "m.yaml", "--auto-approve", "--json-into", "m.yaml"], "m.yaml"),
        (&["snapshot", "m.yaml", "-o", "m.yaml"], "m.yaml"),
        (&["snapshot", "m.yaml", "-o", "old.plan"], "old.plan"),
    ] {
        let refused = world.iriskit(args);
        assert_eq!(refused.code, Some(1), "{args:?}: {refused}");
        assert!(
            refused.stderr.contains("error[would-overwrite]") && refused.stderr.contains(named),
            "{args:?}: {refused}"
        );
        assert!(refused.stdout.is_empty(), "nothing is done before: {refused}");
    }
    assert_eq!(files.map(|file| world.env.read(file)), before);
    assert!(!world.env.path().join("new.plan").exists());
    world.no_changes("m.yaml", &[]);
    // An older document of the same kind, and an empty file.
    world.env.write("empty", "");
    for args in [
        &["plan", "m.yaml", "-o", "old.plan"][..],
        &["plan", "m.yaml", "-o", "empty"],
        &["plan", "m.yaml", "--json-into", "old.plan"],
        &["snapshot", "m.yaml", "-o", "old.snapshot"],
    ] {
        let _ = world.iriskit(args).success();
    }
}

#[cfg(unix)]
#[test]
fn what_is_written_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = world();
    let mode = |file: &str| fs::metadata(world.env.path().join(file)).unwrap().permissions().mode() & 0o777;
    let _ = world.iriskit(&["plan", "m.yaml", "-o", "p.plan", "--json-into", "p.json"]).success();
    let _ = world.iriskit(&["snapshot", "m.yaml", "-o", "c.json"]).success();
    let _ = world.env.iriskit(&["apply", "m.yaml", "--sandbox=new/box", "--auto-approve"]).success();
    for file in ["p.plan", "p.json", "c.json", "new/box/state.json", "new/box/lock"] {
        assert_eq!(mode(file), 0o600, "{file}");
    }
    assert_eq!([mode("new"), mode("new/box")], [0o700, 0o700]);
    // A file that was open to others is not any more.
    fs::set_permissions(world.env.path().join("p.plan"), fs::Permissions::from_mode(0o666)).unwrap();
    let _ = world.iriskit(&["plan", "m.yaml", "-o", "p.plan"]).success();
    assert_eq!(mode("p.plan"), 0o600);
    let left: Vec<_> = fs::read_dir(world.env.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".tmp")), "{left:?}");
}

#[cfg(unix)]
#[test]
fn no_link_is_followed() {
    use std::os::unix::fs::symlink;
    let world = world();
    let path = |file: &str| world.env.path().join(file);
    symlink(path("notes.txt"), path("link.plan")).unwrap();
    symlink(path("nowhere"), path("dangling.plan")).unwrap();
    for link in ["link.plan", "dangling.plan"] {
        let refused = world.iriskit(&["plan", "m.yaml", "-o", link]);
        assert!(refused.code == Some(1) && refused.stderr.contains("error[would-overwrite]"), "{refused}");
    }
    fs::create_dir(path("box")).unwrap();
    symlink(path("notes.txt"), path("box/lock")).unwrap();
    let refused = world.env.iriskit(&["plan", "m.yaml", "--sandbox=box"]);
    assert!(refused.code == Some(1) && refused.stderr.contains("error[sandbox]"), "{refused}");
    assert_eq!(world.env.read("notes.txt"), "mine\n");
    assert!(!path("nowhere").exists());
}
