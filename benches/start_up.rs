//! How long `iriskit validate` takes as a whole process, beside `true` in the same run: what a user waits for before
//! anything is done. Nothing on that way may start threads or load what it does not need.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a benchmark is no product code")]

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// Runs of each side that count, in turns.
const ROUNDS: usize = 60;
/// Runs before them.
const WARM_UP: usize = 5;
/// The promise: the median of a release build.
const LIMIT: Duration = Duration::from_millis(20);

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut validate = Command::new(env!("CARGO_BIN_EXE_iriskit"));
    validate.args(["validate", "examples/simple.yaml"]).current_dir(root);
    let mut nothing = Command::new("true");
    for command in [&mut validate, &mut nothing] {
        command.env_clear().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    }
    let (mut ours, mut theirs) = (Side::default(), Side::default());
    for round in 0..WARM_UP + ROUNDS {
        let (us, them) = (run(&mut validate), run(&mut nothing));
        if round >= WARM_UP {
            ours.add(us);
            theirs.add(them);
        }
    }
    let (ours, theirs) = (ours.summary(), theirs.summary());
    println!("start-up, whole process, median (least) of {ROUNDS}:");
    println!("  iriskit validate examples/simple.yaml  {ours}");
    println!("  true                                   {theirs}");
    println!("  ratio {:.1}", ours.median.as_secs_f64() / theirs.median.as_secs_f64());
    if cfg!(debug_assertions) {
        println!("  a debug build: the limit of {LIMIT:?} is for release builds");
    } else {
        assert!(ours.median <= LIMIT, "start-up takes {:?}, more than {LIMIT:?}", ours.median);
    }
}

/// Time and page faults of one run.
fn run(command: &mut Command) -> (Duration, Option<u64>) {
    let before = faults_of_children();
    let start = Instant::now();
    let status = command.status().expect("the program starts");
    let time = start.elapsed();
    assert!(status.success(), "{command:?} ended with {status}");
    (time, faults_of_children().zip(before).map(|(after, before)| after - before))
}

/// Minor page faults of all children that ended, where the kernel tells: field 11 of `/proc/self/stat`, counted from
/// 1; the second, the name in brackets, may hold spaces.
fn faults_of_children() -> Option<u64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    stat.rsplit_once(") ")?.1.split(' ').nth(8)?.parse().ok()
}

#[derive(Default)]
struct Side {
    times: Vec<Duration>,
    faults: Vec<u64>,
}

struct Summary {
    median: Duration,
    least: Duration,
    faults: Option<u64>,
}

impl Side {
    fn add(&mut self, (time, faults): (Duration, Option<u64>)) {
        self.times.push(time);
        self.faults.extend(faults);
    }

    fn summary(mut self) -> Summary {
        self.times.sort();
        self.faults.sort_unstable();
        Summary {
            median: *self.times.get(self.times.len() / 2).unwrap(),
            least: *self.times.first().unwrap(),
            faults: self.faults.get(self.faults.len() / 2).copied(),
        }
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
        write!(out, "{:6.2} ms ({:.2})", milliseconds(self.median), milliseconds(self.least))?;
        match self.faults {
            Some(faults) => write!(out, ", {faults} page faults"),
            None => Ok(()),
        }
    }
}
