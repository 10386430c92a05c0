//! Options as people first type them, variables in place of options, and what a kubeconfig gives away.

use crate::support::env::Env;

const GOOD: &str = "\
apiVersion: intersystems.com/v1alpha1
kind: IrisCluster
metadata: {name: one}
spec:
  topology:
    data:
      image: iris:2023.3
";

fn env() -> Env {
    let env = Env::new();
    env.write("m.yaml", GOOD);
    env
}

#[test]
fn habits_of_other_tools_are_answered_and_nothing_is_done() {
    let env = env();
    for (args, way) in [
        (&["plan", "m.yaml", "-out=p1", "--sandbox"][..], "--out=p1"),
        (&["plan", "m.yaml", "-out", "p1", "--sandbox"], "--out"),
        (&["plan", "m.yaml", "-o", "json", "--sandbox"], "--json"),
        (&["plan", "m.yaml", "-o", "yaml", "--sandbox"], "iriskit render"),
        (&["plan", "m.yaml", "-owide", "--sandbox"], "--json"),
        (&["plan", "m.yaml", "-o", "name", "--sandbox"], "--json"),
        (&["plan", "m.yaml", "-o", "-", "--sandbox"], "--json"),
        (&["destroy", "one", "-o", "json", "--sandbox"], "--json"),
        (&["snapshot", "m.yaml", "-o", "json", "--sandbox"], "./json"),
        (&["plan", "m.yaml", "-no-color", "--sandbox"], "--color never"),
        (&["apply", "m.yaml", "-auto-approve", "--sandbox"], "--auto-approve"),
        (&["apply", "-f", "m.yaml", "--sandbox"], "iriskit apply FILE"),
        (&["apply", "m.yaml", "--dry-run", "--sandbox"], "iriskit plan FILE"),
        (&["plan", "m.yaml", "-A", "--sandbox"], "--namespace"),
        (&["plan", "--sandbox", "box", "m.yaml"], "--sandbox=box"),
        (&["plan", "https://example.org/m.yaml", "--sandbox"], "curl"),
        (&["completion", "bash"], "help"),
        (&["delete", "one", "--sandbox"], "iriskit destroy"),
    ] {
        let output = env.iriskit(args);
        assert_eq!(output.code, Some(1), "{args:?}: {output}");
        assert!(output.stderr.contains(way) && output.stdout.is_empty(), "{args:?}: {output}");
    }
    let mut left: Vec<_> =
        std::fs::read_dir(env.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    assert!(left.iter().all(|name| name == "m.yaml" || name == ".iriskit"), "{left:?}");
    assert!(env.iriskit(&["version"]).success().starts_with("iriskit "));
}

#[test]
fn every_option_may_be_a_variable() {
    let mut env = env();
    env.set("IRISKIT_SANDBOX", "box");
    env.set("IRISKIT_AUTO_APPROVE", "1");
    env.set("IRISKIT_NAMESPACE", "default");
    env.set("IRISKIT_ALLOW", "outage,adopt");
    env.set("IRISKIT_CONTEXT", "");
    assert!(env.iriskit(&["apply", "m.yaml"]).success().contains("Done: 4 created"));
    assert!(env.path().join("box/state.json").exists());
    env.set("IRISKIT_JSON", "true");
    env.set("IRISKIT_OUT", "p.plan");
    env.set("IRISKIT_DETAILED_EXITCODE", "yes");
    assert!(env.iriskit(&["plan", "m.yaml"]).success().starts_with('{'));
    assert!(env.path().join("p.plan").exists());
    // What belongs to no option is said, and done without.
    env.set("IRISKIT_NAME_SPACE", "other");
    let said = env.iriskit(&["plan", "m.yaml"]);
    assert!(said.code == Some(2) || said.code == Some(0), "{said}");
    assert!(said.stderr.contains("warning: IRISKIT_NAME_SPACE is the variable of no option"), "{said}");
    assert!(!said.stderr.contains("IRISKIT_OUT"), "{said}");
    // What is typed counts more, and what is wrong is named.
    env.set("IRISKIT_SERVER_DIFF", "sometimes");
    let wrong = env.iriskit(&["plan", "m.yaml"]);
    assert!(wrong.code == Some(1) && wrong.stderr.contains("--server-diff"), "{wrong}");
    assert!(env.iriskit(&["plan", "m.yaml", "--server-diff", "always"]).success().starts_with('{'));
}

#[test]
fn a_broken_kubeconfig_is_not_quoted() {
    let env = env();
    env.write(
        "bad.kc",
        "apiVersion: v1\nkind: Config\nusers: [{name: u, user: {token: \"SECRET-TOKEN-42\", password: \"pw\"}]\nclusters: []\n",
    );
    let output = env.iriskit(&["plan", "m.yaml", "--kubeconfig", "bad.kc"]);
    assert_eq!(output.code, Some(1), "{output}");
    assert!(!output.to_string().contains("SECRET") && !output.stderr.contains("\\n"), "{output}");
    assert!(output.stderr.contains("bad.kc") && output.stderr.contains("line 3, column "), "{output}");
}

#[cfg(unix)]
#[test]
fn what_a_credentials_plugin_prints_is_not_quoted() {
    let env = env();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    for (script, told) in [
        ("echo SECRET-OUT; exit 3", "exit status: 3"),
        ("echo 'token: SECRET-OUT: :'", "ExecCredential"),
        ("echo '{}'", "ExecCredential"),
    ] {
        env.write(
            "kc",
            &format!(
                "{{apiVersion: v1, kind: Config, current-context: a, clusters: [{{name: k, cluster: {{server: 'http://user:SECRET-URL@127.0.0.1:{port}'}}}}],
contexts: [{{name: a, context: {{cluster: k, user: u}}}}],
users: [{{name: u, user: {{exec: {{apiVersion: client.authentication.k8s.io/v1, command: sh, args: [-c, \"{script}\", SECRET-ARG], interactiveMode: Never}}}}}}]}}"
            ),
        );
        let output = env.iriskit(&["plan", "m.yaml", "--kubeconfig", "kc"]);
        assert_eq!(output.code, Some(1), "{output}");
        assert!(!output.to_string().contains("SECRET"), "{output}");
        assert!(output.stderr.contains(told), "{script}: {output}");
    }
}

#[test]
fn no_output_turns_the_reading_direction() {
    let env = env();
    let text = "x\u{202e}y\u{9b}2J\u{2066}z";
    env.write(
        "m.yaml",
        &format!(
            "{GOOD}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata: {{k: \"{}\"}}\n",
            "x\\u202ey\\u009b2J\\u2066z"
        ),
    );
    let harmful = |text: &str| text.contains(|c| c != '\n' && iriskit_state::is_harmful(c));
    for args in [
        &["plan", "m.yaml", "--sandbox"][..],
        &["plan", "m.yaml", "--sandbox", "--json"],
        &["render", "m.yaml"],
        &["plan", "m.yaml", "--sandbox", "-o", "p.plan"],
        &["show", "p.plan", "--format", "markdown"],
        &["apply", "p.plan", "--sandbox"],
    ] {
        let output = env.iriskit(args);
        assert!(output.code == Some(0) && !harmful(&output.stdout) && !harmful(&output.stderr), "{args:?}: {output}");
    }
    assert!(!harmful(&env.read("p.plan")));
    let rendered = env.iriskit(&["render", "m.yaml"]).success();
    assert!(rendered.contains("\\u202e"), "{rendered}");
    let state = env.read(".iriskit/sandbox/state.json");
    assert!(state.contains(text), "what is applied is what was written");
}
