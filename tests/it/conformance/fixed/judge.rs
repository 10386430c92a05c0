//! Asks a server and the table of plans about each change, and compares.

use iriskit_core::{
    diff::{ANNOTATION, Applied},
    plan::{applyset, replacement},
};
use iriskit_kubernetes::schema::Kind;
use serde_json::{Value, json};

use super::{
    super::{ctx::Ctx, objects::with},
    case::{Case, Verdict},
};

/// What a server says when a field keeps its value, whichever of its validations says it.
const WORDS: [&str; 10] = [
    "are forbidden",
    "expected an IPv6 value as indicated by",
    "immutable",
    "may not be set to 'None' for",
    "may not change",
    "cannot change",
    "updates to statefulset spec",
    "pod updates may not",
    "may not be changed",
    "field can not be",
];

/// Judges each case on the server of `ctx`, as far as it serves the kind.
pub(super) fn all(ctx: &Ctx, cases: &[Case]) {
    let mut wrong = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        if ctx.get(&collection(ctx, case.kind)).code == 200 {
            wrong.extend(one(ctx, case, &format!("{}-{number}", ctx.namespace())));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// What is wrong with a case, if something is.
fn one(ctx: &Ctx, case: &Case, name: &str) -> Option<String> {
    let path = format!("{}/{name}", collection(ctx, case.kind));
    let body = |object: &Value| complete(case.kind, object, name);
    let start = body(&case.start);
    let made = ctx.apply(&path, &start);
    let tell = |what: &str, reply: &Value| Some(format!("{} {:?}: {what}: {reply}", case.kind.kind, case.verdict));
    if made.code != 201 {
        return tell("can't be made", &made.body);
    }
    // A claim of a class that exists gets a volume.
    let waits = case.start["spec"]["storageClassName"] == "expandable";
    let live = ctx.until_is(&path, |object| !waits || object["status"]["phase"] == "Bound");
    let wanted = body(&case.wanted);
    let ours = replacement(case.kind, &wanted, &live);
    // What a server accepts is not done: the object stays as it was made.
    let query = if matches!(case.verdict, Verdict::Free(_)) { "?dryRun=All" } else { "" };
    let reply = ctx.force(&format!("{path}{query}"), &wanted);
    let _ = ctx.delete(&path, &json!({"gracePeriodSeconds": 0}));
    let message = reply.body["message"].as_str().unwrap_or_default();
    match case.verdict {
        Verdict::Fixed(field) => {
            let names = |path: &String| path.starts_with(field);
            if !matches!(reply.code, 403 | 422) || !WORDS.iter().any(|word| message.contains(word)) {
                return tell("not refused as fixed", &json!({"code": reply.code, "message": message}));
            }
            match ours {
                Some(ours) if ours.paths.iter().any(names) => None,
                other => tell("the plan's table says", &json!(format!("{other:?}"))),
            }
        }
        Verdict::Free(_) if reply.code != 200 => tell("not accepted", &json!(message)),
        Verdict::Free(_) => ours.and_then(|ours| tell("the plan's table says", &json!(format!("{ours:?}")))),
    }
}

fn collection(ctx: &Ctx, kind: &Kind) -> String {
    let root = if kind.group.is_empty() { "api" } else { "apis" };
    let space = if kind.namespaced { format!("namespaces/{}/", ctx.namespace()) } else { String::new() };
    format!("/{root}/{}/{space}{}", kind.api_version, kind.plural)
}

/// The body that `iriskit` sends: with the record of what it says.
fn complete(kind: &Kind, object: &Value, name: &str) -> Value {
    let mut body =
        with(object.clone(), json!({"apiVersion": kind.api_version, "kind": kind.kind, "metadata": {"name": name}}));
    let applied = Applied::of(kind, &body).to_text();
    applyset::set_annotation(&mut body, ANNOTATION, &applied);
    body
}
