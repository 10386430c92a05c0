//! Secret values stand where they belong, and nowhere else: canaries of every sort go through every command.

use std::fs;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::harness::{
    manifests::login,
    world::{LABELER, World},
};
use crate::support::env::{Env, Output};

everywhere!(no_secret_is_said_saved_or_kept, a_secret_that_moved_is_not_shown, a_secret_is_not_shown_in_any_form,);

/// Every sort of secret, by where it stands. What a name ends in (`1`, `2`) tells one manifest's from another's.
const SORTS: [&str; 10] =
    ["companion", "hash", "merge", "variable", "url", "header", "argument", "annotation", "entry", "member"];
/// Is in the cluster and in no manifest.
const LOGIN: &str = "canary-of-the-login";

fn canary(sort: &str, version: u8) -> String {
    format!("canary{version}of{sort}canary{version}")
}

fn canaries() -> Vec<String> {
    let both = SORTS.iter().flat_map(|sort| [canary(sort, 1), canary(sort, 2)]);
    both.chain([LOGIN.to_owned()]).collect()
}

fn manifest(version: u8) -> String {
    let of = |sort: &str| canary(sort, version);
    format!(
        "\
apiVersion: intersystems.com/v1alpha1
kind: IrisCluster
metadata: {{name: vault}}
spec:
  licenseKeySecret: {{name: door}}
  configSource: {{name: vault-cpf}}
  topology:
    data:
      image: iris:2024.1
      compatibilityVersion: 2024.1.0
      mirrored: true
      podTemplate:
        metadata:
          annotations: {{example.com/api-key: {annotation}}}
        spec:
          env:
          - {{name: DOOR_PASSWORD, value: {variable}}}
          - {{name: DOOR_URL, value: \"pg://keeper:{url}@door/x\"}}
          args: [--door-token, {argument}]
          livenessProbe:
            httpGet: {{port: 52773, path: /, httpHeaders: [{{name: Authorization, value: {header}}}]}}
      webgateway: &gateway
        image: webgateway:2024.1
        applicationPaths: [/csp/sys]
        loginSecret: {{name: iris-webgateway-secret}}
    arbiter: {{image: arbiter:2024.1}}
    webgateway: *gateway
---
apiVersion: v1
kind: Secret
metadata: {{name: door}}
data: {{iris.key: {data}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: vault-cpf}}
data:
  common.cpf: |
    [Startup]
    PasswordHash={hash},canarysalt,10000,SHA512
    [config]
    globals=0,0,256,0,0,0
  CSP-merge.ini: |
    [vault-data-0-0]
    Password={merge}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: vault-extra}}
data:
  door_password: {entry}
  door.json: '{{\"user\": \"keeper\", \"password\": \"{member}\"}}'
",
        annotation = of("annotation"),
        variable = of("variable"),
        url = of("url"),
        argument = of("argument"),
        header = of("header"),
        data = STANDARD.encode(of("companion")),
        hash = of("hash"),
        merge = of("merge"),
        entry = of("entry"),
        member = of("member"),
    )
}

/// A value, and how it looks encoded.
fn spellings(value: &str) -> [String; 2] {
    [value.to_owned(), STANDARD.encode(value).trim_end_matches('=').to_owned()]
}

#[track_caller]
fn nothing_in(text: &str, what: &str) {
    for canary in canaries().iter().flat_map(|canary| spellings(canary)) {
        let line = text.lines().find(|line| line.contains(&canary));
        assert_eq!(line, None, "{canary} in {what}");
    }
}

/// Runs it, and looks through all that it says.
#[track_caller]
fn run(world: &World, args: &[&str]) -> Output {
    let output = world.iriskit(args);
    nothing_in(&output.to_string(), &args.join(" "));
    output
}

