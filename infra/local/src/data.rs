//! The data folder: what a local cloud keeps from one run to the next.
//!
//! One process has the folder at a time. What is damaged is found before anything starts, and named
//! in one line.

mod databases;
mod keeper;
mod leases;
mod ports;

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::ErrorCode;
use rustix::fs::{FlockOperation, flock, statvfs};
use thiserror::Error;

pub use keeper::{Change, Keeper};
pub use leases::end_leases;
pub use ports::{PORTS, Ports};

/// Held by the process that has the folder; its content is that process's id.
const LOCK: &str = "lock";
/// The table.
const TABLES: &str = "tables.sqlite";
/// The messages of the queues.
const MESSAGES: &str = "fauxqs.db";
/// What the simulators know.
const SIMULATORS: &str = "simulators.sqlite";
/// Secrets of the demo clients.
const CLIENTS: &str = "clients.json";
/// The ports that were chosen.
const PORTS_FILE: &str = "ports.json";

/// With less room than this, SQLite cannot write a transaction.
const LEAST_ROOM_BYTES: u64 = 512 * 1024;
const LOOK_AT_ROOM_EVERY: Duration = Duration::from_secs(2);

/// Why a data folder cannot be used.
#[derive(Debug, Error)]
pub enum DataError {
    /// Another local cloud has it.
    #[error("the data folder {} is in use by process {pid}: end that one, or give --data another folder", .folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
        /// The process, as far as it is known.
        pid: String,
    },
    /// A file in it is not what it was.
    #[error("{} is damaged ({why}): move it away and start again; what it held is lost then", .file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The demo clients are in the table, and nobody knows their secrets.
    #[error("{} is missing, but the table has its clients: put it back, or move {} away and start again", .file.display(), .folder.display())]
    NoCredentials {
        /// The file.
        file: PathBuf,
        /// The folder it belongs to.
        folder: PathBuf,
    },
    /// The disk is full.
    #[error("there is no room left on the disk of {}: make some and start again", .0.display())]
    Full(PathBuf),
    /// The system does not let us.
    #[error("cannot use {}: {source}", .path.display())]
    Refused {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl DataError {
    /// The system refused something with a file or folder.
    pub fn refused(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull => Self::Full(path.to_owned()),
            _ => Self::Refused { path: path.to_owned(), source },
        }
    }

    /// A database in a file cannot be used.
    pub fn database(file: &Path, error: &rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full(file.to_owned()),
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
                Self::refused(file, io::Error::other(error.to_string()))
            }
            _ => Self::Damaged { file: file.to_owned(), why: error.to_string() },
        }
    }
}

/// A data folder that is ours until this is dropped.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    // The kernel lets go of the lock with the last handle, however the process ends.
    _lock: File,
}

impl DataFolder {
    /// Opens the folder, makes it when it is not there, and looks whether it is whole.
    ///
    /// # Errors
    /// Another process has it, or something in it is damaged.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        fs::create_dir_all(path).map_err(|error| DataError::refused(path, error))?;
        let lock = lock(path)?;
        let folder = Self { path: path.to_owned(), _lock: lock };
        if is_full(path) {
            return Err(DataError::Full(path.to_owned()));
        }
        for file in folder.missing() {
            eprintln!("{} is missing: what it held is lost, it begins empty", file.display());
        }
        for database in folder.databases() {
            databases::check(&database)?;
        }
        folder.check_positions()?;
        Ok(folder)
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The table's file.
    pub fn tables(&self) -> PathBuf {
        self.path.join(TABLES)
    }

    /// The file of the queues.
    pub fn messages(&self) -> PathBuf {
        self.path.join(MESSAGES)
    }

    /// The file of the simulators.
    pub fn simulators(&self) -> PathBuf {
        self.path.join(SIMULATORS)
    }

    /// The folder of the home location register.
    pub fn osmo_hlr(&self) -> PathBuf {
        self.path.join("osmo-hlr")
    }

    /// The folder of the Sellers' switch.
    pub fn ovs(&self) -> PathBuf {
        self.path.join("ovs")
    }

    /// The file of the demo clients' secrets.
    pub fn clients(&self) -> PathBuf {
        self.path.join(CLIENTS)
    }

    /// The file of the ports.
    pub fn ports(&self) -> PathBuf {
        self.path.join(PORTS_FILE)
    }

    /// What the file names of stream positions of `function` begin with.
    pub fn positions(&self, function: &str) -> PathBuf {
        self.path.join(format!("{POSITION}{function}"))
    }

    /// Leaves every database whole in its one file: what is not in it yet is in a log beside it,
    /// and a lost or damaged log is not noticed.
    pub fn settle(&self) {
        for database in self.databases() {
            databases::settle(&database);
        }
    }

    fn databases(&self) -> [PathBuf; 3] {
        [self.tables(), self.messages(), self.simulators()]
    }

    /// What a folder that was used before should have: the secrets are written after these. The
    /// messages are not among them: they are kept by a new Node only, and the sweeper sends again
    /// what is lost.
    fn missing(&self) -> Vec<PathBuf> {
        let needed = [self.tables(), self.simulators()].into_iter();
        let missing = needed.filter(|file| self.clients().exists() && !file.exists());
        missing.collect()
    }

    /// Says for ever when the disk gets full, and when it has room again: the functions only see
    /// that a service fails.
    pub async fn watch_room(path: PathBuf) {
        let mut full = false;
        loop {
            tokio::time::sleep(LOOK_AT_ROOM_EVERY).await;
            let (now, folder) = (is_full(&path), path.display());
            match (full, now) {
                (false, true) => eprintln!(
                    "there is no room left on the disk of {folder}: nothing can be stored there"
                ),
                (true, false) => eprintln!("there is room again on the disk of {folder}"),
                _ => {}
            }
            full = now;
        }
    }

