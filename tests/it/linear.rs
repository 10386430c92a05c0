//! Every pass over what users write takes time in proportion to its length, whatever it is made of: sixteen times as much takes
//! at most thirty-two times as long, where a pass over all pairs would take 256 times.

use std::{
    fs,
    sync::LazyLock,
    time::{Duration, Instant},
};

use iriskit_core::{
    diff::mask,
    manifest::{self, Input, secret_ranges},
    plan::planner,
};
use serde_json::json;

/// A text of about so many bytes.
type Text = Box<dyn Fn(usize) -> String>;
/// The line of that number.
type Line = fn(usize) -> String;

/// What the clock of a thread tells apart.
const TICK: Duration = Duration::from_millis(2);
/// By how much the clock of a thread may be late.
const NOISE: Duration = Duration::from_millis(30);

#[track_caller]
fn is_linear(what: &str, pass: impl Fn(usize)) {
    let took = |size: usize| {
        let times = (0..2).map(|_| {
            let begun = worked();
            pass(size);
            worked().saturating_sub(begun)
        });
        times.min().unwrap()
    };
    let (short, long) = (took(1_000), took(16_000));
    assert!(long < short.max(TICK) * 32 + NOISE, "{what}: {short:?} for 1 kB, {long:?} for 16 kB");
}

/// How long this thread has worked: others that work at the same time do not count.
fn worked() -> Duration {
    let spent = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = spent.and_then(|text| text.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Pieces of which texts are made that lead a search astray.
const PIECES: [&str; 36] = [
    "a=",
    "{a:",
    "password=",
    "token:",
    "token=true ",
    "\"",
    "'",
    "password='",
    "<password>",
    "<a b=\"",
    "<![CDATA[",
    "://",
    "u:p@",
    "--token ",
    "-p",
    " ",
    "name:",
    "value:",
    "{token:",
    "tokenfile=",
    "-----BEGIN ",
    "eyJ",
    ",",
    "[",
    "secret:{",
    "$(",
    "\\",
    "x@h:1",
    "&",
    ";a",
    "- ",
    "/",
    "password:\n",
    "tokens:\n- ",
    "Bearer ",
    "\n",
];

#[test]
fn the_search_for_secrets_is_linear() {
    for piece in PIECES {
        for other in ["", " "] {
            let piece = format!("{piece}{other}");
            is_linear(&piece, |size| {
                let map = json!({"kind": "ConfigMap", "data": {"t": piece.repeat(size / piece.len())}});
                mask(&map, None);
            });
        }
    }
}

#[test]
fn manifests_are_read_in_linear_time() {
    let cluster = |inside: String| {
        format!("apiVersion: intersystems.com/v1alpha1\nkind: IrisCluster\nmetadata: {{name: c}}\nspec:\n{inside}")
    };
    let node = |more: &str| format!("  topology:\n    data:\n      image: iris:2024.1\n{more}");
    let many = |size: usize, line: &dyn Fn(usize) -> String| (0..size / 16).map(line).collect::<String>();
    let texts: [(&str, Text); 8] = [
        (
            "variables",
            Box::new(move |size| {
                let env = many(size, &|at| format!("          - {{name: V{at}, value: x}}\n"));
                cluster(node(&format!("      podTemplate:\n        spec:\n          env:\n{env}")))
            }),
        ),
        (
            "application paths",
            Box::new(move |size| {
                let paths = many(size, &|at| format!("      - /a{at}\n"));
                cluster(format!(
                    "{}    webgateway:\n      image: gateway:2024.1\n      applicationPaths:\n{paths}",
                    node("")
                ))
            }),
        ),
        (
            "volumes and mounts",
            Box::new(move |size| {
                let volumes = many(size, &|at| format!("  - {{name: v{at}, emptyDir: {{}}}}\n"));
                let mounts = many(size, &|at| format!("      - {{name: v{at}, mountPath: /m/{at}}}\n"));
                cluster(format!("  volumes:\n{volumes}{}", node(&format!("      volumeMounts:\n{mounts}"))))
            }),
        ),
        ("unknown fields", Box::new(move |size| cluster(node(&many(size, &|at| format!("      odd{at}: x\n")))))),
        (
            "documents",
            Box::new(move |size| {
                many(size, &|at| format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m{at}}}\n"))
            }),
        ),
        ("equal keys", Box::new(move |size| cluster(node(&many(size, &|_| "      odd: x\n".to_owned()))))),
        (
            "a line of JSON",
            Box::new(move |size| format!("{{\"a\": [{}]}}", many(size, &|at| format!("{{\"password\": \"{at}\"}},")))),
        ),
        ("objects back to back", Box::new(move |size| many(size, &|_| "{\"a\": 1}\n".to_owned()))),
    ];
    for (what, text) in texts {
        is_linear(what, |size| {
            let inputs = [Input { name: "a.yaml".into(), text: text(size) }];
            secret_ranges(&inputs[0]);
            expand(&inputs);
        });
    }
}

#[test]
fn texts_of_configuration_are_laid_over_each_other_in_linear_time() {
    let cluster = "apiVersion: intersystems.com/v1alpha1\nkind: IrisCluster\nmetadata: {name: c}\nspec:\n  configSource: {name: t}\n  topology:\n    data: {image: \"iris:2024.1\"}\n    webgateway: {image: \"gateway:2024.1\"}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: t}\ndata:\n  CSP-merge.ini: |\n    [SYSTEM]\n";
    let lines: [(&str, Line); 2] =
        [("keys", |at| format!("    k{at}=1\n")), ("sections", |at| format!("    [s{at}]\n    k=1\n"))];
    for (what, line) in lines {
        is_linear(what, |size| {
            let text: String = (0..size / 2).map(line).collect();
            expand(&[Input { name: "a.yaml".into(), text: format!("{cluster}{text}") }]);
        });
    }
}

/// Reads manifests, and makes their objects if they are right.
fn expand(inputs: &[Input]) {
    let reading = manifest::read(inputs, "shop");
    let _ = planner::restored("0123456789abcdef0123456789abcdef", &reading, None).unwrap();
}
