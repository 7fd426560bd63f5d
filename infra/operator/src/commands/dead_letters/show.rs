//! One dead letter with its body.

use std::io::{self, Write};

use domain::clock::rfc3339;
use serde::Serialize;
use serde_json::Value;

use crate::{
    context::Context,
    error::CommandError,
    letters::Reading,
    output::{Report, printable},
};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shown {
    queue: &'static str,
    message_id: String,
    receive_count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<String>,
    /// What it says: JSON where it is some, else text.
    body: Value,
}

impl Report for Shown {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "queue\t{}", self.queue)?;
        writeln!(out, "message\t{}", self.message_id)?;
        writeln!(out, "received\t{} (this look included)", self.receive_count)?;
        if let Some(sent_at) = &self.sent_at {
            writeln!(out, "sent\t{sent_at}")?;
        }
        match &self.body {
            Value::String(text) => writeln!(out, "body\t{}", printable(text)),
            body => writeln!(out, "body\t{}", printable(&body.to_string())),
        }
    }
}

pub(super) async fn show(context: &Context, message: &str) -> Result<Shown, CommandError> {
    for pair in context.queues(None)?.pairs {
        let mut reading = Reading::of(&pair.dead);
        let found = find(&mut reading, message).await;
        reading.end().await;
        if let Some(letter) = found? {
            let body = serde_json::from_str(&letter.body);
            return Ok(Shown {
                queue: pair.name,
                receive_count: letter.receive_count,
                sent_at: letter.sent_at.map(rfc3339),
                body: body.unwrap_or_else(|_| Value::String(letter.body.clone())),
                message_id: letter.message_id,
            });
        }
    }
    Err(CommandError::NoSuchLetter(printable(message)))
}

async fn find(
    reading: &mut Reading<'_>,
    message: &str,
) -> Result<Option<crate::letters::Letter>, CommandError> {
    loop {
        let letters = reading.next().await?;
        if letters.is_empty() {
            return Ok(None);
        }
        let found = letters.into_iter().find(|letter| letter.message_id == message);
        if found.is_some() {
            return Ok(found);
        }
    }
}
