//! Deleting dead letters.

use std::io::{self, Write};

use serde::Serialize;

use super::Which;
use crate::{
    context::Context,
    error::CommandError,
    letters::Reading,
    output::{Report, counted, printable},
};

#[derive(Debug, Default, Serialize)]
pub(super) struct Deleted {
    deleted: Vec<Line>,
    /// How many were not asked for.
    left: usize,
    /// About how many somebody else is looking at.
    hidden: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    queue: &'static str,
    message_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<String>,
}

impl Report for Deleted {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        for Line { queue, message_id, order_id } in &self.deleted {
            let order = order_id.as_deref().map_or("-".to_owned(), printable);
            writeln!(out, "{queue}\t{message_id}\torder {order}\tdeleted")?;
        }
        let deleted = counted(self.deleted.len(), "dead letter");
        writeln!(out, "{deleted} deleted, {} left where they were", self.left)?;
        if self.hidden > 0 {
            writeln!(out, "About {} more are being looked at: try again soon.", self.hidden)?;
        }
        Ok(())
    }
}

pub(super) async fn delete(context: &Context, which: &Which) -> Result<Deleted, CommandError> {
    let mut report = Deleted::default();
    for pair in context.queues(which.queue.as_deref())?.pairs {
        let mut reading = Reading::of(&pair.dead);
        let outcome = delete_from(pair.name, which, &mut reading, &mut report).await;
        reading.end().await;
        outcome?;
    }
    match which.filter.nothing() {
        Some(nothing) if report.deleted.is_empty() => Err(nothing),
        _ => Ok(report),
    }
}

async fn delete_from(
    queue: &'static str,
    which: &Which,
    reading: &mut Reading<'_>,
    report: &mut Deleted,
) -> Result<(), CommandError> {
    loop {
        let letters = reading.next().await?;
        if letters.is_empty() {
            report.hidden += reading.hidden_by_others().await?;
            return Ok(());
        }
        for letter in letters {
            if !which.filter.wants(&letter) {
                report.left += 1;
                continue;
            }
            reading.delete(&letter).await?;
            let (message_id, order_id) = (letter.message_id.clone(), letter.order_id());
            report.deleted.push(Line { queue, message_id, order_id });
        }
    }
}
