//! The command line itself: help, wrong usage, exit codes, `show`.

use insta::assert_snapshot;
use iriskit_state::plan;

use crate::support::{env::Env, saved::saved};

#[test]
fn help_names_commands_and_exit_codes() {
    let env = Env::new();
    assert_snapshot!(env.iriskit(&["--help"]));
}

#[test]
fn wrong_usage_ends_with_1() {
    let env = Env::new();
    for args in [&[][..], &["show"], &["nonsense"], &["show", "--nonsense", "p.plan"]] {
        let output = env.iriskit(args);
        assert_eq!(output.code, Some(1), "{args:?}: {output}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{args:?}: {output}");
    }
}

const GOOD: &str = "\
apiVersion: intersystems.com/v1alpha1
kind: IrisCluster
metadata: {name: one}
spec:
  topology:
    data:
      image: iris:2023.3
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
";

#[test]
fn validate_counts_what_is_good() {
    let env = Env::new();
    env.write("one.yaml", GOOD);
    assert_snapshot!(env.iriskit(&["validate", "one.yaml"]));
}

#[test]
fn validate_reads_standard_input_and_shows_what_is_wrong() {
    let env = Env::new();
    let wrong = GOOD.replace("image:", "imgae:");
    let output = env.iriskit_reading(&["validate", "-"], &wrong);
    assert_eq!(output.code, Some(1));
    assert_snapshot!(output);
}

#[test]
fn commands_without_a_cluster_need_no_kubeconfig() {
    let mut env = Env::new();
    env.set("KUBECONFIG", "/absent");
    env.write("one.yaml", GOOD);
    saved(&env);
    assert!(env.iriskit(&["validate", "one.yaml"]).success().starts_with("Valid"));
    assert!(env.iriskit(&["show", "p.plan"]).success().contains("No changes"));
}

#[test]
fn plan_shows_prints_and_saves_one_document() {
    let env = Env::new();
    env.write("one.yaml", GOOD);
    assert_snapshot!(env.iriskit(&["plan", "one.yaml", "--sandbox"]));
    let json = env.iriskit(&["plan", "one.yaml", "--sandbox", "--json", "-o", "p.plan"]);
    assert!(json.stderr.contains("iriskit apply p.plan"), "{json}");
    assert_eq!(json.success(), env.read("p.plan"));
    let plan = plan::read(&env.read("p.plan")).unwrap();
    assert_eq!(plan.summary.create, 5);
    let shown = env.iriskit(&["show", "p.plan"]).success();
    assert!(shown.contains("Plan: 5 to create, 0 to change, 0 to delete."), "{shown}");
}

#[test]
fn plan_tells_changes_from_errors_only_when_asked() {
    let env = Env::new();
    env.write("one.yaml", GOOD);
    env.write("wrong.yaml", "kind: IrisCluster");
    let code = |args: &[&str]| env.iriskit(&[&["plan", "--sandbox"], args].concat()).code;
    assert_eq!(code(&["one.yaml"]), Some(0));
    assert_eq!(code(&["one.yaml", "--detailed-exitcode"]), Some(2));
    assert_eq!(code(&["wrong.yaml", "--detailed-exitcode"]), Some(1));
    assert_eq!(code(&["one.yaml", "--detailed-exitcode", "--plan-lifetime", "soon"]), Some(1));
}

#[test]
fn without_a_cluster_the_error_says_what_was_tried() {
    let env = Env::new();
    env.write("one.yaml", GOOD);
    let output = env.iriskit(&["plan", "one.yaml"]);
    assert_eq!(output.code, Some(1));
    for word in ["error[no-cluster]", ".kube/config", "service account", "--sandbox"] {
        assert!(output.stderr.contains(word), "{word}: {output}");
    }
}

