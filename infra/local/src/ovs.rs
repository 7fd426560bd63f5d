//! A real switch beside the local cloud: Open vSwitch, `ovsdb-server` and `ovs-vswitchd` as child
//! processes with a folder of their own. Its ports are of the program alone: no kernel module, no
//! interface of this machine, no root.

use std::{
    fs::File,
    io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use serde::Serialize;
use thiserror::Error;
use tokio::{
    net::TcpStream,
    process::Command,
    time::{sleep, timeout},
};

use crate::{
    external::{self, External, Folder},
    process::Processes,
};

/// The program that forwards frames.
pub const PROGRAM: &str = "ovs-vswitchd";
/// The line that installs it.
pub const INSTALL: &str = "apt-get install -y --no-install-recommends openvswitch-switch";
/// The bridge with all UNIs and ENNIs, as `shared/ovs` calls it.
pub const BRIDGE: &str = "access";

const SERVER: &str = "ovsdb-server";
/// What the server writes when it has chosen a port.
const LISTENING: &str = "listening on port ";
/// How long each program may take until it is ready.
const START_LIMIT: Duration = Duration::from_secs(10);

/// How often a killed one is started again when its port or database is not free at once.
const TRIES: u32 = 8;

/// Why there is no switch.
#[derive(Debug, Error)]
pub enum OvsError {
    /// The programs are not installed.
    #[error("Open vSwitch is not installed: {INSTALL}")]
    NotInstalled,
    /// One ended, or is not ready in time.
    #[error("{program} does not start: {why}")]
    Silent {
        /// Which.
        program: &'static str,
        /// What it said last.
        why: String,
    },
    /// A file or a process.
    #[error("{what}")]
    System {
        /// What was tried.
        what: String,
        /// What the system said.
        source: io::Error,
    },
}

/// Where a switch is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OvsAddress {
    /// OVSDB: what configures it.
    pub ovsdb: String,
    /// The socket of `ovs-appctl`.
    pub control: PathBuf,
    /// The bridge.
    pub bridge: &'static str,
}

/// A running switch. Dropping it kills the processes.
pub struct RunningOvs {
    port: u16,
    server: External,
    switch: External,
    folder: Arc<Folder>,
}

impl RunningOvs {
    /// Starts one with its files in `folder`, which is created, or in one that is removed with it. Its
    /// bridge is there when this returns.
    ///
    /// # Errors
    /// It is not installed, or does not start.
    pub async fn start(folder: Option<PathBuf>, processes: &Processes) -> Result<Self, OvsError> {
        if [PROGRAM, SERVER].into_iter().any(|program| external::find(program).is_none()) {
            return Err(OvsError::NotInstalled);
        }
        let folder = Folder::open(folder).map_err(system("the folder of Open vSwitch"))?;
        let folder = Arc::new(folder);
        let database = folder.path().join("conf.db");
        if !database.is_file() {
            run(folder.path(), "ovsdb-tool", &["create", &database.display().to_string()]).await?;
        }
        Self::start_at(0, folder, processes).await
    }

