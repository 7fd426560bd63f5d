//! `keys`: what signs access tokens.

use std::io::{self, Write};

use api::identity::token::generate_key;
use clap::Subcommand;
use domain::{
    clock::rfc3339,
    identity::signing::{KeyRing, SigningKey},
};
use serde::Serialize;
use store::{Rotation, SigningKeys};
use time::OffsetDateTime;

use crate::{
    context::Context,
    error::CommandError,
    output::{Output, Report},
};

/// What to do with signing keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// List the keys, without their private parts
    List,
    /// Sign with the next key from now on; the one before verifies until its tokens have expired
    Rotate,
}

impl KeysCommand {
    /// Does it and prints what came of it.
    ///
    /// # Errors
    /// It was not done.
    pub async fn run(self, context: &Context, output: &mut Output<'_>) -> Result<(), CommandError> {
        let (keys, now) = (SigningKeys::new(context.table()?), context.now());
        let ring = match self {
            Self::List => keys.list().await?.unwrap_or(KeyRing { keys: Vec::new() }),
            Self::Rotate => match keys.rotate(generate_key, now).await? {
                Rotation::Done(ring) => ring,
                Rotation::Overtaken => return Err(CommandError::KeysNotRotated),
            },
        };
        output.show(&Keys::of(&ring, now))
    }
}

#[derive(Debug, Serialize)]
struct Keys {
    keys: Vec<KeyLine>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct KeyLine {
    id: String,
    state: &'static str,
    created: String,
    /// Until when it verifies.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_after: Option<String>,
    verifies: bool,
}

impl Keys {
    fn of(ring: &KeyRing, now: OffsetDateTime) -> Self {
        let line = |key: &SigningKey| KeyLine {
            id: key.public.id.to_string(),
            state: key.state.as_str(),
            created: rfc3339(key.created_at),
            not_after: key.not_after.map(rfc3339),
            verifies: key.verifies(now),
        };
        Self { keys: ring.keys.iter().map(line).collect() }
    }
}

impl Report for Keys {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.keys.is_empty() {
            return writeln!(out, "no keys yet: the first token makes them");
        }
        writeln!(out, "KEY\tSTATE\tCREATED\tVERIFIES UNTIL")?;
        for KeyLine { id, state, created, not_after, .. } in &self.keys {
            writeln!(out, "{id}\t{state}\t{created}\t{}", not_after.as_deref().unwrap_or("-"))?;
        }
        Ok(())
    }
}