fn no_secret_is_said_saved_or_kept(world: &World) {
    login(world, LOGIN);
    let look = || {
        for args in [
            &["validate", "vault.yaml", "-vv"][..],
            &["render", "vault.yaml", "--labeler-image", LABELER],
            &["plan", "vault.yaml", "--labeler-image", LABELER, "--server-diff=always", "-vv"],
            &["plan", "vault.yaml", "--labeler-image", LABELER, "--json", "--json-into", "plan.json"],
            &["plan", "vault.yaml", "--labeler-image", LABELER, "-o", "p.plan", "-v", "--color=always"],
            &["show", "p.plan"],
            &["show", "p.plan", "--json"],
            &["show", "p.plan", "--format", "markdown"],
            &["rbac", "vault.yaml", "--labeler-image", LABELER, "-vv"],
            &["snapshot", "vault.yaml", "--labeler-image", LABELER, "-o", "s.json", "-vv"],
        ] {
            let output = run(world, args);
            assert_eq!(output.code, Some(0), "{output}");
        }
        let offline =
            ["plan", "vault.yaml", "--labeler-image", LABELER, "--snapshot", "s.json", "--json", "-o", "s.plan", "-vv"];
        let offline = world.env.iriskit(&offline);
        nothing_in(&offline.to_string(), "a plan from a snapshot");
        assert_eq!(offline.code, Some(0), "{offline}");
        files_are_clean(&world.env);
    };
    world.env.write("vault.yaml", &manifest(1));
    look();
    let applied = run(world, &["apply", "p.plan", "-vv", "--json", "--json-into", "apply.json"]);
    assert_eq!(applied.code, Some(0), "{applied}");
    look_around(world);
    world.no_changes("vault.yaml", &["--labeler-image", LABELER]);
    where_they_belong(world);

    world.env.write("vault.yaml", &manifest(2));
    look();
    let changed = world.plan("vault.yaml", &["--labeler-image", LABELER]);
    let fields = |object: &str| {
        let fields = changed.change(object).fields.iter();
        fields.filter(|field| field.sensitive).map(|field| field.path.clone()).collect::<Vec<_>>()
    };
    assert_eq!(fields("Secret/door"), ["data[iris.key]"]);
    assert_eq!(fields("ConfigMap/vault-extra"), ["data[door.json]", "data.door_password"]);
    let text = &changed.change("ConfigMap/vault-data-0").fields[0];
    let after = text.after.as_str().unwrap();
    assert!(after.contains("globals=0,0,256,0,0,0") && after.contains("PasswordHash=(sensitive, changed)"), "{after}");
    let set = fields("StatefulSet/vault-data-0").join(" ");
    for place in ["annotations", "env[DOOR_PASSWORD].value", "env[DOOR_URL].value", "args", "httpHeaders"] {
        assert!(set.contains(place), "{place} in {set}");
    }
    world.pair("vault-data-0");
    let apply =
        ["apply", "vault.yaml", "--auto-approve", "--labeler-image", LABELER, "--allow", "restart-primary", "-vv"];
    let applied = run(world, &apply);
    assert_eq!(applied.code, Some(0), "{applied}");
    assert_eq!(world.get("secrets/door")["data"]["iris.key"], STANDARD.encode(canary("companion", 2)));
    where_they_belong(world);

    let destroyed = run(world, &["destroy", "vault", "--auto-approve", "-vv", "--json-into", "destroy.json"]);
    assert_eq!(destroyed.code, Some(0), "{destroyed}");
    files_are_clean(&world.env);
}

/// Runs what only looks at a cluster that is there.
fn look_around(world: &World) {
    for args in [
        &["history", "-vv"][..],
        &["history", "vault", "-o", "json"],
        &["lock", "status", "-vv"],
        &["lock", "status", "vault", "-o", "json"],
        &["plan", "--destroy", "vault", "-vv"],
        &["plan", "--destroy", "vault", "--allow", "delete-data", "--json", "-o", "gone.plan"],
        &["show", "gone.plan", "--format", "markdown"],
    ] {
        let output = run(world, args);
        assert_eq!(output.code, Some(0), "{output}");
    }
    for args in [&["status", "-vv"][..], &["status", "vault", "-o", "json"]] {
        let output = run(world, args);
        assert!(matches!(output.code, Some(0 | 5)) && output.stdout.contains("vault-data-0"), "{output}");
    }
    files_are_clean(&world.env);
}

fn a_secret_that_moved_is_not_shown(world: &World) {
    login(world, LOGIN);
    world.env.write("vault.yaml", &manifest(1));
    world.apply("vault.yaml", &["--labeler-image", LABELER]);
    world.env.write("vault.yaml", &manifest(1).replace("webgateway:2024.1", "webgateway:2024.2"));
    let plan = ["plan", "vault.yaml", "--labeler-image", LABELER, "-o", "p.plan"];
    assert_eq!(run(world, &plan).code, Some(0));
    world.edit("secrets/door", &json!({"data": {"iris.key": STANDARD.encode(canary("companion", 2))}}));
    world.edit("configmaps/vault-extra", &json!({"data": {"door_password": canary("entry", 2)}}));
    let stale = run(world, &["apply", "p.plan", "-vv", "--allow", "restart-primary,outage"]);
    assert!(stale.code == Some(3) && stale.stderr.contains("(sensitive)"), "{stale}");
    let text = run(world, &plan);
    assert!(text.stdout.contains("(sensitive, changed)"), "{text}");
    let json = run(world, &["plan", "vault.yaml", "--labeler-image", LABELER, "--json"]);
    assert_eq!(json.code, Some(0), "{json}");
    files_are_clean(&world.env);
}

