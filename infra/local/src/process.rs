//! Child processes in groups of their own, none of which outlives this process.
//!
//! An ordered end (a signal, an error) kills every group. When this process is
//! killed itself, functions end because their runtime API is gone, and every
//! other child is under a [`supervise`]r that sees its standard input close.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    io::{self, Read as _},
    process::ExitCode,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, kill_process_group, test_kill_process_group, waitid,
};
use tokio::process::{Child, Command};

/// First argument that turns the binary into a supervisor.
pub const SUPERVISE: &str = "supervise";

/// All living process groups.
#[derive(Debug, Clone, Default)]
pub struct Processes {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    groups: BTreeSet<i32>,
    closed: bool,
}

impl Processes {
    /// Starts `command` in a group of its own.
    ///
    /// Fails when the program cannot be started, or after [`Self::end_all`].
    pub fn spawn(&self, command: &mut Command) -> io::Result<(Child, GroupGuard)> {
        // Under the lock, so that `end_all` cannot miss a child being born.
        let mut state = self.lock();
        if state.closed {
            return Err(io::Error::new(io::ErrorKind::Interrupted, "shutting down"));
        }
        let child = command.process_group(0).kill_on_drop(true).spawn()?;
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).unwrap_or(0);
        state.groups.insert(pid);
        Ok((child, GroupGuard { pid, processes: self.clone() }))
    }

    /// Ends every group: asks (SIGTERM), and after `patience` kills (SIGKILL)
    /// what is left of it. No child starts after this.
    pub async fn end_all(&self, patience: Duration) {
        let groups = {
            let mut state = self.lock();
            state.closed = true;
            state.groups.clone()
        };
        for pid in &groups {
            signal_group(*pid, Signal::TERM);
        }
        let until = Instant::now() + patience;
        while Instant::now() < until && groups.iter().any(|pid| group_lives(*pid)) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        for pid in groups {
            signal_group(pid, Signal::KILL);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps a process group alive; dropping it kills the group.
#[derive(Debug)]
pub struct GroupGuard {
    pid: i32,
    processes: Processes,
}

impl GroupGuard {
    /// Process id of the group's leader.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Whether the leader has ended, whether it was waited for or not.
    pub fn ended(&self) -> bool {
        let Some(pid) = Pid::from_raw(self.pid) else { return true };
        // Only a look: whoever waits for the child still gets its status.
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        !matches!(waitid(WaitId::Pid(pid), look), Ok(None))
    }

    /// Kills the group (SIGKILL).
    pub fn kill(&self) {
        if self.processes.lock().groups.remove(&self.pid) {
            signal_group(self.pid, Signal::KILL);
        }
    }

    /// Forgets the group: its leader has ended and been waited for, so the
    /// number may soon belong to somebody else.
    pub fn forget(&self) {
        self.processes.lock().groups.remove(&self.pid);
    }
}

impl Drop for GroupGuard {
    fn drop(&mut self) {
        self.kill();
    }
}

fn signal_group(pid: i32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(pid) {
        // Gone already is as good as ended.
        let _ = kill_process_group(pid, signal);
    }
}

fn group_lives(pid: i32) -> bool {
    Pid::from_raw(pid).is_some_and(|pid| test_kill_process_group(pid).is_ok())
}

/// Runs `program` and ends the whole process group when standard input closes,
/// which happens when the parent dies, however it dies.
pub fn supervise(program: &OsStr, arguments: &[std::ffi::OsString]) -> ExitCode {
    let started = std::process::Command::new(program)
        .args(arguments)
        .stdin(std::process::Stdio::null())
        .spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) => {
            eprintln!("cannot start {}: {error}", program.to_string_lossy());
            return ExitCode::FAILURE;
        }
    };
    std::thread::spawn(|| {
        let mut parent = io::stdin();
        let mut nothing = [0_u8; 64];
        while parent.read(&mut nothing).is_ok_and(|read| read > 0) {}
        signal_group(rustix::process::getpgrp().as_raw_nonzero().get(), Signal::KILL);
    });
    match child.wait() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
