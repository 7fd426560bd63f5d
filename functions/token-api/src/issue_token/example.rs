use api::openapi::Example;
use domain::identity::signing::TOKEN_LIFE;
use serde_json::{Value, json};

use super::TokenResponse;

impl Example for TokenResponse {
    fn example() -> Value {
        json!(Self {
            // A header, a claim and a signature that are none.
            access_token: "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJkZW1vIn0.c2lnbmF0dXJl".to_owned(),
            token_type: "Bearer",
            expires_in: TOKEN_LIFE.whole_seconds(),
            scope: "RESELLER".to_owned(),
        })
    }
}
