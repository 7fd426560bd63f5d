//! A connection to an OVSDB server: one request at a time.

use std::time::Duration;

use domain::{network::StepError, text::without_numbers};
use serde_json::{Value, json};
use thiserror::Error;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};

/// The database.
const DATABASE: &str = "Open_vSwitch";
/// Bytes of responses that are held at most.
const MOST_BYTES: usize = 1 << 20;
/// Messages that are read at most while a response is awaited: the server may ask for echoes.
const MOST_MESSAGES: usize = 64;
/// Maximum length of a reason in a log, in characters.
const LONGEST_REASON: usize = 200;

/// Time-outs of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OvsdbTimes {
    /// To connect, the lookup of the name included.
    pub connect: Duration,
    /// From the sending of a request to its response. A lease must outlast it before a write is sent.
    pub step: Duration,
    /// Of all that is done on the connection.
    pub total: Duration,
}

impl Default for OvsdbTimes {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(2),
            step: Duration::from_secs(2),
            total: Duration::from_secs(10),
        }
    }
}

/// How a request failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OvsdbError {
    /// The server refused it.
    #[error("refused: {0}")]
    Refused(String),
    /// A condition of it did not hold.
    #[error("a condition did not hold")]
    Unmet,
    /// Nothing was sent.
    #[error("no connection: {0}")]
    Away(String),
    /// It was sent, and no response came.
    #[error("no response: {0}")]
    Unanswered(String),
    /// The response is not of the protocol.
    #[error("response not readable")]
    Unreadable,
}

impl From<OvsdbError> for StepError {
    fn from(error: OvsdbError) -> Self {
        let why = format!("ovsdb: {error}");
        match error {
            OvsdbError::Refused(_) | OvsdbError::Unmet => Self::Refused { why },
            OvsdbError::Away(_) => Self::Away { why },
            OvsdbError::Unanswered(_) => Self::Unanswered { why },
            OvsdbError::Unreadable => Self::Unreadable { why },
        }
    }
}

/// A connection. After an error of the connection it is closed: a late response would be taken for that
/// of the next request.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: Option<TcpStream>,
    received: Vec<u8>,
    step: Duration,
    until: Instant,
    last_id: u64,
}

impl Connection {
    pub(crate) async fn open(address: &str, times: OvsdbTimes) -> Result<Self, OvsdbError> {
        let away = |why: String| OvsdbError::Away(why);
        let until = Instant::now() + times.total;
        let stream = timeout(times.connect.min(times.total), TcpStream::connect(address))
            .await
            .map_err(|_| away("time-out".to_owned()))?
            .map_err(|error| away(error.kind().to_string()))?;
        stream.set_nodelay(true).map_err(|error| away(error.kind().to_string()))?;
        // A request that is still in the send buffer when its process is killed is discarded.
        stream.set_zero_linger().map_err(|error| away(error.kind().to_string()))?;
        Ok(Self { stream: Some(stream), received: Vec::new(), step: times.step, until, last_id: 0 })
    }

    /// When a request that is sent now has ended.
    pub(crate) fn step_end(&self) -> Instant {
        (Instant::now() + self.step).min(self.until)
    }

    /// The results of a transaction, one for each operation.
    pub(crate) async fn transact(
        &mut self,
        operations: Vec<Value>,
    ) -> Result<Vec<Value>, OvsdbError> {
        let count = operations.len();
        let parameters = std::iter::once(json!(DATABASE)).chain(operations).collect();
        let Value::Array(results) = self.request("transact", parameters).await? else {
            return Err(OvsdbError::Unreadable);
        };
        if let Some(failed) = results.iter().find(|result| result.get("error").is_some()) {
            return Err(failure(failed));
        }
        if results.len() == count { Ok(results) } else { Err(OvsdbError::Unreadable) }
    }

