//! The databases of a data folder: SQLite, each with a write-ahead log beside it.

use std::{path::Path, time::Duration};

use rusqlite::Connection;

use super::DataError;

/// How long the end waits for a service that still reads.
const PATIENCE: Duration = Duration::from_millis(500);

/// Looks whether a database is whole; one that is not there is.
///
/// # Errors
/// It is damaged, or cannot be opened.
pub(super) fn check(file: &Path) -> Result<(), DataError> {
    if !file.exists() {
        return Ok(());
    }
    let looked = Connection::open(file).and_then(|database| {
        database.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))
    });
    match looked {
        Ok(said) if said == "ok" => Ok(()),
        Ok(why) => Err(DataError::Damaged { file: file.to_owned(), why }),
        Err(error) => Err(DataError::database(file, &error)),
    }
}

/// Moves what is in a database's log into the database. When that is not possible, it stays in the
/// log and is read from there at the next start.
pub(super) fn settle(file: &Path) {
    if !file.exists() {
        return;
    }
    let _ = Connection::open(file).and_then(|database| {
        database.busy_timeout(PATIENCE)?;
        database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_settled_database_is_whole_without_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let (file, copy) = (folder.path().join("one"), folder.path().join("other"));
        // Still open, as the services are.
        let database = Connection::open(&file).unwrap();
        database.pragma_update(None, "journal_mode", "wal").unwrap();
        database.execute_batch("CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('b')").unwrap();
        settle(&file);
        std::fs::copy(&file, &copy).unwrap();
        let copied = Connection::open(&copy).unwrap();
        let rows = copied.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0));
        assert_eq!(rows.unwrap(), 1);
        settle(&folder.path().join("nothing"));
        assert!(!folder.path().join("nothing").exists());
    }
}