    /// Starts it again at its address, with its database, after [`Self::kill`].
    ///
    /// # Errors
    /// It does not start.
    pub async fn restart(&mut self, processes: &Processes) -> Result<(), OvsError> {
        // The lock of the database goes with the process, which may take a while to end.
        let gone = timeout(START_LIMIT, async {
            while is_listening(self.port).await {
                sleep(Duration::from_millis(10)).await;
            }
        });
        if gone.await.is_err() {
            return Err(silent(SERVER, "the one before does not end"));
        }
        let mut tried = 0;
        loop {
            match Self::start_at(self.port, Arc::clone(&self.folder), processes).await {
                Err(OvsError::Silent { program: SERVER, .. }) if tried < TRIES => tried += 1,
                started => {
                    *self = started?;
                    return Ok(());
                }
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn start_at(
        port: u16,
        folder: Arc<Folder>,
        processes: &Processes,
    ) -> Result<Self, OvsError> {
        let files = folder.path();
        let socket = files.join("db.sock");
        let mut server = program(SERVER, files)?;
        server
            .arg(files.join("conf.db"))
            .arg(format!("--remote=punix:{}", socket.display()))
            .arg(format!("--remote=ptcp:{port}:127.0.0.1"))
            .arg(format!("--unixctl={}", files.join("db.ctl").display()))
            .arg("-vconsole:info");
        let server = external::start(&mut server, processes).map_err(system(SERVER))?;
        let port = listening_port(port, files, &server).await?;
        let database = format!("unix:{}", socket.display());
        let mut switch = program(PROGRAM, files)?;
        switch
            .arg(&database)
            .args(["--enable-dummy=override", "--disable-system", "-vconsole:warn"])
            .arg(format!("--unixctl={}", files.join("switch.ctl").display()));
        let switch = external::start(&mut switch, processes).map_err(system(PROGRAM))?;
        // Waits until the switch forwards by it. Two tags: the customer's and the S-tag.
        let bridge = [
            &format!("--db={database}"),
            "--timeout=10",
            "--retry",
            "set",
            "Open_vSwitch",
            ".",
            "other_config:vlan-limit=2",
            "--",
            "--may-exist",
            "add-br",
            BRIDGE,
        ];
        run(files, "ovs-vsctl", &bridge).await?;
        Ok(Self { port, server, switch, folder })
    }

    /// Where it is.
    pub fn address(&self) -> OvsAddress {
        OvsAddress {
            ovsdb: SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)).to_string(),
            control: self.folder.path().join("switch.ctl"),
            bridge: BRIDGE,
        }
    }

    /// Kills both processes (SIGKILL). The database stays.
    pub fn kill(&self) {
        self.server.group.kill();
        self.switch.group.kill();
    }
}

/// A program with all its files in this folder.
fn program(name: &'static str, files: &Path) -> Result<Command, OvsError> {
    let log = log(files, name);
    let errors = File::create(&log).map_err(system(log.display()))?;
    let mut command = external::command(name);
    command.stdout(Stdio::null()).stderr(errors);
    in_folder(&mut command, files);
    Ok(command)
}

fn in_folder(command: &mut Command, files: &Path) {
    for variable in ["OVS_RUNDIR", "OVS_LOGDIR", "OVS_DBDIR", "OVS_SYSCONFDIR"] {
        command.env(variable, files);
    }
}

fn log(files: &Path, name: &str) -> PathBuf {
    files.join(format!("{name}.log"))
}

/// The port at which the server listens: this one, or for 0 the one that it has chosen.
async fn listening_port(asked: u16, files: &Path, server: &External) -> Result<u16, OvsError> {
    let log = log(files, SERVER);
    let said = || std::fs::read_to_string(&log).unwrap_or_default();
    let port = timeout(START_LIMIT, async {
        while !server.group.ended() {
            let port = if asked == 0 { port_of(&said()) } else { Some(asked) };
            if let Some(port) = port
                && is_listening(port).await
            {
                return Some(port);
            }
            sleep(Duration::from_millis(10)).await;
        }
        None
    });
    port.await.ok().flatten().ok_or_else(|| silent(SERVER, last_line(&said())))
}

async fn is_listening(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok()
}

/// The port in what the server has written, once the line is whole.
fn port_of(said: &str) -> Option<u16> {
    let (_, rest) = said.split_once(LISTENING)?;
    rest.split_once('\n')?.0.trim().parse().ok()
}

/// Runs a command to its end.
async fn run(files: &Path, name: &'static str, arguments: &[&str]) -> Result<(), OvsError> {
    let mut command = Command::new(name);
    in_folder(command.args(arguments).stdin(Stdio::null()).kill_on_drop(true), files);
    let output = command.output().await.map_err(system(name))?;
    if output.status.success() {
        return Ok(());
    }
    Err(silent(name, last_line(&String::from_utf8_lossy(&output.stderr))))
}

fn last_line(said: &str) -> &str {
    said.lines().last().unwrap_or("it says nothing")
}

fn silent(program: &'static str, why: &str) -> OvsError {
    OvsError::Silent { program, why: why.to_owned() }
}

fn system(what: impl ToString) -> impl FnOnce(io::Error) -> OvsError {
    move |source| OvsError::System { what: what.to_string(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_read_once_its_line_is_whole() {
        assert_eq!(port_of("x|INFO|0:127.0.0.1: listening on port 327"), None);
        assert_eq!(port_of("x|INFO|0:127.0.0.1: listening on port 32789\ny"), Some(32_789));
        assert_eq!(port_of(""), None);
    }
}
