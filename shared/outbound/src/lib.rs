//! The HTTP client for systems of other parties: limits on time and size, no redirects, and errors
//! whose text never contains a URL.

use std::{error::Error, fmt, time::Duration};

pub use reqwest;

use reqwest::{Client, ClientBuilder, Response, StatusCode, redirect};
use thiserror::Error;

/// Time-out to connect, TLS handshake included.
pub const CONNECT: Duration = Duration::from_secs(3);
/// Time-out of a whole call.
pub const TOTAL: Duration = Duration::from_secs(10);
/// Maximum length of a cause, in characters.
const LONGEST_CAUSE: usize = 200;

/// The client cannot be built because TLS cannot be set up.
#[derive(Debug, Error)]
#[error("HTTP client: {0}")]
pub struct ClientError(#[from] reqwest::Error);

/// A builder of clients without redirects, with these time-outs.
pub fn builder(connect: Duration, total: Duration) -> ClientBuilder {
    Client::builder().connect_timeout(connect).timeout(total).redirect(redirect::Policy::none())
}

/// A client without redirects, with the time-outs [`CONNECT`] and [`TOTAL`].
///
/// # Errors
/// TLS cannot be set up.
pub fn client() -> Result<Client, ClientError> {
    Ok(builder(CONNECT, TOTAL).build()?)
}

/// Whether a status says that the other system has no time, or that nobody reached it: it passes by
/// itself. An error of its own (500) may be about what was asked.
pub fn is_away(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 425 | 429 | 502 | 503 | 504)
}

/// How a call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportErrorKind {
    /// No complete response in time.
    Timeout,
    /// No connection: nothing was sent.
    Connect,
    /// Not a valid URL: nothing was sent.
    Address,
    /// The connection broke.
    Broken,
}

impl fmt::Display for TransportErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout => "time-out",
            Self::Connect => "no connection",
            Self::Address => "no address",
            Self::Broken => "broken connection",
        })
    }
}

/// No complete response. The text never contains a URL.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{kind}")]
pub struct TransportError {
    kind: TransportErrorKind,
    cause: String,
}

impl TransportError {
    /// How the call failed.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// The text of the innermost cause (a TLS alert, say), at most 200 characters.
    pub fn cause(&self) -> &str {
        &self.cause
    }
}

impl From<reqwest::Error> for TransportError {
    fn from(error: reqwest::Error) -> Self {
        let kind = if error.is_timeout() {
            TransportErrorKind::Timeout
        } else if error.is_connect() {
            TransportErrorKind::Connect
        } else if error.is_builder() {
            TransportErrorKind::Address
        } else {
            TransportErrorKind::Broken
        };
        // The error's own text contains the URL.
        let error = error.without_url();
        let mut cause: &dyn Error = &error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        Self { kind, cause: cause.to_string().chars().take(LONGEST_CAUSE).collect() }
    }
}

/// The body was not read completely.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReadError {
    /// The body is longer than allowed.
    #[error("more than {0} bytes")]
    TooLong(usize),
    /// The connection failed before the end of the body.
    #[error(transparent)]
    Transport(#[from] TransportError),
}

/// Reads a body of at most `longest` bytes, independent of `Content-Length`.
///
/// # Errors
/// The body is longer or incomplete.
pub async fn read_bounded(mut response: Response, longest: usize) -> Result<Vec<u8>, ReadError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(TransportError::from)? {
        if body.len() + chunk.len() > longest {
            return Err(ReadError::TooLong(longest));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    /// Sends one request to a server that responds with these bytes.
    async fn get(response: &'static [u8]) -> Result<Response, TransportError> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/secret", listener.local_addr().unwrap());
        let serve = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await.unwrap();
            stream.write_all(response).await.unwrap();
        };
        let client = builder(CONNECT, TOTAL).no_proxy().build().unwrap();
        let (sent, ()) = tokio::join!(client.get(url).send(), serve);
        sent.map_err(TransportError::from)
    }

    #[test]
    fn a_status_that_passes_by_itself_is_told_from_one_that_does_not() {
        let is_away = |status| is_away(StatusCode::from_u16(status).unwrap());
        assert!([408, 425, 429, 502, 503, 504].into_iter().all(is_away));
        assert!(![200, 307, 401, 403, 404, 409, 422, 500, 501, 505].into_iter().any(is_away));
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_the_limit() {
        const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n1234";
        let response = get(RESPONSE).await.unwrap();
        assert_eq!(read_bounded(response, 4).await, Ok(b"1234".to_vec()));
        let response = get(RESPONSE).await.unwrap();
        assert_eq!(read_bounded(response, 3).await, Err(ReadError::TooLong(3)));
    }

    #[tokio::test]
    async fn an_incomplete_body_is_an_error() {
        let response = get(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{").await.unwrap();
        let Err(ReadError::Transport(error)) = read_bounded(response, 9).await else {
            panic!("read");
        };
        assert_eq!(error.kind(), TransportErrorKind::Broken);
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        let moved = b"HTTP/1.1 307 X\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(get(moved).await.unwrap().status().as_u16(), 307);
    }

    #[tokio::test]
    async fn an_error_does_not_contain_the_url() {
        let client = builder(CONNECT, TOTAL).no_proxy().build().unwrap();
        for (url, kind) in [
            ("http://127.0.0.1:1/secret", TransportErrorKind::Connect),
            ("secret", TransportErrorKind::Address),
        ] {
            let error = TransportError::from(client.get(url).send().await.unwrap_err());
            assert_eq!(error.kind(), kind, "{error:?}");
            assert!(!format!("{error:?}").contains("secret"), "{error:?}");
        }
    }
}
