//! The real binary in a folder of its own, with an environment that has nothing of ours.

use std::{
    fmt::{self, Display},
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use insta::internals::SettingsBindDropGuard;
use tempfile::TempDir;

/// A folder, a clean environment, and the redactions of snapshots while it lives.
pub(crate) struct Env {
    dir: TempDir,
    variables: Vec<(String, String)>,
    _redactions: SettingsBindDropGuard,
}

impl Env {
    pub(crate) fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let mut settings = insta::Settings::clone_current();
        settings.add_filter(&regex_of(dir.path()), "$$DIR");
        settings.add_filter(r"\bsha256:[0-9a-f]{64}\b", "sha256:<digest>");
        settings.add_filter(r"\bplan  ( *)[0-9a-f]{12}\b", "plan  $1<id of plan>");
        settings.add_filter(r"\b\d{4}-\d\d-\d\d \d\d:\d\d UTC", "YYYY-MM-DD hh:mm UTC");
        settings.add_filter(r"\b(made|at) \d{4}-\d\d-\d\d\b", "$1 YYYY-MM-DD");
        settings.add_filter(r"\b\d\d:\d\d:\d\d ", "hh:mm:ss ");
        settings.add_filter(r"\b\d+(\.\d)? (s|ms|min)\b", "N s");
        Self { dir, variables: Vec::new(), _redactions: settings.bind_to_scope() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Sets a variable for the runs that follow.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// Writes a file of the folder.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Reads a file of the folder.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Runs the binary with `input` on standard input.
    pub(crate) fn iriskit_reading(&self, args: &[&str], input: &str) -> Output {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let fed = std::thread::scope(|scope| {
            scope.spawn(move || stdin.write_all(input.as_bytes()));
            child.wait_with_output()
        });
        Output::of(fed.unwrap())
    }

    /// The binary, not started.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_iriskit"));
        command.args(args).current_dir(self.path()).env_clear();
        command.env("HOME", self.path()).env("COLUMNS", "100").env("TZ", "UTC");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs the binary with nothing on standard input.
    pub(crate) fn iriskit(&self, args: &[&str]) -> Output {
        let output = self.command(args).stdin(Stdio::null()).output().unwrap();
        Output::of(output)
    }
}

fn regex_of(path: &Path) -> String {
    path.display().to_string().replace('.', r"\.")
}

/// What a run printed and how it ended.
#[must_use = "snapshot the output, or assert how it ended"]
pub(crate) struct Output {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
}

impl Output {
    pub(crate) fn of(output: std::process::Output) -> Self {
        Self {
            stdout: String::from_utf8(output.stdout).expect("standard output is text"),
            stderr: String::from_utf8(output.stderr).expect("standard error is text"),
            code: output.status.code(),
        }
    }

    /// Standard output of a run that ended with 0.
    #[track_caller]
    pub(crate) fn success(self) -> String {
        assert_eq!(self.code, Some(0), "{self}");
        self.stdout
    }
}

impl Display for Output {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.stdout)?;
        if !self.stderr.is_empty() {
            write!(out, "------- stderr -------\n{}", self.stderr)?;
        }
        match self.code {
            Some(0) => Ok(()),
            Some(code) => writeln!(out, "[exit status: {code}]"),
            None => writeln!(out, "[ended by a signal]"),
        }
    }
}
