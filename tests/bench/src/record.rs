//! The calls of the table, as they are.

use anyhow::Result;

use crate::{endpoint::Endpoint, world::World};

/// Prints the calls that each endpoint makes, with their responses.
///
/// # Errors
/// No table, or an endpoint refuses its call.
pub(crate) async fn print() -> Result<()> {
    let world = World::new().await?;
    for endpoint in Endpoint::ALL {
        println!("# {}", endpoint.name());
        println!("{}", world.event(endpoint, &world.callers[0], "printed"));
        for exchange in world.recorded(endpoint).await? {
            println!("## {}", exchange.operation);
            println!("{}", serde_json::to_string_pretty(&exchange.request)?);
            println!("{}", serde_json::to_string_pretty(&exchange.response)?);
        }
    }
    Ok(())
}
