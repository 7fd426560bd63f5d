//! `console`: a link that opens the console.

use std::io::{self, Write};

use api::identity::{digest_of_code, generate_code};
use clap::Args;
use domain::{clock::rfc3339, console::OperatorName};
use serde::Serialize;
use store::DynamoConsole;

use crate::{
    context::Context,
    error::CommandError,
    output::{Output, Report},
};

/// A link to make.
#[derive(Debug, Args)]
pub struct OpenConsole {
    /// Who acts on the console; stands in the history of orders
    #[arg(long, env = "USER", value_name = "NAME")]
    pub by: OperatorName,
    /// The base URL of the API, if neither stack nor ready file says it
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
}

#[derive(Debug, Serialize)]
struct Link {
    url: String,
    until: String,
}

impl Report for Link {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", self.url)?;
        writeln!(out, "It opens one session in a browser, until {}.", self.until)
    }
}

impl OpenConsole {
    /// Makes a link and prints it.
    ///
    /// # Errors
    /// The base URL is not known, or the table cannot be reached.
    pub async fn run(self, context: &Context, output: &mut Output<'_>) -> Result<(), CommandError> {
        let base = context.base_url(self.url.as_deref())?;
        let code = generate_code();
        let console = DynamoConsole::new(context.table()?);
        let link = console.add_link(&digest_of_code(&code), self.by, context.now()).await?;
        let url = format!("{base}/console/links/{code}");
        output.show(&Link { url, until: rfc3339(link.until) })
    }
}
