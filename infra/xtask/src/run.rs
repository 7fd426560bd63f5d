//! Running commands: shown or behind a spinner, and ended when we are.

use crate::{tools, workspace};
use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use rustix::process::{Pid, Signal, kill_process_group};
use std::{
    collections::VecDeque,
    ffi::OsStr,
    fmt,
    path::Path,
    process::{ExitCode, ExitStatus, Stdio},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::{Child, Command},
    signal::unix::{SignalKind, signal},
    sync::mpsc,
    time::timeout,
};

/// Lines of a hidden command's output that are shown when it fails.
const LINES_OF_FAILURE: usize = 20;
/// How long a command may take to end after it was told to.
const GRACE: Duration = Duration::from_secs(10);

tokio::task_local! {
    /// Set while another command has the terminal.
    static BESIDE: ();
}

/// Does `work` while another command has the terminal: its own commands show no spinner.
pub(crate) async fn beside<T>(work: impl Future<Output = T>) -> T {
    BESIDE.scope((), work).await
}

/// A signal ended the run; carries the exit code that says so (128 + signal).
#[derive(Debug)]
struct Interrupted(u8);

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

/// What the shell is told about `error`.
pub(crate) fn exit_code(error: &anyhow::Error) -> ExitCode {
    error
        .downcast_ref::<Interrupted>()
        .map_or(ExitCode::FAILURE, |Interrupted(code)| ExitCode::from(*code))
}

/// A command in the repository's root, with the pinned tools first on the PATH
/// and without what `cargo run` added to our own environment.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(workspace::root())
        .stdin(Stdio::null())
        .env("PATH", tools::search_path())
        .env_remove("RUST_RECURSION_COUNT");
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&*name);
        }
    }
    command
}

/// `cargo` with `args`.
pub(crate) fn cargo<'a>(args: impl IntoIterator<Item = &'a str>) -> Command {
    let mut cargo = command("cargo");
    cargo.args(args);
    cargo
}

/// Runs `command` with its output on ours, under a title, and says how long it took.
pub(crate) async fn shown(title: &str, mut command: Command) -> Result<()> {
    eprintln!("── {title}");
    let start = Instant::now();
    let mut child = spawn(&mut command)?;
    let status = ended(&mut child).await?;
    if !status.success() {
        bail!("{title}: {status}");
    }
    eprintln!("── {title}: {}", seconds(start));
    Ok(())
}

/// Runs `command` as [`shown`] does, and lets it ask: it has our terminal, and Ctrl-C is its own.
pub(crate) async fn asking(title: &str, mut command: Command) -> Result<()> {
    eprintln!("── {title}");
    let start = Instant::now();
    let status = command.stdin(Stdio::inherit()).status().await;
    let status = status.with_context(|| format!("cannot run {title}"))?;
    if !status.success() {
        bail!("{title}: {status}");
    }
    eprintln!("── {title}: {}", seconds(start));
    Ok(())
}

/// Runs `command` behind a spinner; its last lines are printed only when it fails.
pub(crate) async fn hidden(title: &str, mut command: Command) -> Result<()> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let start = Instant::now();
    let spinner = spinner(title);
    let mut child = spawn(&mut command)?;
    let (sender, mut lines) = mpsc::unbounded_channel();
    forward(child.stdout.take(), sender.clone());
    forward(child.stderr.take(), sender);

    let mut tail = VecDeque::new();
    let status = {
        let end = ended(&mut child);
        tokio::pin!(end);
        loop {
            tokio::select! {
                status = &mut end => break status?,
                Some(line) = lines.recv() => remember(&mut tail, &spinner, line),
            }
        }
    };
    // The end may be seen before the last words.
    while let Ok(Some(line)) = timeout(Duration::from_millis(200), lines.recv()).await {
        remember(&mut tail, &spinner, line);
    }
    spinner.finish_and_clear();
    if !status.success() {
        tail.iter().for_each(|line| eprintln!("{line}"));
        bail!("{title}: {status}");
    }
    eprintln!("── {title}: {}", seconds(start));
    Ok(())
}

