//! A one-time link to the console, printed when the local cloud is ready.

use api::identity::{digest_of_code, generate_code};
use store::DynamoConsole;
use time::OffsetDateTime;

use super::{SeedError, connect};
use crate::{runtime::Endpoints, template::Place};

/// As whom the console is opened.
const OPERATOR: &str = "demo-operator";

/// The path of a new link.
///
/// # Errors
/// The table refuses.
pub async fn console_link(
    endpoints: &Endpoints,
    place: &Place,
    table: &str,
) -> Result<String, SeedError> {
    let name = OPERATOR.parse().map_err(|_| SeedError::Invalid(OPERATOR.to_owned()))?;
    let code = generate_code();
    let console = DynamoConsole::new(connect(endpoints, place, table)?);
    let now = OffsetDateTime::now_utc();
    console.add_link(&digest_of_code(&code), name, now).await?;
    Ok(format!("/console/links/{code}"))
}
