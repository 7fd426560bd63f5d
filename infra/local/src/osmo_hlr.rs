//! A real home location register beside the local cloud: Debian's `osmo-hlr`, as a child process with
//! its own configuration and database.
//!
//! Its ports cannot be chosen (4222 GSUP, 4258 VTY, 4259 control): each has a loopback address of its
//! own, 127.64.0.0/10, by the id of the process that starts it.

use std::{
    fs::File,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use serde::Serialize;
use thiserror::Error;
use tokio::{
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::{
    external::{self, External, Folder},
    process::Processes,
};

/// The program.
pub const PROGRAM: &str = "osmo-hlr";
/// The line that installs it.
pub const INSTALL: &str = "apt-get install -y --no-install-recommends osmo-hlr";

const GSUP: u16 = 4222;
const VTY: u16 = 4258;
const CONTROL: u16 = 4259;
/// How long it may take until it listens.
const START_LIMIT: Duration = Duration::from_secs(10);
/// Addresses tried when one is in use.
const TRIES: u32 = 8;

/// Why there is no register.
#[derive(Debug, Error)]
pub enum OsmoHlrError {
    /// The program is not installed.
    #[error("osmo-hlr is not installed: {INSTALL}")]
    NotInstalled,
    /// It ended, or does not listen in time.
    #[error("osmo-hlr does not start: {0}")]
    Silent(String),
    /// A file or the process.
    #[error("{what}")]
    System {
        /// What was tried.
        what: String,
        /// What the system said.
        source: io::Error,
    },
}

/// Where a register is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OsmoHlrAddress {
    /// The control interface: what provisions it.
    pub control: String,
    /// GSUP: what exchanges ask.
    pub gsup: String,
    /// A person's terminal.
    pub vty: String,
}

/// A running register. Dropping it kills the process.
pub struct RunningOsmoHlr {
    host: Ipv4Addr,
    program: External,
    folder: Arc<Folder>,
}

impl RunningOsmoHlr {
    /// Starts one with its files in `folder`, which is created, or in one that is removed with it. It
    /// listens when this returns.
    ///
    /// # Errors
    /// It is not installed, or does not start.
    pub async fn start(
        folder: Option<PathBuf>,
        processes: &Processes,
    ) -> Result<Self, OsmoHlrError> {
        if external::find(PROGRAM).is_none() {
            return Err(OsmoHlrError::NotInstalled);
        }
        let folder = Folder::open(folder).map_err(system("the folder of osmo-hlr"))?;
        let folder = Arc::new(folder);
        let mut tried = 0;
        loop {
            let host = address(tried);
            tried += 1;
            // A connection means that somebody else is there: it would be taken for ours.
            let is_taken = TcpStream::connect((host, CONTROL)).await.is_ok();
            if is_taken && tried < TRIES {
                continue;
            }
            match Self::start_at(host, &folder, processes).await {
                Err(OsmoHlrError::Silent(_)) if tried < TRIES => {}
                started => return started,
            }
        }
    }

    /// Starts it again at its address, with its database, after [`Self::kill`].
    ///
    /// # Errors
    /// It does not start.
    pub async fn restart(&mut self, processes: &Processes) -> Result<(), OsmoHlrError> {
        let folder = Arc::clone(&self.folder);
        // The killed one may take connections for a while yet.
        let gone = timeout(START_LIMIT, async {
            while TcpStream::connect((self.host, CONTROL)).await.is_ok() {
                sleep(Duration::from_millis(10)).await;
            }
        });
        if gone.await.is_err() {
            return Err(OsmoHlrError::Silent("the one before does not end".to_owned()));
        }
        let mut tried = 0;
        loop {
            match Self::start_at(self.host, &folder, processes).await {
                // Nor are all of its ports free at once.
                Err(OsmoHlrError::Silent(_)) if tried < TRIES => tried += 1,
                started => {
                    *self = started?;
                    return Ok(());
                }
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn start_at(
        host: Ipv4Addr,
        folder: &Arc<Folder>,
        processes: &Processes,
    ) -> Result<Self, OsmoHlrError> {
        let files = folder.path();
        let (configuration, database) = (files.join("osmo-hlr.cfg"), files.join("hlr.db"));
        std::fs::write(&configuration, written(host)).map_err(system(configuration.display()))?;
        let log = files.join("osmo-hlr.log");
        let errors = File::create(&log).map_err(system(log.display()))?;
        let mut command = external::command(PROGRAM);
        command
            .arg("--config-file")
            .arg(&configuration)
            .arg("--database")
            .arg(&database)
            .stdout(Stdio::null())
            .stderr(errors);
        let program = external::start(&mut command, processes).map_err(system("sh"))?;
        let running = Self { host, program, folder: Arc::clone(folder) };
        let listens = timeout(START_LIMIT, async {
            while TcpStream::connect((host, CONTROL)).await.is_err()
                && !running.program.group.ended()
            {
                sleep(Duration::from_millis(20)).await;
            }
        });
        if listens.await.is_ok() && !running.program.group.ended() {
            return Ok(running);
        }
        let said = std::fs::read_to_string(&log).unwrap_or_default();
        Err(OsmoHlrError::Silent(said.lines().last().unwrap_or("it says nothing").to_owned()))
    }

    /// Where it is.
    pub fn address(&self) -> OsmoHlrAddress {
        let at = |port| SocketAddr::new(IpAddr::V4(self.host), port).to_string();
        OsmoHlrAddress { control: at(CONTROL), gsup: at(GSUP), vty: at(VTY) }
    }

    /// Kills it (SIGKILL). Its database stays.
    pub fn kill(&self) {
        self.program.group.kill();
    }
}

fn system(what: impl ToString) -> impl FnOnce(io::Error) -> OsmoHlrError {
    move |source| OsmoHlrError::System { what: what.to_string(), source }
}

/// The address of the `tried`th register of this process.
fn address(tried: u32) -> Ipv4Addr {
    let number = std::process::id().wrapping_add(tried.wrapping_mul(7_919)) & 0x003f_ffff;
    Ipv4Addr::from_bits(0x7f40_0000 | number)
}

fn written(host: Ipv4Addr) -> String {
    format!(
        "log stderr\n logging filter all 1\n logging color 0\n logging level main notice\n\
         line vty\n bind {host}\n\
         ctrl\n bind {host}\n\
         hlr\n gsup\n  bind ip {host}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_try_has_a_loopback_address_of_its_own() {
        let addresses: std::collections::BTreeSet<_> = (0..TRIES).map(address).collect();
        assert_eq!(addresses.len(), TRIES as usize);
        assert!(addresses.iter().all(Ipv4Addr::is_loopback));
    }
}
