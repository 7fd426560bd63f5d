//! What the simulators keep: documents by kind and key, each written before it is answered.

use std::{
    fs::OpenOptions,
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::{Connection, params};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::DataError;

/// Keeps documents in a file, or nowhere. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Keeper(Option<Arc<Mutex<Connection>>>);

/// A document that changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    kind: &'static str,
    key: String,
    /// None removes it.
    document: Option<Value>,
}

impl Change {
    /// The document as it is now.
    pub fn put(kind: &'static str, key: &str, document: &impl Serialize) -> Self {
        let document = serde_json::to_value(document).ok();
        Self { kind, key: key.to_owned(), document }
    }

    /// The document as it is now, or that there is none.
    pub fn now(kind: &'static str, key: &str, document: Option<&Value>) -> Self {
        Self { kind, key: key.to_owned(), document: document.cloned() }
    }
}

impl Keeper {
    /// Keeps documents in this file. Only its owner may read it: there are keys among them.
    ///
    /// # Errors
    /// It is no such file.
    pub fn open(file: &Path) -> Result<Self, DataError> {
        let mut options = OpenOptions::new();
        let made = options.write(true).create(true).truncate(false).mode(0o600).open(file);
        made.map_err(|error| DataError::refused(file, error))?;
        let opened = Connection::open(file).and_then(|database| {
            // A killed process loses nothing; only a machine that goes down may.
            database.execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
                 CREATE TABLE IF NOT EXISTS documents
                 (kind TEXT, key TEXT, document TEXT NOT NULL, PRIMARY KEY (kind, key));",
            )?;
            Ok(database)
        });
        let database = opened.map_err(|error| DataError::database(file, &error))?;
        Ok(Self(Some(Arc::new(Mutex::new(database)))))
    }

    /// Whether anything is kept.
    pub fn keeps(&self) -> bool {
        self.0.is_some()
    }

    /// All documents of a kind, by key.
    ///
    /// # Errors
    /// One is not what it was.
    pub fn all<T: DeserializeOwned>(&self, kind: &str) -> Result<Vec<(String, T)>, DataError> {
        let Some(database) = &self.0 else { return Ok(Vec::new()) };
        let database = database.lock().unwrap_or_else(PoisonError::into_inner);
        let file = database.path().unwrap_or_default().to_owned();
        let rows = || -> Result<Vec<(String, String)>, rusqlite::Error> {
            let mut query = database
                .prepare("SELECT key, document FROM documents WHERE kind = ?1 ORDER BY key")?;
            query.query_map([kind], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        };
        let rows = rows().map_err(|error| DataError::database(Path::new(&file), &error))?;
        let parsed = rows.into_iter().map(|(key, document)| {
            let why = |error: serde_json::Error| DataError::Damaged {
                file: file.clone().into(),
                why: format!("{kind}: {error}"),
            };
            Ok((key, serde_json::from_str(&document).map_err(why)?))
        });
        parsed.collect()
    }

    /// Writes changes, all or none. A disk that is full is said, and the simulator goes on.
    pub fn write(&self, changes: impl IntoIterator<Item = Change>) {
        let Some(database) = &self.0 else { return };
        let mut database = database.lock().unwrap_or_else(PoisonError::into_inner);
        let write = || -> Result<(), rusqlite::Error> {
            let transaction = database.transaction()?;
            for Change { kind, key, document } in changes {
                match document {
                    Some(document) => transaction.execute(
                        "INSERT OR REPLACE INTO documents VALUES (?1, ?2, ?3)",
                        params![kind, key, document.to_string()],
                    )?,
                    None => transaction.execute(
                        "DELETE FROM documents WHERE kind = ?1 AND key = ?2",
                        params![kind, key],
                    )?,
                };
            }
            transaction.commit()
        };
        if let Err(error) = write() {
            eprintln!("a simulator cannot keep what it knows: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn documents_are_there_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("kept.sqlite");
        let keeper = Keeper::open(&file).unwrap();
        keeper.write([Change::put("a", "1", &json!([1])), Change::put("b", "1", &json!("b"))]);
        keeper.write([Change::put("a", "1", &json!([2])), Change::now("b", "1", None)]);
        drop(keeper);
        let keeper = Keeper::open(&file).unwrap();
        let kept = |kind: &str| keeper.all::<Value>(kind).unwrap();
        assert_eq!(kept("a"), [("1".to_owned(), json!([2]))]);
        assert_eq!(kept("b"), []);
    }

    #[test]
    fn a_document_that_is_none_names_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("kept.sqlite");
        let keeper = Keeper::open(&file).unwrap();
        keeper.write([Change::put("a", "1", &json!("text"))]);
        let error = keeper.all::<u32>("a").unwrap_err().to_string();
        assert!(error.contains("kept.sqlite is damaged"), "{error}");
    }
}