    async fn request(&mut self, method: &str, parameters: Value) -> Result<Value, OvsdbError> {
        // None while a request is under way: one that is dropped half-way leaves it closed.
        let closed = || OvsdbError::Away("the connection is closed".to_owned());
        let mut stream = self.stream.take().ok_or_else(closed)?;
        self.last_id += 1;
        let request = json!({ "method": method, "params": parameters, "id": self.last_id });
        let exchanged = timeout_at(self.step_end(), self.exchange(&mut stream, &request)).await;
        let response =
            exchanged.unwrap_or_else(|_| Err(OvsdbError::Unanswered("time-out".to_owned())))?;
        self.stream = Some(stream);
        match (response.get("result"), response.get("error")) {
            (Some(result), None | Some(Value::Null)) => Ok(result.clone()),
            (_, Some(error)) => Err(OvsdbError::Refused(shown(&error.to_string()))),
            (None, None) => Err(OvsdbError::Unreadable),
        }
    }

    async fn exchange(
        &mut self,
        stream: &mut TcpStream,
        request: &Value,
    ) -> Result<Value, OvsdbError> {
        send(stream, request).await?;
        for _ in 0..MOST_MESSAGES {
            let message = self.next_message(stream).await?;
            if message.get("method").is_some_and(|method| method == "echo") {
                let (result, id) = (&message["params"], &message["id"]);
                send(stream, &json!({ "result": result, "error": null, "id": id })).await?;
            } else if message.get("id") == Some(&json!(self.last_id)) {
                return Ok(message);
            }
        }
        Err(OvsdbError::Unreadable)
    }

    /// The next JSON value: messages follow each other without a delimiter.
    async fn next_message(&mut self, stream: &mut TcpStream) -> Result<Value, OvsdbError> {
        let mut buffer = vec![0; 16 * 1024];
        let mut may_end = true;
        loop {
            if may_end && let Some(message) = self.take_message()? {
                return Ok(message);
            }
            if self.received.len() >= MOST_BYTES {
                return Err(OvsdbError::Unreadable);
            }
            match stream.read(&mut buffer).await.map_err(broken)? {
                0 => return Err(OvsdbError::Unanswered("the connection was closed".to_owned())),
                length => {
                    // A long message is not parsed anew for each part of it: only where an object
                    // may end, and at its begin, which tells nonsense at once.
                    may_end = self.received.is_empty() || buffer[..length].contains(&b'}');
                    self.received.extend_from_slice(&buffer[..length]);
                }
            }
        }
    }

    fn take_message(&mut self) -> Result<Option<Value>, OvsdbError> {
        let mut values = serde_json::Deserializer::from_slice(&self.received).into_iter::<Value>();
        let message = match values.next() {
            None => return Ok(None),
            Some(Err(error)) if error.is_eof() => return Ok(None),
            Some(Err(_)) => return Err(OvsdbError::Unreadable),
            Some(Ok(message)) => message,
        };
        let end = values.byte_offset();
        self.received.drain(..end);
        if message.is_object() { Ok(Some(message)) } else { Err(OvsdbError::Unreadable) }
    }
}

async fn send(stream: &mut TcpStream, message: &Value) -> Result<(), OvsdbError> {
    stream.write_all(message.to_string().as_bytes()).await.map_err(broken)
}

#[expect(clippy::needless_pass_by_value, reason = "passed by name to map_err")]
fn broken(error: std::io::Error) -> OvsdbError {
    OvsdbError::Unanswered(error.kind().to_string())
}

/// Why an operation failed; `timed out` is that of a `wait` (RFC 7047, 5.2.6).
fn failure(result: &Value) -> OvsdbError {
    match result["error"].as_str() {
        Some("timed out") => OvsdbError::Unmet,
        Some(error) => {
            let details = result["details"].as_str().unwrap_or_default();
            OvsdbError::Refused(shown(&format!("{error}: {details}")))
        }
        None => OvsdbError::Unreadable,
    }
}

/// A reason as it may stand in a log.
fn shown(reason: &str) -> String {
    let reason = without_numbers(reason);
    reason.chars().filter(|c| !c.is_control()).take(LONGEST_REASON).collect()
}
