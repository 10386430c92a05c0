//! Builds the Go module `tests/controlplane` once for all test runs.

use std::{
    fmt::Write as _,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use ring::digest;

use super::say;

const MODULE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/controlplane");

/// `target/controlplane`: one folder a build, named by its key, and `run` with a folder for each control plane at work.
pub(super) fn home() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target folder");
    target.join("controlplane")
}

/// The binary, built if its sources changed. An error is one line for people.
pub(super) fn binary() -> Result<PathBuf, String> {
    let text = |error: std::io::Error| format!("{}: {error}", home().display());
    let built = home().join(key()).join("controlplane");
    fs::create_dir_all(home()).map_err(text)?;
    let lock = File::create(home().join("lock")).map_err(text)?;
    lock.lock().map_err(text)?; // another test process may be building the same
    if !built.exists() {
        remove_old_builds().map_err(text)?;
        go_build(&built)?;
    }
    Ok(built)
}

fn remove_old_builds() -> std::io::Result<()> {
    for entry in fs::read_dir(home())? {
        let entry = entry?;
        if entry.file_type()?.is_dir() && entry.file_name() != "run" {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

fn go_build(built: &Path) -> Result<(), String> {
    let version = version();
    let mut parts = version.trim_start_matches('v').split('.');
    let (major, minor) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let package = "k8s.io/component-base/version";
    let flags =
        format!("-s -w -X {package}.gitVersion={version} -X {package}.gitMajor={major} -X {package}.gitMinor={minor}");
    say(&format!("building Kubernetes {version} and etcd with Go (4 to 6 minutes the first time, seconds later)"));
    let begin = Instant::now();
    let partial = built.with_extension("partial");
    let out = Command::new("go")
        .current_dir(MODULE)
        .args(["build", "-trimpath", "-buildvcs=false", "-ldflags", &flags, "-o"])
        .arg(&partial)
        .arg(".")
        .output()
        .map_err(|error| {
            format!(
                "can't run go ({error}): install Go 1.26 or newer, or skip these tests with IRISKIT_CONTROLPLANE=off"
            )
        })?;
    if !out.status.success() {
        return Err(format!("go build failed:\n{}", String::from_utf8_lossy(&out.stderr)));
    }
    fs::rename(&partial, built).map_err(|error| error.to_string())?;
    say(&format!("built in {:.0} s", begin.elapsed().as_secs_f64()));
    Ok(())
}

/// The release of Kubernetes that go.mod pins, e.g. `v1.36.3`.
pub(super) fn version() -> String {
    let text = fs::read_to_string(Path::new(MODULE).join("go.mod")).expect("tests/controlplane/go.mod");
    let pin = text.lines().find_map(|line| line.trim().strip_prefix("k8s.io/kubernetes "));
    pin.expect("go.mod pins k8s.io/kubernetes").to_owned()
}

/// Names a build by everything that goes into it.
fn key() -> String {
    let mut files: Vec<PathBuf> =
        fs::read_dir(MODULE).expect("tests/controlplane").map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| {
        file.extension().is_some_and(|kind| ["go", "mod", "sum", "yaml"].iter().any(|known| kind == *known))
    });
    files.sort();
    let mut hash = digest::Context::new(&digest::SHA256);
    for file in files {
        hash.update(file.file_name().unwrap_or_default().as_encoded_bytes());
        hash.update(&fs::read(&file).unwrap());
    }
    hash.finish().as_ref().iter().take(8).fold(String::new(), |mut name, byte| {
        _ = write!(name, "{byte:02x}");
        name
    })
}
