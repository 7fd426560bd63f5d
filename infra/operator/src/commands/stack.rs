//! `stack`: the deployment as CloudFormation has it.

use std::io::{self, Write};

use clap::Subcommand;
use serde::Serialize;

use crate::{
    context::Context,
    error::CommandError,
    output::{Output, Report},
};

/// What no update may replace or delete: table, key and pepper.
pub const POLICY: &str = include_str!("../../../stack-policy.json");

/// What to do with the stack.
#[derive(Debug, Subcommand)]
pub enum StackCommand {
    /// Refuse updates that replace or delete table, key or pepper, and deletion of the stack
    Protect,
}

impl StackCommand {
    /// Does it and prints what came of it.
    ///
    /// # Errors
    /// It was not done.
    pub async fn run(self, context: &Context, output: &mut Output<'_>) -> Result<(), CommandError> {
        let Self::Protect = self;
        let (session, stack) = context.stack()?;
        session.protect(stack, POLICY).await?;
        output.show(&Protected { stack: stack.to_owned() })
    }
}

#[derive(Debug, Serialize)]
struct Protected {
    stack: String,
}

impl Report for Protected {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}: table, key and pepper are neither replaced nor deleted", self.stack)
    }
}
