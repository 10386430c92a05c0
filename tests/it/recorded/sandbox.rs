//! The recorded writes, made in a sandbox whose controllers stand still.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt as _;
use iriskit_sandbox::{Sandbox, Timing};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{answer, cases, collection, comparable, difference, flag, request, steps, text};

/// A sandbox with the namespace of the cases.
struct Played {
    sandbox: Sandbox,
    runtime: Runtime,
}

impl Played {
    fn start() -> Self {
        let timing = Timing { react: Duration::from_secs(24 * 3600), ..Timing::default() };
        let sandbox = Sandbox::open_with(None, timing).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let played = Self { sandbox, runtime };
        for (path, name) in [("/api/v1/namespaces", "n"), ("/api/v1/namespaces/n/serviceaccounts", "default")] {
            let (code, _) = played.send("POST", path, "application/json", &json!({"metadata": {"name": name}}));
            assert_eq!(code, 201, "{path}");
        }
        played
    }

    fn send(&self, method: &str, path: &str, media_type: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let request =
            Request::builder().method(method).uri(path).header("content-type", media_type).body(body).unwrap();
        self.runtime.block_on(async {
            let (head, body) = self.sandbox.call(request).await.into_parts();
            let bytes = body.collect().await.unwrap().to_bytes();
            (head.status.as_u16(), serde_json::from_slice(&bytes).unwrap())
        })
    }

    /// Makes the write of a step and gives the answer.
    fn write(&self, collection: &str, name: &str, step: &Value) -> (u16, Value) {
        let (method, path, media_type) = request(collection, name, step);
        let (code, answer) = self.send(method, &path, media_type, &step["body"]);
        match text(step, "do") {
            "scale" if code < 400 => self.send("GET", &format!("{collection}/{name}"), media_type, &Value::Null),
            _ => (code, answer),
        }
    }
}

#[test]
fn the_sandbox_answers_as_the_recorded_server_did() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in &cases() {
        let played = Played::start();
        let (_, collection) = collection(case, "n");
        let (steps, bodies) = steps(case);
        let mut name = String::new();
        for (at, step) in steps.iter().enumerate() {
            if let Some(own) = step["body"].pointer("/metadata/name").and_then(Value::as_str) {
                own.clone_into(&mut name);
            }
            let (code, body) = played.write(&collection, &name, step);
            if flag(step, "given") {
                continue;
            }
            count += 1;
            let (found, expected) = (comparable(answer(code, body, &bodies)), comparable(step["answer"].clone()));
            if found != expected {
                wrong.push(format!("{} / step {at}\n{}", text(case, "name"), difference(&expected, &found)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} answers differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 800, "{count}");
}
