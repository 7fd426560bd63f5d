//! Reading a table's stream.

use std::path::PathBuf;

use dynoxide::{
    Database, DynoxideError,
    actions::{
        describe_stream::DescribeStreamRequest, get_records::GetRecordsRequest,
        get_shard_iterator::GetShardIteratorRequest, list_streams::ListStreamsRequest,
    },
};
use serde_json::{Value, json};

use crate::{data::write_private, template::StartingPosition};

/// One record of a table's stream, in the shape functions get it.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamRecord {
    /// Sequence number within its shard.
    pub sequence: String,
    /// When the change was made, milliseconds since 1970 (whole seconds on AWS).
    pub created_millis: u64,
    /// The record as it is in the event.
    pub event: Value,
}

/// Where stream records come from.
pub trait RecordSource: Send + 'static {
    /// The next records in order, at most `most`; empty when there are none now.
    fn read(&mut self, most: usize) -> Result<Vec<StreamRecord>, DynoxideError>;

    /// The records up to this sequence number need never be read again.
    fn done_to(&mut self, _sequence: &str) {}

    /// ARN of the stream.
    fn arn(&self) -> &str;

    /// Id of the shard.
    fn shard(&self) -> &str;
}

/// One shard of an embedded table's stream.
pub struct TableStream {
    database: Database,
    arn: String,
    shard: String,
    event_source_arn: String,
    iterator: String,
    checkpoint: Option<PathBuf>,
}

impl TableStream {
    /// Opens every shard of the table's stream. With a `checkpoint` prefix,
    /// reading goes on where it stopped before.
    pub fn open(
        database: &Database,
        table: &str,
        starting_position: StartingPosition,
        checkpoint: Option<&std::path::Path>,
    ) -> Result<Vec<Self>, DynoxideError> {
        let mut shards = Vec::new();
        let streams = database.list_streams(ListStreamsRequest {
            table_name: Some(table.to_owned()),
            ..ListStreamsRequest::default()
        })?;
        for stream in streams.streams {
            let description = database.describe_stream(DescribeStreamRequest {
                stream_arn: stream.stream_arn.clone(),
                ..DescribeStreamRequest::default()
            })?;
            for shard in description.stream_description.shards {
                let file = checkpoint.map(|prefix| {
                    prefix.with_file_name(format!(
                        "{}-{}",
                        prefix.file_name().unwrap_or_default().to_string_lossy(),
                        shard.shard_id
                    ))
                });
                let reached = file.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
                let kind = match (&reached, starting_position) {
                    (Some(_), _) => "AFTER_SEQUENCE_NUMBER",
                    (None, StartingPosition::TrimHorizon) => "TRIM_HORIZON",
                    (None, StartingPosition::Latest) => "LATEST",
                };
                let iterator = database.get_shard_iterator(GetShardIteratorRequest {
                    stream_arn: stream.stream_arn.clone(),
                    shard_id: shard.shard_id.clone(),
                    shard_iterator_type: kind.to_owned(),
                    sequence_number: reached,
                })?;
                shards.push(Self {
                    database: database.clone(),
                    event_source_arn: stream.stream_arn.clone(),
                    arn: stream.stream_arn.clone(),
                    shard: shard.shard_id,
                    iterator: iterator.shard_iterator.unwrap_or_default(),
                    checkpoint: file,
                });
            }
        }
        Ok(shards)
    }
}

impl RecordSource for TableStream {
    fn read(&mut self, most: usize) -> Result<Vec<StreamRecord>, DynoxideError> {
        let answer = self.database.get_records(GetRecordsRequest {
            shard_iterator: self.iterator.clone(),
            limit: Some(most),
        })?;
        if let Some(next) = answer.next_shard_iterator {
            self.iterator = next;
        }
        Ok(answer
            .records
            .into_iter()
            .map(|record| {
                let seconds = record.dynamodb.approximate_creation_date_time;
                let sequence = record.dynamodb.sequence_number.clone();
                let mut event = serde_json::to_value(&record).unwrap_or_default();
                event["eventSourceARN"] = json!(self.event_source_arn);
                StreamRecord { sequence, created_millis: millis(seconds), event }
            })
            .collect())
    }

    fn done_to(&mut self, sequence: &str) {
        if let Some(file) = &self.checkpoint
            // Whole or not at all: half a position would be none.
            && let Err(error) = write_private(file, sequence.as_bytes())
        {
            eprintln!("cannot keep the stream's position: {error}");
        }
    }

    fn arn(&self) -> &str {
        &self.arn
    }

    fn shard(&self) -> &str {
        &self.shard
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a time since 1970 in seconds is positive and far below 2^53 milliseconds"
)]
fn millis(seconds: f64) -> u64 {
    (seconds * 1000.0) as u64
}