/// Texts with `CANARY` as secrets are written in them.
const TEXTS: [&str; 46] = [
    "DB_PASS=CANARY",
    "PGPASS=CANARY",
    "JWT=CANARY",
    "[ODBC]\nServer=x\nPwd=CANARY\n",
    "connection=Server=x;User Id=u;Pwd=CANARY;Database=y",
    "DefaultEndpointsProtocol=https;AccountKey=CANARY==;EndpointSuffix=x",
    "host=h password=CANARY dbname=d",
    "url: jdbc:mysql://h/d?user=u&password=CANARY&x=1",
    "https://h/x?sv=1&sig=CANARY&se=2",
    "redis://:CANARY@h:6379/0",
    "mongodb+srv://u:CANARY@h/d",
    "u:CANARY@tcp(h:3306)/d",
    "jdbc:oracle:thin:u/CANARY@//h:1521/s",
    "<connection><password>CANARY</password></connection>",
    "<password><![CDATA[CANARY]]></password>",
    "<add key=\"DbPassword\" value=\"CANARY\"/>",
    "<property name=\"javax.persistence.jdbc.password\">CANARY</property>",
    "<user name=\"u\" password=\"CANARY\"/>",
    "{\"auths\": {\"r.example\": {\"auth\": \"CANARY\"}}}",
    "{\"text\": \"{\\\"password\\\": \\\"CANARY\\\"}\"}",
    "[{\"name\": \"DB_PASSWORD\", \"value\": \"CANARY\"}]",
    "env:\n- name: DB_PASSWORD\n  value: CANARY\n- name: TZ\n  value: UTC\n",
    "password: |\n  first\n  CANARY\nuser: u\n",
    "password: \"first\n  CANARY\"\nuser: u\n",
    "password=first\\\n  CANARY\nuser=u\n",
    "tokens:\n- CANARY\nuser: u\n",
    "tokens: [x, CANARY]\n",
    "\"tokens\": [\n  \"CANARY\"\n]\n",
    "credentials:\n  username: u\n  alice: CANARY\n",
    "spring:\n  datasource:\n    password: CANARY\n",
    "java -Dspring.datasource.password=CANARY -jar x.jar",
    "exec server --password CANARY --port 1",
    "args: [server, --password, CANARY]",
    "mysqladmin -u root -pCANARY ping",
    "PGPASSWORD=CANARY psql -h h",
    "redis-cli -h h -a CANARY ping",
    "curl -u keeper:CANARY http://h",
    "curl -H \"Authorization: Bearer CANARY\" http://h",
    "machine h login u password CANARY",
    "requirepass CANARY",
    "kubectl create secret generic x --from-literal=password=CANARY",
    "-----BEGIN RSA PRIVATE KEY-----\nCANARY\n-----END RSA PRIVATE KEY-----\n",
    "# before\n-----BEGIN OPENSSH PRIVATE KEY-----\nCANARY\n-----END OPENSSH PRIVATE KEY-----\n",
    "//registry.example/:_authToken=CANARY",
    "_auth=CANARY",
    "$password = 'x'; $config['password'] = 'CANARY';",
];

