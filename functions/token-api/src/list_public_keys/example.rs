use api::openapi::Example;
use serde_json::{Value, json};

use super::{PublicKeyResponse, PublicKeysResponse};

impl Example for PublicKeysResponse {
    fn example() -> Value {
        // The key of RFC 7515, appendix A.3.
        let key = PublicKeyResponse {
            kty: "EC",
            crv: "P-256",
            x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU".to_owned(),
            y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0".to_owned(),
            kid: "0192f0c1a2b37d4e8f90a1b2c3d4e5f6".to_owned(),
            purpose: "sig",
            alg: "ES256",
        };
        json!(Self { keys: vec![key] })
    }
}