/// Standard output of `command`, or nothing when it cannot be run or fails.
pub(crate) async fn answer(mut command: Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().await.ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Becomes `program`: signals, terminal and exit code are then its own.
pub(crate) fn become_program(program: &Path, mut command: Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    command.stdin(Stdio::inherit());
    let error = command.as_std_mut().exec();
    Err(error).with_context(|| format!("cannot run {}", program.display()))
}

fn spawn(command: &mut Command) -> Result<Child> {
    // A group of its own, so that a signal reaches the grandchildren too.
    command.process_group(0).kill_on_drop(true).spawn().with_context(|| {
        let program = command.as_std().get_program().to_string_lossy();
        format!("cannot run {program}")
    })
}

/// Waits for the end of `child`; on Ctrl-C, SIGTERM or SIGHUP ends its whole group first.
async fn ended(child: &mut Child) -> Result<ExitStatus> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let (signal, number) = tokio::select! {
        status = child.wait() => return Ok(status?),
        _ = interrupt.recv() => (Signal::INT, 2),
        _ = terminate.recv() => (Signal::TERM, 15),
        _ = hang_up.recv() => (Signal::HUP, 1),
    };
    let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
    if let Some(group) = group {
        // Gone already is as good as ended.
        let _ = kill_process_group(group, signal);
        if timeout(GRACE, child.wait()).await.is_err() {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
    Err(Interrupted(128 + number).into())
}

fn forward(
    from: Option<impl AsyncRead + Unpin + 'static + Send>,
    to: mpsc::UnboundedSender<String>,
) {
    let Some(from) = from else { return };
    tokio::spawn(async move {
        let mut lines = BufReader::new(from).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if to.send(line).is_err() {
                return;
            }
        }
    });
}

fn remember(tail: &mut VecDeque<String>, spinner: &ProgressBar, line: String) {
    spinner.set_message(line.trim().to_owned());
    if tail.len() == LINES_OF_FAILURE {
        tail.pop_front();
    }
    tail.push_back(line);
}

fn spinner(title: &str) -> ProgressBar {
    let spinner = match BESIDE.try_with(|()| ()) {
        Ok(()) => ProgressBar::hidden(),
        Err(_) => ProgressBar::new_spinner(),
    };
    let spinner = spinner.with_prefix(title.to_owned());
    let style = ProgressStyle::with_template("{spinner} {prefix} {elapsed} {wide_msg:.dim}")
        .expect("the template is a constant, exercised by a test");
    spinner.set_style(style);
    spinner.enable_steady_tick(Duration::from_millis(100));
    if spinner.is_hidden() {
        eprintln!("── {title} ..");
    }
    spinner
}

fn seconds(start: Instant) -> String {
    format!("{:.1} s", start.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_failing_command_is_an_error_that_names_its_step() {
        let error = hidden("installing", command("false")).await.unwrap_err();
        assert!(error.to_string().starts_with("installing: "));
    }

    #[tokio::test]
    async fn an_answer_is_standard_output_and_nothing_on_failure() {
        let mut echo = command("echo");
        echo.arg("1.2.3");
        assert_eq!(answer(echo).await.as_deref(), Some("1.2.3\n"));
        assert_eq!(answer(command("false")).await, None);
        assert_eq!(answer(command("no-such-program-here")).await, None);
    }

    #[tokio::test]
    async fn beside_another_command_no_spinner_is_drawn() {
        assert!(beside(async { spinner("installing").is_hidden() }).await);
        let error = beside(hidden("installing", command("false"))).await.unwrap_err();
        assert!(error.to_string().starts_with("installing: "));
    }

    #[test]
    fn an_interrupted_run_says_so_in_its_exit_code() {
        let code = exit_code(&Interrupted(143).into());
        assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::from(143)));
    }
}
