//! Whether a process that held a lock still runs. Known only where process numbers can be looked up and mean the same.

use std::{fs, path::Path};

use iriskit_state::lock::LockProcess;

/// This process; `None` where it could not be recognised again.
pub(crate) fn this_process() -> Option<LockProcess> {
    let pid = std::process::id();
    Some(LockProcess { pid, space: space()?, started: started(pid)? })
}

/// Whether a process is certainly over: it ran where this one runs, and is not there any more.
pub(super) fn is_dead(process: &LockProcess) -> bool {
    space().is_some_and(|space| space == process.space)
        && started(process.pid).is_none_or(|started| started != process.started)
}

/// Where process numbers count: this start of the machine, this space of numbers.
fn space() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let namespace = fs::read_link("/proc/self/ns/pid").ok()?;
    // Without itself in it the folder is not that of this space.
    started(std::process::id())?;
    // Who may not see the first process may not see others either.
    started(1)?;
    Some(format!("{} {}", boot.trim(), namespace.display()))
}

/// When a process was started, in ticks; `None` when there is none, or it has ended and nobody asked how.
fn started(pid: u32) -> Option<String> {
    let text = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).ok()?;
    // The name before may have spaces and parentheses.
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?;
    let started = fields.nth(18)?;
    (!matches!(state, "Z" | "X")).then(|| started.to_owned())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_dead_only_when_it_ran_here_and_is_gone() {
        let this = this_process().unwrap();
        assert!(!is_dead(&this));
        assert!(is_dead(&LockProcess { started: "1".into(), ..this.clone() }), "the number was given again");
        assert!(!is_dead(&LockProcess { space: "elsewhere".into(), started: "1".into(), ..this }));
    }
}