#[test]
fn render_uses_the_namespace_that_apply_would() {
    let mut env = Env::new();
    env.write("one.yaml", GOOD);
    let namespace = |env: &Env, args: &[&str]| {
        let text = env.iriskit(&[&["render", "one.yaml"], args].concat()).success();
        text.lines().find_map(|line| line.trim().strip_prefix("namespace: ").map(str::to_owned))
    };
    assert_eq!(namespace(&env, &[]).as_deref(), Some("default"));
    env.write(
        "config",
        "{apiVersion: v1, kind: Config, current-context: a, users: [{name: u, user: {}}],
clusters: [{name: k, cluster: {server: 'http://127.0.0.1:1'}}],
contexts: [{name: a, context: {cluster: k, user: u, namespace: team}}]}",
    );
    env.set("KUBECONFIG", "config");
    assert_eq!(namespace(&env, &[]).as_deref(), Some("team"));
    assert_eq!(namespace(&env, &["-n", "other"]).as_deref(), Some("other"));
    assert_eq!(namespace(&env, &["--sandbox"]).as_deref(), Some("default"));
}

#[test]
fn render_hides_secrets_unless_told() {
    let env = Env::new();
    env.write(
        "secret.yaml",
        &format!("{GOOD}---\napiVersion: v1\nkind: Secret\nmetadata: {{name: login}}\ndata: {{password: Y2FuYXJ5}}\n"),
    );
    let hidden = env.iriskit(&["render", "secret.yaml"]).success();
    assert!(!hidden.contains("Y2FuYXJ5") && hidden.contains("(sensitive)"), "{hidden}");
    assert!(env.iriskit(&["render", "secret.yaml", "--show-secrets"]).success().contains("password: Y2FuYXJ5"));
}

#[test]
fn show_prints_a_saved_plan_without_a_cluster() {
    let env = Env::new();
    saved(&env);
    assert_snapshot!(env.iriskit(&["show", "p.plan"]));
    assert_eq!(env.iriskit(&["show", "p.plan", "--json"]).success(), env.read("p.plan"));
}

#[test]
fn show_prints_a_saved_plan_in_every_format() {
    let env = Env::new();
    saved(&env);
    let shown = |format: &str| env.iriskit(&["show", "p.plan", "--format", format]).success();
    assert_eq!(shown("text"), env.iriskit(&["show", "p.plan"]).success());
    assert_eq!(shown("json"), env.read("p.plan"));
    assert_snapshot!(shown("markdown"));
    assert_eq!(env.iriskit(&["show", "p.plan", "--format", "html"]).code, Some(1));
    assert_eq!(env.iriskit(&["show", "p.plan", "--format", "text", "--json"]).code, Some(1));
}

#[test]
fn show_refuses_what_was_altered() {
    let env = Env::new();
    saved(&env);
    let text = env.read("p.plan");
    env.write("altered.plan", &text.replace("kind-prod", "kind-test"));
    env.write("spaced.plan", &text.replace(": ", ":  "));
    let version = format!(r#""format_version": "{}""#, iriskit_state::plan::FORMAT_VERSION);
    env.write("newer.plan", &text.replace(&version, r#""format_version": "2.0""#));
    env.write("other.plan", "kind: Service\n");
    let outputs = ["altered.plan", "spaced.plan", "newer.plan", "other.plan", "absent.plan"]
        .map(|file| env.iriskit(&["show", file]).to_string());
    assert_snapshot!(outputs.join("\n"));
}

#[test]
fn colour_follows_the_flag_and_the_environment() {
    let mut env = Env::new();
    saved(&env);
    let coloured =
        |env: &Env, args: &[&str]| env.iriskit(&[&["show", "p.plan"], args].concat()).success().contains('\u{1b}');
    assert!(!coloured(&env, &[]));
    assert!(coloured(&env, &["--color", "always"]));
    env.set("CLICOLOR_FORCE", "1");
    assert!(coloured(&env, &[]));
    env.set("NO_COLOR", "1");
    assert!(!coloured(&env, &[]));
    assert!(coloured(&env, &["--color=always"]));
}

#[test]
fn output_follows_the_width() {
    let mut env = Env::new();
    saved(&env);
    env.set("COLUMNS", "80");
    let narrow = env.iriskit(&["show", "p.plan"]).success();
    env.set("COLUMNS", "120");
    let wide = env.iriskit(&["show", "p.plan"]).success();
    assert!(narrow.lines().count() > wide.lines().count(), "{narrow}{wide}");
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error_worth_a_word() {
    let env = Env::new();
    saved(&env);
    let mut child = env.command(&["show", "p.plan"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = child.stdout(writer).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(1), &b""[..]));
}
