use std::time::Duration;

use domain::retry_after::RetryAfter;
use outbound::{
    ClientError, ReadError, TransportError, read_bounded,
    reqwest::{
        Client, Response,
        header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER},
    },
};
use time::OffsetDateTime;

use crate::{Method, SellerApi, SellerCall, SellerResponse};

/// Maximum size of a response body, in bytes: the largest order plus what its Seller adds.
const LONGEST_RESPONSE: usize = 512 * 1024;
/// Maximum `Retry-After`, in seconds: the maximum delay of a queue message.
const LONGEST_WAIT: u64 = 900;

/// The HTTP client of other carriers' APIs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct HttpSellerApi {
    http: Client,
}

impl HttpSellerApi {
    /// A client with time-outs of 3 s to connect and 10 s in total.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new() -> Result<Self, ClientError> {
        Ok(Self { http: outbound::client()? })
    }
}

impl SellerApi for HttpSellerApi {
    async fn call(&self, call: &SellerCall) -> SellerResponse {
        let url = format!("{}{}", call.base, call.path);
        let request = match call.method {
            Method::Get => self.http.get(url),
            Method::Post => self.http.post(url),
            Method::Put => self.http.put(url),
        };
        let request = request
            .basic_auth(&call.credentials.client_id, Some(&call.credentials.client_secret))
            .header(ACCEPT, "application/json")
            .header("x-correlation-id", &call.correlation_id);
        let request = match call.method {
            Method::Get => request,
            Method::Post | Method::Put => request.header("idempotency-key", &call.idempotency_key),
        };
        let request = match &call.body {
            Some(body) => request.header(CONTENT_TYPE, "application/json").body(body.clone()),
            None => request,
        };
        match request.send().await {
            Ok(response) => read(response).await,
            Err(error) => unknown(&error.into()),
        }
    }
}

async fn read(response: Response) -> SellerResponse {
    let status = response.status().as_u16();
    let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let asked = asked.and_then(RetryAfter::parse);
    let retry_after = asked.map(|asked| {
        let wait = asked.wait(OffsetDateTime::now_utc()).whole_seconds();
        Duration::from_secs(u64::try_from(wait).unwrap_or(0).min(LONGEST_WAIT))
    });
    match read_bounded(response, LONGEST_RESPONSE).await {
        Ok(body) => SellerResponse::Answered { status, retry_after, body: Some(body) },
        Err(ReadError::TooLong(_)) => SellerResponse::Answered { status, retry_after, body: None },
        Err(ReadError::Transport(error)) => unknown(&error),
    }
}

fn unknown(error: &TransportError) -> SellerResponse {
    SellerResponse::Unknown { why: format!("seller: {error}") }
}

#[cfg(test)]
mod tests {
    use domain::{carrier::PartyCredentials, clock::RandomSource, webhook::Secret};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    struct Zero;

    impl RandomSource for Zero {
        fn generate(&self) -> u64 {
            0
        }
    }

    /// Sends a request to a server that responds with `bytes`. Returns the request and the result.
    async fn exchange(bytes: Vec<u8>) -> (String, SellerResponse) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 4096];
            let length = stream.read(&mut request).await.unwrap();
            // The client may close the connection before the response is written.
            let _ = stream.write_all(&bytes).await;
            String::from_utf8_lossy(&request[..length]).into_owned()
        });
        let response = HttpSellerApi::new().unwrap().call(&call(base)).await;
        (server.await.unwrap(), response)
    }

    fn call(base: String) -> SellerCall {
        SellerCall {
            base,
            credentials: PartyCredentials {
                client_id: "buyer".to_owned(),
                client_secret: "secret".to_owned(),
                signing: Secret::new(&Zero),
            },
            method: Method::Post,
            path: "/orders/S-1/hold".to_owned(),
            idempotency_key: "ORD-1-2".to_owned(),
            correlation_id: "c-1".to_owned(),
            body: None,
        }
    }

    #[tokio::test]
    async fn a_request_has_credentials_an_idempotency_key_and_a_correlation_id() {
        let (request, response) =
            exchange(b"HTTP/1.1 429 X\r\nretry-after: 7\r\ncontent-length: 2\r\n\r\n{}".to_vec())
                .await;
        assert!(request.starts_with("POST /orders/S-1/hold HTTP/1.1\r\n"), "{request}");
        for header in [
            "authorization: Basic YnV5ZXI6c2VjcmV0",
            "idempotency-key: ORD-1-2",
            "x-correlation-id: c-1",
        ] {
            assert!(request.contains(header), "{request}");
        }
        let retry_after = Some(Duration::from_secs(7));
        let body = Some(b"{}".to_vec());
        assert_eq!(response, SellerResponse::Answered { status: 429, retry_after, body });
    }

    #[tokio::test]
    async fn a_retry_after_may_be_a_date_of_any_form() {
        for (text, seconds) in [
            ("Fri, 31 Dec 2100 23:59:59 GMT", Some(LONGEST_WAIT)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(0)),
            ("Sun Nov  6 08:49:37 1994", Some(0)),
            ("86400", Some(LONGEST_WAIT)),
            ("soon", None),
        ] {
            let answer =
                format!("HTTP/1.1 503 X\r\nretry-after: {text}\r\ncontent-length: 0\r\n\r\n");
            let (_, response) = exchange(answer.into_bytes()).await;
            let SellerResponse::Answered { retry_after, .. } = response else {
                panic!("{response:?}")
            };
            assert_eq!(retry_after, seconds.map(Duration::from_secs), "{text}");
        }
    }

    #[tokio::test]
    async fn a_request_without_an_effect_has_no_idempotency_key() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 4096];
            let length = stream.read(&mut request).await.unwrap();
            String::from_utf8_lossy(&request[..length]).into_owned()
        });
        let look_up =
            SellerCall { method: Method::Get, path: "/orders?pon=1".into(), ..call(base) };
        HttpSellerApi::new().unwrap().call(&look_up).await;
        let request = server.await.unwrap();
        assert!(request.starts_with("GET /orders?pon=1 HTTP/1.1\r\n"), "{request}");
        assert!(!request.contains("idempotency-key"), "{request}");
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        let moved = b"HTTP/1.1 307 X\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
        let (_, response) = exchange(moved.to_vec()).await;
        assert!(matches!(response, SellerResponse::Answered { status: 307, .. }), "{response:?}");
    }

    #[tokio::test]
    async fn a_response_above_the_size_limit_has_no_body() {
        let mut endless = b"HTTP/1.1 200 OK\r\ncontent-length: 999999999\r\n\r\n".to_vec();
        endless.resize(endless.len() + LONGEST_RESPONSE + 1, b' ');
        let (_, response) = exchange(endless).await;
        assert_eq!(
            response,
            SellerResponse::Answered { status: 200, retry_after: None, body: None }
        );
    }

    #[tokio::test]
    async fn an_incomplete_response_leaves_the_effect_unknown() {
        let (_, response) =
            exchange(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".to_vec()).await;
        assert_eq!(
            response,
            SellerResponse::Unknown { why: "seller: broken connection".to_owned() }
        );
    }

    #[tokio::test]
    async fn an_error_does_not_contain_the_address() {
        for base in ["http://127.0.0.1:1", "ftp://x", "nonsense"] {
            let SellerResponse::Unknown { why } =
                HttpSellerApi::new().unwrap().call(&call(base.to_owned())).await
            else {
                panic!("{base}");
            };
            assert!(["seller: no connection", "seller: no address"].contains(&&*why), "{why}");
        }
    }
}
