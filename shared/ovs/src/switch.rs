//! The switch of a Seller.

use std::time::Duration;

use domain::{
    ethernet::{EthernetSwitch, SwitchSession, SwitchSnapshot, SwitchTask, SwitchWrite, UniChange},
    network::StepError,
};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::{
    connection::{Connection, OvsdbError, OvsdbTimes},
    reading::{Rows, rows_of, select},
    writing::Transaction,
};

/// The bridge with all UNIs and ENNIs.
pub const BRIDGE: &str = "access";
/// The wait between two looks at whether a configuration is applied.
const LOOK: Duration = Duration::from_millis(10);

/// An Open vSwitch, by its OVSDB server. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Ovs {
    address: String,
    times: OvsdbTimes,
}

/// A connection to it.
#[derive(Debug)]
pub struct OvsSession {
    connection: Connection,
    rows: Rows,
}

impl Ovs {
    /// The switch whose OVSDB server is at `address`: host and port.
    pub fn new(address: impl Into<String>) -> Self {
        Self::with_times(address, OvsdbTimes::default())
    }

    /// With other time-outs.
    pub fn with_times(address: impl Into<String>, times: OvsdbTimes) -> Self {
        Self { address: address.into(), times }
    }
}

impl EthernetSwitch for Ovs {
    type Session = OvsSession;

    async fn open(&self) -> Result<OvsSession, StepError> {
        let connection = Connection::open(&self.address, self.times).await?;
        Ok(OvsSession { connection, rows: Rows::default() })
    }
}

impl OvsSession {
    async fn store(
        &mut self,
        task: &SwitchTask,
        changes: &[UniChange],
    ) -> Result<SwitchWrite, OvsdbError> {
        let operations = Transaction::of(task, &self.rows, changes);
        match self.connection.transact(operations).await {
            Ok(results) => {
                let root = results.last().and_then(|result| rows_of(result).next());
                let next = root.and_then(|row| row["next_cfg"].as_u64());
                self.rows.next = next.ok_or(OvsdbError::Unreadable)?;
                Ok(SwitchWrite::Stored)
            }
            Err(OvsdbError::Unmet) => Ok(SwitchWrite::Changed),
            Err(error) => Err(error),
        }
    }

    async fn current(&mut self) -> Result<u64, OvsdbError> {
        let root = select("Open_vSwitch", json!([]), &["cur_cfg"]);
        let results = self.connection.transact(vec![root]).await?;
        let row = results.first().and_then(|result| rows_of(result).next());
        row.and_then(|row| row["cur_cfg"].as_u64()).ok_or(OvsdbError::Unreadable)
    }
}

impl SwitchSession for OvsSession {
    async fn read(&mut self, task: &SwitchTask) -> Result<SwitchSnapshot, StepError> {
        self.rows = Rows::read(&mut self.connection, task).await?;
        Ok(self.rows.snapshot(task))
    }

    async fn write(
        &mut self,
        task: &SwitchTask,
        changes: &[UniChange],
    ) -> Result<SwitchWrite, StepError> {
        Ok(self.store(task, changes).await?)
    }

    /// `ovs-vswitchd` sets `cur_cfg` to the `next_cfg` whose configuration it forwards by.
    async fn applied(&mut self) -> Result<(), StepError> {
        let until = self.connection.step_end();
        let mut current = self.rows.current;
        while current < self.rows.next {
            if Instant::now() >= until {
                let why = "ovs-vswitchd does not apply the configuration".to_owned();
                return Err(StepError::Away { why });
            }
            sleep(LOOK).await;
            current = self.current().await?;
        }
        Ok(())
    }
}
