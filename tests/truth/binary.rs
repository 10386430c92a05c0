//! The real binary on the control plane: it saves plans and applies them, and says by its exit code how that ended.

use std::{collections::BTreeSet, pin::pin, process::Stdio, time::Duration};

use iriskit_state::plan::{Plan, Severity};

use crate::{
    outcome::{CHANGES, DONE, ERROR, Outcome},
    place::World,
    same_plan::expect_same,
    step::finding,
    support::env::{Env, Output},
};

/// The image of the mirror labeler.
pub(crate) const LABELER: &str = "example/iriskit:1";
const MANIFESTS: &str = "truth.yaml";
const PLAN: &str = "truth.plan";
const DESTROY: &str = "destroy.json";

/// The binary in a folder of its own, with flags for each plan.
pub(crate) struct Binary<'a> {
    world: &'a World,
    env: Env,
    flags: Vec<String>,
}

impl<'a> Binary<'a> {
    /// `None` where it can't reach the place.
    pub(crate) fn new(world: &'a World, flags: Vec<String>) -> Option<Self> {
        let kubeconfig = world.kubeconfig()?;
        let mut env = Env::new();
        env.set("KUBECONFIG", &kubeconfig.display().to_string());
        Some(Self { world, env, flags })
    }

    pub(crate) fn write(&self, manifests: &str) {
        self.env.write(MANIFESTS, manifests);
    }

    /// Saves the plan of the manifests, which is the same as this one.
    pub(crate) async fn save(&self, plan: &Plan) -> Result<(), Vec<String>> {
        // What is refused is not saved.
        _ = std::fs::remove_file(self.env.path().join(PLAN));
        let mut args = vec!["plan", MANIFESTS, "--json", "-o", PLAN, "--detailed-exitcode", "--labeler-image", LABELER];
        args.extend(self.flags.iter().map(String::as_str));
        let output = self.iriskit(&args).await;
        let has_errors = plan.notes.iter().any(|note| note.severity == Severity::Error);
        let code = if has_errors {
            ERROR
        } else if plan.summary.changes() {
            CHANGES
        } else {
            DONE
        };
        Outcome::of_binary(output.code, output.to_string()).expect(code, "iriskit plan")?;
        let saved: Plan =
            serde_json::from_str(&output.stdout).map_err(|error| finding(format!("{error}: {output}")))?;
        expect_same("the library's plan and the binary's", plan, &saved)
    }

    /// Applies the saved plan; of one that could not be saved the manifests.
    pub(crate) async fn apply(&self, allow: &BTreeSet<String>, timeout: Duration) -> Outcome {
        let args = self.apply_args(allow, timeout);
        let output = self.iriskit(&args.iter().map(String::as_str).collect::<Vec<_>>()).await;
        Outcome::of_binary(output.code, output.to_string())
    }

    /// The same, killed when `until` is over; `None` when it was.
    pub(crate) async fn apply_killed(
        &self,
        allow: &BTreeSet<String>,
        until: impl Future<Output = ()>,
    ) -> Option<Outcome> {
        let args = self.apply_args(allow, Duration::from_secs(60));
        let mut command = self.env.command(&args.iter().map(String::as_str).collect::<Vec<_>>());
        command.args(["--namespace", &self.world.namespace]);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut until = pin!(until);
        while child.try_wait().expect("a child").is_none() {
            tokio::select! {
                biased;
                () = &mut until => {
                    child.kill().expect("it is ours");
                    _ = child.wait();
                    return None;
                }
                () = tokio::time::sleep(Duration::from_millis(2)) => {}
            }
        }
        let output = Output::of(child.wait_with_output().expect("it ended"));
        Some(Outcome::of_binary(output.code, output.to_string()))
    }

    /// Lets go of the lock that a killed run left behind.
    pub(crate) async fn release(&self, name: &str) -> Outcome {
        let output = self.iriskit(&["lock", "release", name, "--auto-approve"]).await;
        Outcome::of_binary(output.code, output.to_string())
    }

    fn apply_args(&self, allow: &BTreeSet<String>, timeout: Duration) -> Vec<String> {
        let data_goes = allow.contains("delete-data");
        let allow = allow.iter().map(String::as_str).collect::<Vec<_>>().join(",");
        let timeout = format!("{}s", timeout.as_secs());
        let mut args = vec!["apply", "--timeout", &timeout];
        if self.env.path().join(PLAN).exists() {
            args.push(PLAN);
        } else {
            args.extend([MANIFESTS, "--auto-approve", "--labeler-image", LABELER]);
            args.extend(self.flags.iter().map(String::as_str));
        }
        if !allow.is_empty() {
            args.extend(["--allow", &allow]);
        }
        if data_goes {
            args.extend(["--confirm", "a,b"]);
        }
        args.into_iter().map(str::to_owned).collect()
    }

    /// Destroys clusters by name, with all volumes where data may go. Without approval nothing is done.
    pub(crate) async fn destroy(
        &self,
        names: &[String],
        data: bool,
        allow: &BTreeSet<String>,
        approved: bool,
    ) -> Outcome {
        // What is refused says no plan.
        _ = std::fs::remove_file(self.env.path().join(DESTROY));
        let allow_all = allow.iter().map(String::as_str).collect::<Vec<_>>().join(",");
        let confirmed = names.join(",");
        let mut args = vec!["destroy", "--json-into", DESTROY];
        args.extend(names.iter().map(String::as_str));
        if approved {
            args.push("--auto-approve");
        }
        if !allow.is_empty() {
            args.extend(["--allow", &allow_all]);
        }
        if allow.contains("delete-data") {
            args.extend(["--confirm", &confirmed]);
            args.extend((!data).then_some("--keep-volumes"));
        }
        let output = self.iriskit(&args).await;
        Outcome::of_binary(output.code, output.to_string())
    }

    /// Whether the plan of the last destroy says the same as this one.
    pub(crate) fn destroyed(&self, plan: &Plan) -> Result<(), Vec<String>> {
        says_the_same(plan, &self.env.read(DESTROY))
    }

    async fn iriskit(&self, args: &[&str]) -> Output {
        let mut command = self.env.command(args);
        command.args(["--namespace", &self.world.namespace]).stdin(Stdio::null());
        // Our own watches go on meanwhile.
        let done = tokio::task::spawn_blocking(move || command.output()).await;
        Output::of(done.expect("it does not panic").expect("the binary starts"))
    }
}

fn says_the_same(plan: &Plan, said: &str) -> Result<(), Vec<String>> {
    let said: Plan = serde_json::from_str(said).map_err(|error| finding(error.to_string()))?;
    expect_same("the library's destroy and the binary's", plan, &said)
}

#[test]
fn a_destroy_that_says_something_else_is_caught() {
    let (plan, _) = crate::stale_plans::destroyed();
    let told = |tamper: fn(&mut Plan)| {
        let mut other = plan.clone();
        other.id = "another".to_owned();
        tamper(&mut other);
        says_the_same(&plan, &serde_json::to_string(&other).expect("JSON"))
    };
    assert_eq!(told(|_| ()), Ok(()));
    for tamper in [
        |plan: &mut Plan| drop(plan.resource_changes.pop()),
        |plan: &mut Plan| plan.resource_changes.swap(0, 1),
        |plan: &mut Plan| plan.staying.clear(),
        |plan: &mut Plan| plan.references.clear(),
        |plan: &mut Plan| plan.summary.delete += 1,
    ] {
        assert!(told(tamper).is_err());
    }
}
