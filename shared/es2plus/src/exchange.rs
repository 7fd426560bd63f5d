//! One ES2+ request and its response, limited in time and size.

use domain::esim::{Es2Answer, Es2Function};
use outbound::{
    ReadError, TransportError, TransportErrorKind, is_away, read_bounded,
    reqwest::{Response, StatusCode},
};
use serde::Serialize;

use crate::{
    Es2Client,
    wire::{RequestHeader, WireRequest},
};

/// Maximum size of a response body, in bytes.
pub const LONGEST_RESPONSE: usize = 64 * 1024;

/// The protocol version of our requests.
const PROTOCOL: &str = "gsma/rsp/v2.2.0";
/// The protocol versions accepted in responses.
const ACCEPTED: &str = "gsma/rsp/v2.";
/// The header with the protocol version.
const PROTOCOL_HEADER: &str = "x-admin-protocol";

/// The effect of the call is unknown: why, without personal numbers.
#[derive(Debug)]
pub(crate) struct Inconclusive {
    why: String,
    /// Whether the SM-DP+ was not reached, or has no time.
    is_away: bool,
}

impl Inconclusive {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), is_away: false }
    }

    pub(crate) fn answer<T>(self) -> Es2Answer<T> {
        let Self { why, is_away } = self;
        if is_away { Es2Answer::Away { why } } else { Es2Answer::Unknown { why } }
    }
}

impl From<TransportError> for Inconclusive {
    fn from(error: TransportError) -> Self {
        let what = match error.kind() {
            TransportErrorKind::Timeout => "timed out",
            TransportErrorKind::Connect => "connection failed",
            TransportErrorKind::Address | TransportErrorKind::Broken => "transport failed",
        };
        // The innermost cause names the fault (a TLS alert, say) and contains no payload.
        Self { why: format!("{what}: {}", error.cause()), is_away: true }
    }
}

impl From<ReadError> for Inconclusive {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::TooLong(longest) => {
                Self::new(format!("a response of more than {longest} bytes"))
            }
            ReadError::Transport(error) => error.into(),
        }
    }
}

impl Es2Client {
    /// Calls a function. Returns the body of a response with status 200.
    pub(crate) async fn exchange<B: Serialize + Sync>(
        &self,
        function: Es2Function,
        call: &str,
        body: &B,
    ) -> Result<Vec<u8>, Inconclusive> {
        let url = format!("{}/gsma/rsp2/es2plus/{}", self.base, function.as_str());
        let header = RequestHeader {
            function_requester_identifier: &self.requester,
            function_call_identifier: call,
        };
        let sent = self.http.post(url).header(PROTOCOL_HEADER, PROTOCOL);
        let request = sent.json(&WireRequest { header, body });
        let response = request.send().await.map_err(TransportError::from)?;
        match response.status() {
            // A gateway in front of it speaks another protocol.
            status if is_away(status) => {}
            _ => check_protocol(&response)?,
        }
        match response.status() {
            StatusCode::OK => Ok(read_bounded(response, LONGEST_RESPONSE).await?),
            status => Err(Inconclusive {
                why: format!("HTTP {}", status.as_u16()),
                is_away: is_away(status),
            }),
        }
    }
}

/// A response without the header is accepted: its content decides.
fn check_protocol(response: &Response) -> Result<(), Inconclusive> {
    match response.headers().get(PROTOCOL_HEADER) {
        Some(version) if !version.as_bytes().starts_with(ACCEPTED.as_bytes()) => {
            Err(Inconclusive::new("a response in another protocol"))
        }
        _ => Ok(()),
    }
}