    fn check_positions(&self) -> Result<(), DataError> {
        let refused = |error| DataError::refused(&self.path, error);
        for entry in fs::read_dir(&self.path).map_err(refused)? {
            let file = entry.map_err(refused)?.path();
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            // With a dot, it was not finished.
            if !name.starts_with(POSITION) || name.contains('.') {
                continue;
            }
            let text = fs::read(&file).map_err(|error| DataError::refused(&file, error))?;
            let right = text.len() >= SHORTEST_POSITION && text.iter().all(u8::is_ascii_digit);
            if !right {
                let text = String::from_utf8_lossy(&text[..text.len().min(40)]).into_owned();
                let why = format!("{text:?} is no position in the table's stream");
                return Err(DataError::Damaged { file, why });
            }
        }
        Ok(())
    }
}

/// What the names of the files with stream positions begin with.
const POSITION: &str = "position-";
/// Digits of a sequence number.
const SHORTEST_POSITION: usize = 21;

/// Whether the disk of a folder has no room for a transaction.
pub fn is_full(folder: &Path) -> bool {
    // A disk whose room cannot be known is not called full.
    let room = statvfs(folder).map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize));
    room.is_ok_and(|room| room < LEAST_ROOM_BYTES)
}

fn lock(folder: &Path) -> Result<File, DataError> {
    let path = folder.join(LOCK);
    let refused = |error| DataError::refused(&path, error);
    let mut options = OpenOptions::new();
    // Not emptied before the lock is ours: the other's process id is in it.
    let opened = options.read(true).write(true).create(true).truncate(false).open(&path);
    let mut file = opened.map_err(refused)?;
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        let mut pid = String::new();
        // The lock is taken before the id is written: it may not be there yet.
        let _ = file.read_to_string(&mut pid);
        let pid = match pid.trim() {
            "" => "(unknown)".to_owned(),
            pid => pid.to_owned(),
        };
        return Err(DataError::InUse { folder: folder.to_owned(), pid });
    }
    file.set_len(0).map_err(refused)?;
    file.rewind().map_err(refused)?;
    file.write_all(std::process::id().to_string().as_bytes()).map_err(refused)?;
    Ok(file)
}

/// Writes a file that only its owner may read, whole or not at all.
///
/// # Errors
/// The system does not let us.
pub fn write_private(file: &Path, content: &[u8]) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut unfinished = file.as_os_str().to_owned();
    unfinished.push(format!(".{}", std::process::id()));
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let written = options
        .open(&unfinished)
        .and_then(|mut opened| opened.write_all(content))
        .and_then(|()| fs::rename(&unfinished, file));
    if written.is_err() {
        // Half a file is of no use to anybody.
        let _ = fs::remove_file(&unfinished);
    }
    written
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use rusqlite::Connection;

    use super::*;

    fn refusal(folder: &Path) -> String {
        let text = DataFolder::open(folder).unwrap_err().to_string();
        assert!(!text.contains('\n'), "{text}");
        text
    }

    #[test]
    fn a_folder_has_one_process_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = DataFolder::open(folder.path()).unwrap();
        let said = refusal(folder.path());
        let pid = std::process::id();
        assert!(said.contains(&format!("in use by process {pid}")), "{said}");
        drop(first);
        assert!(DataFolder::open(folder.path()).is_ok());
    }

    #[test]
    fn what_is_damaged_is_named_with_what_to_do() {
        for name in [TABLES, MESSAGES, SIMULATORS, "position-outbox-relay-shard-1"] {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join(name);
            fs::write(&file, "garbage ".repeat(1_000)).unwrap();
            let said = refusal(folder.path());
            assert!(said.starts_with(&format!("{} is damaged", file.display())), "{said}");
            assert!(said.contains("move it away and start again"), "{said}");
        }
    }

    #[test]
    fn half_a_database_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(TABLES);
        let database = Connection::open(&file).unwrap();
        database.execute_batch("CREATE TABLE t (a TEXT)").unwrap();
        for _ in 0..200 {
            database.execute("INSERT INTO t VALUES (?1)", ["a".repeat(1_000)]).unwrap();
        }
        drop(database);
        assert!(DataFolder::open(folder.path()).is_ok());
        let length = fs::metadata(&file).unwrap().len();
        File::options().write(true).open(&file).unwrap().set_len(length / 2).unwrap();
        let said = refusal(folder.path());
        assert!(said.starts_with(&format!("{} is damaged", file.display())), "{said}");
    }

    #[test]
    fn what_is_missing_of_a_used_folder_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::open(folder.path()).unwrap();
        assert!(data.missing().is_empty(), "it was not used before");
        fs::write(data.clients(), "[]").unwrap();
        assert_eq!(data.missing(), [data.tables(), data.simulators()]);
        fs::write(data.tables(), "").unwrap();
        assert_eq!(data.missing(), [data.simulators()]);
    }

    #[test]
    fn a_full_disk_is_called_full() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let said = DataError::refused(Path::new("/data/lock"), full).to_string();
        assert_eq!(
            said,
            "there is no room left on the disk of /data/lock: make some and start again"
        );
    }

    #[test]
    fn a_private_file_is_its_owners_alone_even_where_it_was_everybodys() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/secret");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, "old").unwrap();
        write_private(&file, b"new").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
