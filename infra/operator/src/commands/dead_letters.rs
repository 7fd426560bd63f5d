//! `dead-letters`: messages that were received too often and wait for a person.

mod delete;
mod show;

use std::io::{self, Write};

use aws::{Outgoing, WorkQueue};
use clap::{Args, Subcommand};
use domain::clock::rfc3339;
use serde::Serialize;
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use crate::{
    context::{ConfiguredQueues, Context, QueuePair, queue_names},
    error::CommandError,
    input::order_id,
    letters::{Letter, Reading},
    output::{Output, Report, listed, printable},
};

/// What to do with dead letters.
#[derive(Debug, Subcommand)]
pub enum DeadLettersCommand {
    /// List the dead letters of every queue; they stay where they are
    List(List),
    /// Show one with its body; it stays where it is
    Show(Show),
    /// Send dead letters to their work queue again
    Redrive(Which),
    /// Delete dead letters: of orders that have ended, say
    Delete(Which),
}

/// Which dead letters to list.
#[derive(Debug, Args)]
pub struct List {
    /// Those of this queue
    #[arg(long, value_name = "NAME", value_parser = queue)]
    pub queue: Option<String>,
}

/// A dead letter to show.
#[derive(Debug, Args)]
pub struct Show {
    /// Its message id, as `list` prints it
    #[arg(value_name = "MESSAGE")]
    pub message: String,
}

/// Which dead letters to send again or to delete.
#[derive(Debug, Args)]
pub struct Which {
    #[command(flatten)]
    pub(super) filter: Filter,
    /// Of this queue only
    #[arg(long, value_name = "NAME", value_parser = queue)]
    pub queue: Option<String>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct Filter {
    /// Those of this order
    #[arg(long, value_name = "ID", value_parser = order_id)]
    order: Option<String>,
    /// The one with this message id, as `list` prints it
    #[arg(long, value_name = "MESSAGE")]
    message: Option<String>,
    /// All; a redrive leaves those that no worker could read
    #[arg(long)]
    all: bool,
}

impl Filter {
    fn wants(&self, letter: &Letter) -> bool {
        let Self { order, message, all } = self;
        let of_order = || order.is_some() && letter.order_id() == *order;
        *all || message.as_ref() == Some(&letter.message_id) || of_order()
    }

    /// What nothing was found of.
    fn nothing(&self) -> Option<CommandError> {
        let order = self.order.as_deref().map(|order| CommandError::NoDeadLetter(printable(order)));
        order
            .or_else(|| self.message.as_deref().map(|id| CommandError::NoSuchLetter(printable(id))))
    }
}

fn queue(name: &str) -> Result<String, String> {
    match queue_names().any(|known| known == name) {
        true => Ok(name.to_owned()),
        false => Err(format!("the queues are {}", queue_names().collect::<Vec<_>>().join(", "))),
    }
}

impl DeadLettersCommand {
    /// Does it and prints what came of it.
    ///
    /// # Errors
    /// It was not done, or not all of it: what was done is printed before.
    pub async fn run(self, context: &Context, output: &mut Output<'_>) -> Result<(), CommandError> {
        match self {
            Self::List(List { queue }) => output.show(&list(context, queue.as_deref()).await?),
            Self::Show(wanted) => output.show(&show::show(context, &wanted.message).await?),
            Self::Redrive(which) => {
                let mut report = Redriven::default();
                let outcome = redrive(context, &which, &mut report).await;
                if outcome.is_ok() || !report.redriven.is_empty() {
                    output.show(&report)?;
                }
                outcome
            }
            Self::Delete(which) => output.show(&delete::delete(context, &which).await?),
        }
    }
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct DeadLetters {
    dead_letters: Vec<Line>,
    /// About how many somebody else is looking at.
    hidden: u64,
    /// Variables of queues that were not looked at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_configured: Vec<&'static str>,
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
        if !self.dead_letters.is_empty() {
            writeln!(out, "RECEIVED counts every look at a letter, this one too.")?;
        }
        if !self.not_configured.is_empty() {
            let missing = listed(&self.not_configured);
            writeln!(out, "Not looked at, as these are not set: {missing}")?;
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

async fn list(context: &Context, queue: Option<&str>) -> Result<DeadLetters, CommandError> {
    let ConfiguredQueues { pairs, missing } = context.queues(queue)?;
    let mut report = DeadLetters { not_configured: missing, ..DeadLetters::default() };
    for pair in pairs {
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
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<String>,
}

impl Report for Redriven {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        for Sent { queue, message_id, order_id } in &self.redriven {
            let order = order_id.as_deref().map_or("-".to_owned(), printable);
            writeln!(out, "{queue}\t{message_id}\torder {order}\tsent again")?;
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
    which: &Which,
    report: &mut Redriven,
) -> Result<(), CommandError> {
    let mut not_taken = 0;
    for pair in context.queues(which.queue.as_deref())?.pairs {
        // What the relay gave up has no queue to go back to: the sweeper drives those orders.
        let Some(work) = &pair.work else { continue };
        let mut reading = Reading::of(&pair.dead);
        let outcome = redrive_queue(&pair, work, which, &mut reading, report).await;
        reading.end().await;
        not_taken += outcome?;
    }
    match which.filter.nothing() {
        _ if not_taken > 0 => Err(CommandError::NotTaken(not_taken)),
        Some(nothing) if report.redriven.is_empty() => Err(nothing),
        _ => Ok(()),
    }
}

/// Says how many the work queue did not take.
async fn redrive_queue(
    pair: &QueuePair,
    work: &WorkQueue,
    which: &Which,
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
        let mut asked = letters;
        asked.retain(|letter| which.filter.wants(letter) && is_readable(letter, pair));
        report.left += came - asked.len();
        not_taken += send_again(pair, work, asked, reading, report).await?;
    }
}

/// Whether a worker could read it: another one would come back here.
fn is_readable(letter: &Letter, pair: &QueuePair) -> bool {
    match pair.of_orders {
        true => letter.order_id().is_some(),
        false => serde_json::from_str::<Value>(&letter.body).is_ok_and(|body| body.is_object()),
    }
}

/// Sends first and deletes afterwards: dying in between sends a message twice, which is harmless;
/// the other way round could lose it.
async fn send_again(
    pair: &QueuePair,
    work: &WorkQueue,
    letters: Vec<Letter>,
    reading: &mut Reading<'_>,
    report: &mut Redriven,
) -> Result<usize, CommandError> {
    let messages: Vec<Outgoing> =
        letters.iter().map(|letter| Outgoing::now(letter.body.as_str())).collect();
    let failed = work.send_batch(&messages).await?;
    for (n, letter) in letters.into_iter().enumerate() {
        if failed.contains(&n) {
            continue;
        }
        let (message_id, order_id) = (letter.message_id.clone(), letter.order_id());
        report.redriven.push(Sent { queue: pair.name, message_id, order_id });
        reading.delete(&letter).await?;
    }
    Ok(failed.len())
}