/// A manifest with every text in a ConfigMap, and the places of a pod.
fn in_every_form(canary: &str) -> String {
    let pod = json!({
        "env": [
            {"name": "DB_PASS", "value": canary},
            {"name": "PGPASS", "value": canary},
            {"name": "JWT", "value": canary},
            {"name": "API_PAT", "value": canary},
            {"name": "ODBC", "value": format!("Server=x;Pwd={canary};Port=1")},
        ],
        "args": ["--db-token", canary, format!("--password={canary}")],
        "livenessProbe": {"exec": {"command": ["redis-cli", "-a", canary, "ping"]}},
        "lifecycle": {"preStop": {"exec": {"command": ["sh", "-c", format!("export PGPASSWORD={canary}\npsql -h h")]}}},
        "initContainers": [{"name": "first", "image": "x:1", "command": ["mysqladmin", format!("-p{canary}"), "ping"]}],
    });
    let annotations = json!({"example.com/config": format!("{{\"password\": \"{canary}\"}}"), "example.com/db": format!("pg://u:{canary}@h/d")});
    let cluster = json!({
        "apiVersion": "intersystems.com/v1alpha1",
        "kind": "IrisCluster",
        "metadata": {"name": "vault"},
        "spec": {
            "volumes": [{"name": "share", "csi": {"driver": "d.example", "volumeAttributes": {"accountKey": canary, "secretName": "door"}}}],
            "topology": {"data": {
                "image": "iris:2024.1",
                "compatibilityVersion": "2024.1.0",
                "podTemplate": {"metadata": {"annotations": annotations}, "spec": pod},
                "volumeMounts": [{"name": "share", "mountPath": "/share"}],
            }},
        },
    });
    let texts: serde_json::Map<String, Value> = TEXTS
        .iter()
        .enumerate()
        .map(|(at, text)| (format!("text-{at}"), text.replace("CANARY", canary).into()))
        .collect();
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "vault-texts"}, "data": texts});
    format!("{cluster}\n---\n{map}\n")
}

fn a_secret_is_not_shown_in_any_form(world: &World) {
    let (one, two) = ("cAnArYoNe", "cAnArYtWo");
    let run = |args: &[&str]| {
        let output = world.iriskit(args);
        let said = output.to_string();
        for canary in [one, two] {
            let line = said.lines().find(|line| line.contains(canary));
            assert_eq!(line, None, "{canary} is shown by {}", args.join(" "));
        }
        output
    };
    let saved = || {
        for name in ["p.plan", "s.json", "plan.json"] {
            let text = world.env.read(name);
            assert!(!text.contains(one) && !text.contains(two), "{name}");
        }
    };
    for canary in [one, two] {
        world.env.write("vault.yaml", &in_every_form(canary));
        for args in [
            &["validate", "vault.yaml"][..],
            &["render", "vault.yaml"],
            &["plan", "vault.yaml", "--json-into", "plan.json"],
            &["plan", "vault.yaml", "--json"],
            &["snapshot", "vault.yaml", "-o", "s.json"],
        ] {
            assert_eq!(run(args).code, Some(0), "{args:?}");
        }
        let planned = run(&["plan", "vault.yaml", "-o", "p.plan"]);
        assert_eq!(planned.code, Some(0), "{planned}");
        saved();
        assert_eq!(run(&["show", "p.plan"]).code, Some(0));
        assert_eq!(run(&["show", "p.plan", "--json"]).code, Some(0));
        let applied = run(&["apply", "p.plan", "--allow", "outage"]);
        assert_eq!(applied.code, Some(0), "{applied}");
        // What was filled in is what the manifest says, to the byte.
        let live = world.get("configmaps/vault-texts");
        for (at, text) in TEXTS.iter().enumerate() {
            assert_eq!(live["data"][format!("text-{at}")], text.replace("CANARY", canary), "{text}");
        }
        world.no_changes("vault.yaml", &[]);
        // A copy that a snapshot holds is as good as the cluster.
        assert_eq!(run(&["snapshot", "vault.yaml", "-o", "s.json"]).code, Some(0));
        saved();
        let offline = world.env.iriskit(&["plan", "vault.yaml", "--snapshot", "s.json"]);
        assert!(offline.stdout.contains("No changes") && !offline.to_string().contains(canary), "{offline}");
    }
    let wrong = in_every_form(one).replace("\"mountPath\"", "\"mountPth\"");
    world.env.write("vault.yaml", &wrong);
    assert_eq!(run(&["validate", "vault.yaml"]).code, Some(1));
    world.env.write("vault.yaml", &format!("{}\n}}", in_every_form(one)));
    assert_eq!(run(&["validate", "vault.yaml"]).code, Some(1));
}

