//! `dead-letters`: messages that were received too often and wait for a person.

use std::io::{self, Write};

use aws::Outgoing;
use clap::{Args, Subcommand};
use domain::clock::rfc3339;
use serde::Serialize;
use time::{Duration, OffsetDateTime};

use crate::{
    context::{Context, QueuePair},
    error::CommandError,
    letters::{Letter, Reading},
    output::{Output, Report, printable},
};

/// What to do with dead letters.
#[derive(Debug, Subcommand)]
pub enum DeadLettersCommand {
    /// List the dead letters of every queue; they stay where they are
    List,
    /// Send dead letters to their work queue again
    Redrive(Redrive),
}

/// Which dead letters to send again.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Redrive {
    /// Those of this order
    #[arg(long, value_name = "ID")]
    pub order: Option<String>,
    /// All that name an order
    #[arg(long)]
    pub all: bool,
}

impl DeadLettersCommand {
    /// Does it and prints what came of it.
    ///
    /// # Errors
    /// It was not done, or not all of it: what was done is printed before.
    pub async fn run(self, context: &Context, output: &mut Output<'_>) -> Result<(), CommandError> {
        match self {
            Self::List => output.show(&list(context).await?),
            Self::Redrive(which) => {
                let mut report = Redriven::default();
                let outcome = redrive(context, &which, &mut report).await;
                if outcome.is_ok() || !report.redriven.is_empty() {
                    output.show(&report)?;
                }
                outcome
            }
        }
    }
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct DeadLetters {
    dead_letters: Vec<Line>,
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
    receive_count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_seconds: Option<i64>,
}

impl Line {
    fn of(queue: &'static str, letter: Letter, now: OffsetDateTime) -> Self {
        Self {
            queue,
            order_id: letter.order_id(),
            sent_at: letter.sent_at.map(rfc3339),
            age_seconds: letter.sent_at.map(|sent| (now - sent).whole_seconds().max(0)),
            message_id: letter.message_id,
            receive_count: letter.receive_count,
        }
    }
}

impl Report for DeadLetters {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.dead_letters.is_empty() {
            writeln!(out, "no dead letters")?;
        } else {
            writeln!(out, "QUEUE\tMESSAGE\tORDER\tRECEIVED\tAGE")?;
        }
        for line in &self.dead_letters {
            let order = line.order_id.as_deref().map_or("-".to_owned(), printable);
            let age = line.age_seconds.map_or("-".to_owned(), in_words);
            let Line { queue, message_id, receive_count, .. } = line;
            writeln!(out, "{queue}\t{message_id}\t{order}\t{receive_count}\t{age}")?;
        }
        if self.hidden > 0 {
            writeln!(out, "About {} more are being looked at: try again soon.", self.hidden)?;
        }
        Ok(())
    }
}

/// The two largest units of a time.
fn in_words(seconds: i64) -> String {
    let time = Duration::seconds(seconds);
    match (time.whole_days(), time.whole_hours() % 24, time.whole_minutes() % 60, seconds % 60) {
        (0, 0, 0, seconds) => format!("{seconds}s"),
        (0, 0, minutes, seconds) => format!("{minutes}m{seconds}s"),
        (0, hours, minutes, _) => format!("{hours}h{minutes}m"),
        (days, hours, ..) => format!("{days}d{hours}h"),
    }
}

async fn list(context: &Context) -> Result<DeadLetters, CommandError> {
    let mut report = DeadLetters::default();
    for pair in context.queues()? {
        let mut reading = Reading::of(&pair.dead);
        let outcome = read_into(&mut report, &pair, &mut reading, context.now()).await;
        reading.end().await;
        outcome?;
    }
    Ok(report)
}

async fn read_into(
    report: &mut DeadLetters,
    pair: &QueuePair,
    reading: &mut Reading<'_>,
    now: OffsetDateTime,
) -> Result<(), CommandError> {
    loop {
        let letters = reading.next().await?;
        if letters.is_empty() {
            report.hidden += reading.hidden_by_others().await?;
            return Ok(());
        }
        let lines = letters.into_iter().map(|letter| Line::of(pair.name, letter, now));
        report.dead_letters.extend(lines);
    }
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Redriven {
    redriven: Vec<Sent>,
    /// How many were not asked for or name no order, and are where they were.
    left: usize,
    /// About how many somebody else is looking at.
    hidden: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    queue: &'static str,
    message_id: String,
    order_id: String,
}

impl Report for Redriven {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        for Sent { queue, message_id, order_id } in &self.redriven {
            let order_id = printable(order_id);
            writeln!(out, "{queue}\t{message_id}\torder {order_id}\tsent again")?;
        }
        let (sent, left) = (self.redriven.len(), self.left);
        writeln!(out, "{sent} sent again, {left} left where they were")?;
        if self.hidden > 0 {
            writeln!(out, "About {} more are being looked at: try again soon.", self.hidden)?;
        }
        Ok(())
    }
}

async fn redrive(
    context: &Context,
    which: &Redrive,
    report: &mut Redriven,
) -> Result<(), CommandError> {
    let mut not_taken = 0;
    for pair in context.queues()? {
        let mut reading = Reading::of(&pair.dead);
        let outcome = redrive_queue(&pair, which, &mut reading, report).await;
        reading.end().await;
        not_taken += outcome?;
    }
    match &which.order {
        _ if not_taken > 0 => Err(CommandError::NotTaken(not_taken)),
        Some(order) if report.redriven.is_empty() => {
            Err(CommandError::NoDeadLetter(printable(order)))
        }
        _ => Ok(()),
    }
}

/// Says how many the work queue did not take.
async fn redrive_queue(
    pair: &QueuePair,
    which: &Redrive,
    reading: &mut Reading<'_>,
    report: &mut Redriven,
) -> Result<usize, CommandError> {
    let mut not_taken = 0;
    loop {
        let letters = reading.next().await?;
        if letters.is_empty() {
            report.hidden += reading.hidden_by_others().await?;
            return Ok(not_taken);
        }
        let came = letters.len();
        let asked: Vec<(Letter, String)> = letters
            .into_iter()
            .filter_map(|letter| letter.order_id().map(|order| (letter, order)))
            .filter(|(_, order)| which.order.as_ref().is_none_or(|asked| asked == order))
            .collect();
        report.left += came - asked.len();
        not_taken += send_again(pair, asked, reading, report).await?;
    }
}

/// Sends first and deletes afterwards: dying in between sends a message twice, which is harmless;
/// the other way round could lose it.
async fn send_again(
    pair: &QueuePair,
    letters: Vec<(Letter, String)>,
    reading: &mut Reading<'_>,
    report: &mut Redriven,
) -> Result<usize, CommandError> {
    let messages: Vec<Outgoing> =
        letters.iter().map(|(letter, _)| Outgoing::now(letter.body.as_str())).collect();
    let failed = pair.work.send_batch(&messages).await?;
    for (n, (letter, order_id)) in letters.into_iter().enumerate() {
        if failed.contains(&n) {
            continue;
        }
        let message_id = letter.message_id.clone();
        report.redriven.push(Sent { queue: pair.name, message_id, order_id });
        reading.delete(&letter).await?;
    }
    Ok(failed.len())
}
