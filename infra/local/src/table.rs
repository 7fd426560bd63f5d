//! DynamoDB: dynoxide embedded, with the template's table.

use std::time::Duration;

use dynoxide::{
    Database, DynoxideError,
    actions::{
        create_table::CreateTableRequest,
        describe_table::DescribeTableRequest,
        update_time_to_live::{TimeToLiveSpecification, UpdateTimeToLiveRequest},
    },
};
use thiserror::Error;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    data::{DataFolder, end_leases},
    template::{Plan, Table},
};

/// DynamoDB expires within days; here soon enough to be seen.
const SWEEP_EVERY: Duration = Duration::from_secs(30);

/// Why there is no table.
#[derive(Debug, Error)]
pub enum TableError {
    /// dynoxide refuses.
    #[error("dynoxide refuses")]
    Dynoxide(#[from] DynoxideError),
    /// Its file is not as expected.
    #[error("no index on the stream")]
    Index(#[from] rusqlite::Error),
    /// The template's table is no `CreateTable` request.
    #[error("the template's table is not a valid request")]
    Request(#[from] serde_json::Error),
    /// No port.
    #[error("cannot listen")]
    Listen(#[from] std::io::Error),
}

/// The running database. Its server ends with the process.
pub struct TableService {
    /// Base URL.
    pub endpoint: String,
    /// The database itself, for reading streams without HTTP.
    pub database: Database,
    tasks: Vec<JoinHandle<()>>,
}

impl TableService {
    /// Opens the database (in memory, or in `data`), creates the template's
    /// tables where they are missing and serves them on a free loopback port.
    /// Leases of the run before are over.
    pub async fn start(data: Option<&DataFolder>, plan: &Plan) -> Result<Self, TableError> {
        let path = match data {
            Some(folder) => folder.tables().to_string_lossy().into_owned(),
            // In memory, under a name by which it can be opened once more.
            None => format!("file:{}?mode=memory&cache=shared", uuid::Uuid::new_v4()),
        };
        let database = Database::new(&path)?;
        index_stream(&path)?;
        for table in &plan.tables {
            create(&database, table)?;
            if data.is_some() {
                end_leases(&database, &table.name)?;
            }
        }
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let served = database.clone();
        let server = tokio::spawn(async move {
            let never = std::future::pending();
            if let Err(error) = dynoxide::server::serve_with_shutdown(listener, served, never).await
            {
                eprintln!("dynoxide: {error}");
            }
        });
        let swept = database.clone();
        let sweeper = tokio::spawn(async move {
            loop {
                tokio::time::sleep(SWEEP_EVERY).await;
                let swept = swept.clone();
                let _ = tokio::task::spawn_blocking(move || swept.sweep_ttl()).await;
            }
        });
        Ok(Self { endpoint, database, tasks: vec![server, sweeper] })
    }
}

/// dynoxide looks for the last sequence number of a stream, and for the next records, through all
/// that were ever written: with each order, all that follow would be slower.
fn index_stream(path: &str) -> Result<(), rusqlite::Error> {
    rusqlite::Connection::open(path)?.execute_batch(
        "CREATE INDEX IF NOT EXISTS _stream_records_by_number
         ON _stream_records (table_name, CAST(sequence_number AS INTEGER))",
    )
}

impl Drop for TableService {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Creates a table unless it is there already.
pub fn create(database: &Database, table: &Table) -> Result<(), TableError> {
    let there = database.describe_table(DescribeTableRequest { table_name: table.name.clone() });
    if there.is_ok() {
        return Ok(());
    }
    let request: CreateTableRequest = serde_json::from_value(table.create_request.clone())?;
    database.create_table(request)?;
    if let Some(attribute) = &table.time_to_live {
        database.update_time_to_live(UpdateTimeToLiveRequest {
            table_name: table.name.clone(),
            time_to_live_specification: TimeToLiveSpecification {
                attribute_name: attribute.clone(),
                enabled: true,
            },
        })?;
    }
    Ok(())
}
