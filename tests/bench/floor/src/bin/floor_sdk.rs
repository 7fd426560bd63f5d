//! The least that an endpoint costs: `lambda_http` and the bare calls of the SDK, recorded of it.

use bench_floor::Calls;
use lambda_http::{Error, Request, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let calls = Calls::from_env()?;
    calls.warm().await;
    let calls = &calls;
    run(service_fn(|request: Request| async move {
        // The driver numbers its calls; each writes items of its own.
        let number = request.headers().get("x-correlation-id");
        let number = number.and_then(|value| value.to_str().ok()).unwrap_or("0");
        calls.make(number).await?;
        Ok::<_, Error>("{}")
    }))
    .await
}
