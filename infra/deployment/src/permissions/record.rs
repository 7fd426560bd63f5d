//! What was judged, kept in files: one line for each kind of call of a process.
//!
//! With the variable [`FOLDER`] each process that judges writes a file of its own there. Calls that
//! the same values of a role allow are one kind, so the files stay small.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use serde_json::{Value, json};

use super::{Denied, Permissions, Request, role::like};

/// The folder of the files; without it, nothing is kept.
pub const FOLDER: &str = "PERMISSION_CALLS_DIR";

/// A judged request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The function, or the role itself.
    pub caller: String,
    /// What it asked for.
    pub request: Request,
}

/// Judges, and keeps what was judged.
#[derive(Debug)]
pub struct Judge {
    permissions: Permissions,
    kept: Option<Kept>,
}

#[derive(Debug)]
struct Kept {
    file: PathBuf,
    state: Mutex<(BTreeSet<String>, Option<File>)>,
}

impl Judge {
    /// Keeps what is judged in the folder of the environment, if there is one.
    pub fn new(permissions: Permissions) -> Self {
        let folder = std::env::var_os(FOLDER).map(PathBuf::from);
        Self::keeping(permissions, folder.as_deref())
    }

    /// Keeps what is judged in this folder.
    pub fn keeping(permissions: Permissions, folder: Option<&Path>) -> Self {
        let file = folder.map(|folder| folder.join(format!("{}.jsonl", std::process::id())));
        let kept = file.map(|file| Kept { file, state: Mutex::default() });
        Self { permissions, kept }
    }

    /// As [`Permissions::identify`].
    ///
    /// # Errors
    /// There is no such caller.
    pub fn identify(&self, caller: &str, action: &str) -> Result<(), Denied> {
        self.permissions.identify(caller, action)
    }

    /// As [`Permissions::judge`].
    ///
    /// # Errors
    /// The caller's role does not allow it.
    pub fn judge(&self, caller: &str, request: &Request) -> Result<(), Denied> {
        let judgement = self.permissions.judge(caller, request);
        if let Some(kept) = &self.kept
            && let Some(role) = self.permissions.roles().get(caller)
        {
            let patterns = |key: &String, value: &String| -> Vec<String> {
                let conditions = role.allowed.iter().flat_map(|grant| &grant.conditions);
                let values = conditions.filter(|it| it.key == *key).flat_map(|it| &it.values);
                let fitting: BTreeSet<&String> = values.filter(|it| like(it, value)).collect();
                fitting.into_iter().cloned().collect()
            };
            let mut kinds = BTreeSet::new();
            for (key, values) in &request.context {
                kinds.extend(values.iter().map(|value| (key, patterns(key, value))));
            }
            let kind = format!("{caller} {} {} {kinds:?}", request.action, request.resource);
            kept.add(kind, caller, request);
        }
        judgement
    }
}

impl Kept {
    /// A file that cannot be written is told of: the proof would miss its calls.
    fn add(&self, kind: String, caller: &str, request: &Request) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, file) = &mut *state;
        if !known.insert(kind) {
            return;
        }
        if let Err(error) = self.write(file, caller, request) {
            eprintln!("cannot keep calls in {}: {error}", self.file.display());
        }
    }

    fn write(&self, file: &mut Option<File>, caller: &str, request: &Request) -> io::Result<()> {
        let file = match file {
            Some(file) => file,
            None => file.insert(OpenOptions::new().create(true).append(true).open(&self.file)?),
        };
        let Request { action, resource, context } = request;
        let line = json!({
            "caller": caller, "action": action, "resource": resource, "context": context,
        });
        // One write: processes of one id after another append to the same file.
        file.write_all(format!("{line}\n").as_bytes())
    }
}

/// The requests in the files of a folder.
///
/// # Errors
/// A file cannot be read, or has something else.
pub fn read(folder: &Path) -> io::Result<Vec<Judged>> {
    let mut lines = BTreeSet::new();
    for entry in std::fs::read_dir(folder)? {
        let text = std::fs::read_to_string(entry?.path())?;
        lines.extend(text.lines().map(str::to_owned));
    }
    let malformed = |line: &str| io::Error::new(io::ErrorKind::InvalidData, line.to_owned());
    lines.iter().map(|line| judged(line).ok_or_else(|| malformed(line))).collect()
}

fn judged(line: &str) -> Option<Judged> {
    let line: Value = serde_json::from_str(line).ok()?;
    let text = |name: &str| line[name].as_str().map(str::to_owned);
    let mut context = BTreeMap::new();
    for (key, values) in line["context"].as_object()? {
        let values = values.as_array()?.iter().map(|value| value.as_str().map(str::to_owned));
        context.insert(key.clone(), values.collect::<Option<Vec<_>>>()?);
    }
    let request = Request { action: text("action")?, resource: text("resource")?, context };
    Some(Judged { caller: text("caller")?, request })
}
