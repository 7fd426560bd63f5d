//! Which program is a function.

use std::{
    ffi::OsString,
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

/// The argument before the name of a function that is in the program itself.
pub const FUNCTION: &str = "function";

/// Where the functions' programs are.
#[derive(Debug, Clone)]
pub struct Binaries {
    /// Each in a file that is named like its function; before those that this program has.
    folder: Option<PathBuf>,
    /// This program.
    program: PathBuf,
    /// The functions that it has.
    own: Vec<&'static str>,
}

/// The program of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binary {
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<OsString>,
}

/// One build of a program: another one is another file, or was written at another time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Build {
    inode: u64,
    written: (i64, i64),
}

impl Binaries {
    /// The binaries in `folder`, and the functions `own` of this program for those that have none.
    ///
    /// # Errors
    /// The path of this program is not known.
    pub fn new(folder: Option<PathBuf>, own: Vec<&'static str>) -> io::Result<Self> {
        Ok(Self { folder, program: std::env::current_exe()?, own })
    }

    /// Whether the folder has a binary of this function.
    pub fn in_folder(&self, function: &str) -> bool {
        self.folder.as_ref().is_some_and(|folder| folder.join(function).is_file())
    }

    /// Whether there is a program of this function.
    pub fn has(&self, function: &str) -> bool {
        self.of(function).is_some()
    }

    /// None when there is no program: this one must not be started for what it does not have. A
    /// test would start all tests again, and they themselves.
    pub(super) fn of(&self, function: &str) -> Option<Binary> {
        match &self.folder {
            Some(folder) if self.in_folder(function) => {
                Some(Binary { program: folder.join(function), arguments: Vec::new() })
            }
            _ => self.own.contains(&function).then(|| Binary {
                program: self.program.clone(),
                arguments: vec![FUNCTION.into(), function.into()],
            }),
        }
    }
}

impl Build {
    /// The build that is in the file now; none while it is being replaced.
    pub(super) fn of(program: &Path) -> Option<Self> {
        let metadata = fs::metadata(program).ok()?;
        let written = (metadata.mtime(), metadata.mtime_nsec());
        Some(Self { inode: metadata.ino(), written })
    }
}