/// A server may repeat what it was sent, in its own words; here by a policy that does so.
#[test]
fn what_a_server_quotes_is_not_repeated() {
    let Some(world) = World::on_the_control_plane() else { return };
    let Some(plane) = world.plane() else { return };
    let name = format!("quotes-{}", world.namespace());
    let quoted =
        "'refused: ' + (object.kind == 'Secret' ? string(object.data['iris.key']) : object.data['door_password'])";
    plane.create(
        "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
        &json!({
            "metadata": {"name": name},
            "spec": {
                "matchConstraints": {
                    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": world.namespace()}},
                    "resourceRules": [{
                        "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"],
                        "resources": ["secrets", "configmaps"], "resourceNames": ["door", "vault-extra"],
                    }],
                },
                "validations": [{"expression": "false", "messageExpression": quoted}],
            },
        }),
    );
    plane.create(
        "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",
        &json!({"metadata": {"name": name}, "spec": {"policyName": name, "validationActions": ["Deny"]}}),
    );
    let probe = json!({"metadata": {"name": "door"}, "data": {"iris.key": STANDARD.encode(canary("companion", 1))}});
    let said = world.until("the policy to be in force", || {
        let (code, body) = world.send("POST", "secrets?dryRun=All", "application/json", Some(&probe));
        (code == 422).then(|| body.to_string())
    });
    assert!(said.contains(&STANDARD.encode(canary("companion", 1))), "the server does quote: {said}");
    login(&world, LOGIN);
    world.env.write("vault.yaml", &manifest(1));
    for args in [
        &["plan", "vault.yaml", "--labeler-image", LABELER, "-vv"][..],
        &["plan", "vault.yaml", "--labeler-image", LABELER, "--json", "-vv"],
        &["apply", "vault.yaml", "--labeler-image", LABELER, "--auto-approve", "-vv"],
    ] {
        let refused = run(&world, args);
        assert_eq!(refused.code, Some(1), "{refused}");
        assert!(refused.to_string().contains("server-refuses"), "{refused}");
        assert!(!refused.to_string().contains("the right to have the server check"), "no right is missing: {refused}");
    }
    for kind in ["validatingadmissionpolicybindings", "validatingadmissionpolicies"] {
        world.delete(&format!("/apis/admissionregistration.k8s.io/v1/{kind}/{name}"));
    }
}

#[test]
fn complaints_about_manifests_show_no_secret() {
    let env = Env::new();
    let good = manifest(1);
    let companion = STANDARD.encode(canary("companion", 1));
    for (from, to) in [
        ("iris.key: ", format!("iris.key: {companion} {companion}, x: ")),
        ("iris.key: ", "iris.key: not/base64 ".to_owned()),
        ("kind: Secret", "knd: Secret".to_owned()),
        ("data: {iris.key", "data: [iris.key".to_owned()),
        ("- {name: DOOR_PASSWORD, value:", "- {name: DOOR_PASSWORD, vale:".to_owned()),
        ("{name: Authorization, value:", "{name: Authorization, value: 1, vlue:".to_owned()),
        ("args: [--door-token", "argz: [--door-token".to_owned()),
        (
            "annotations: {example.com/api-key:",
            "annotations: {example.com/api-key: 1, example.com/api-token:".to_owned(),
        ),
        ("door_password: ", "door_password: [1], b: ".to_owned()),
        ("PasswordHash=", "\tPasswordHash=".to_owned()),
        ("image: iris:2024.1", "imgae: iris:2024.1".to_owned()),
    ] {
        let wrong = good.replacen(from, &to, 1);
        assert_ne!(wrong, good, "{from}");
        env.write("vault.yaml", &wrong);
        let output = env.iriskit(&["validate", "vault.yaml", "-vv"]);
        nothing_in(&output.to_string(), &format!("what is said of {to}"));
    }
}

/// Looks through everything on the server.
fn where_they_belong(world: &World) {
    for plural in
        ["configmaps", "services", "statefulsets", "serviceaccounts", "roles", "rolebindings", "secrets", "pods"]
    {
        for mut object in world.list(plural) {
            let name = object["metadata"]["name"].as_str().unwrap().to_owned();
            match (plural, name.as_str()) {
                // Where IRIS and its gateways read them.
                ("secrets", "door" | "iris-webgateway-secret")
                | (
                    "configmaps",
                    "vault-cpf" | "vault-extra" | "vault-data-0" | "vault-webgateway" | "vault-data-webgateway",
                ) => {
                    object["data"] = Value::Null;
                }
                ("statefulsets", "vault-data-0") => object["spec"]["template"] = Value::Null,
                ("pods", _) => {
                    object["spec"] = Value::Null;
                    object["metadata"]["annotations"]["example.com/api-key"] = Value::Null;
                }
                _ => {}
            }
            nothing_in(&json!(object).to_string(), &format!("{plural}/{name}"));
        }
    }
}

/// Looks through every file but the manifests.
#[track_caller]
fn files_are_clean(env: &Env) {
    for entry in fs::read_dir(env.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() && path.extension().is_none_or(|kind| kind != "yaml") {
            nothing_in(&fs::read_to_string(&path).unwrap(), &path.display().to_string());
        }
    }
}
