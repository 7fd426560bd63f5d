//! A connection to the control interface: one command at a time.

use std::time::Duration;

use domain::{network::StepError, text::without_numbers};
use thiserror::Error;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::{
    ipa::{CTRL, Frame, Received},
    reply::Reply,
};

/// Maximum frames that are read while a response is awaited: traps may come in between.
const MOST_FRAMES: usize = 256;
/// Maximum length of a reason in a log, in characters.
const LONGEST_REASON: usize = 200;

/// Time-outs of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CtrlTimes {
    /// To connect, the lookup of the name included.
    pub connect: Duration,
    /// From the sending of a command to its response. A lease must outlast it before a step is sent.
    pub step: Duration,
}

impl Default for CtrlTimes {
    fn default() -> Self {
        Self { connect: Duration::from_secs(2), step: Duration::from_secs(2) }
    }
}

/// How a command failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CtrlError {
    /// The register refused it.
    #[error("refused: {0}")]
    Refused(String),
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

impl From<CtrlError> for StepError {
    fn from(error: CtrlError) -> Self {
        let why = format!("hlr: {error}");
        match error {
            CtrlError::Refused(_) => Self::Refused { why },
            CtrlError::Away(_) => Self::Away { why },
            CtrlError::Unanswered(_) => Self::Unanswered { why },
            CtrlError::Unreadable => Self::Unreadable { why },
        }
    }
}

/// A connection. After an error other than a refusal it is closed: a late response would be taken for
/// that of the next command.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: Option<TcpStream>,
    received: Received,
    times: CtrlTimes,
    last_id: u32,
}

impl Connection {
    pub(crate) async fn open(address: &str, times: CtrlTimes) -> Result<Self, CtrlError> {
        let away = |why: String| CtrlError::Away(why);
        let stream = timeout(times.connect, TcpStream::connect(address))
            .await
            .map_err(|_| away("time-out".to_owned()))?
            .map_err(|error| away(error.kind().to_string()))?;
        // Small commands, each awaited.
        stream.set_nodelay(true).map_err(|error| away(error.kind().to_string()))?;
        // A command that is still in the send buffer when the connection is dropped, or its process
        // killed, is discarded: it is not sent later, when its order may be another worker's.
        stream.set_zero_linger().map_err(|error| away(error.kind().to_string()))?;
        Ok(Self { stream: Some(stream), received: Received::default(), times, last_id: 0 })
    }

    pub(crate) async fn get(&mut self, variable: &str) -> Result<String, CtrlError> {
        self.command("GET", variable).await
    }

    pub(crate) async fn set(&mut self, variable: &str, value: &str) -> Result<String, CtrlError> {
        self.command("SET", &format!("{variable} {value}")).await
    }

    async fn command(&mut self, verb: &str, what: &str) -> Result<String, CtrlError> {
        // None while a command is under way: one that is dropped half-way leaves it closed.
        let closed = || CtrlError::Away("the connection is closed".to_owned());
        let mut stream = self.stream.take().ok_or_else(closed)?;
        self.last_id += 1;
        let frame = Frame::osmocom(CTRL, format!("{verb} {} {what}", self.last_id).as_bytes());
        let bytes = frame.to_bytes().map_err(|error| CtrlError::Refused(error.to_string()))?;
        let exchanged = timeout(self.times.step, self.exchange(&mut stream, &bytes)).await;
        let response =
            exchanged.unwrap_or_else(|_| Err(CtrlError::Unanswered("time-out".to_owned())));
        if matches!(response, Ok(_) | Err(CtrlError::Refused(_))) {
            self.stream = Some(stream);
        }
        response
    }

    async fn exchange(
        &mut self,
        stream: &mut TcpStream,
        command: &[u8],
    ) -> Result<String, CtrlError> {
        let broken = |error: std::io::Error| CtrlError::Unanswered(error.kind().to_string());
        stream.write_all(command).await.map_err(broken)?;
        let mut buffer = [0; 4096];
        for _ in 0..MOST_FRAMES {
            let frame = loop {
                if let Some(frame) = self.received.next_frame() {
                    break frame;
                }
                match stream.read(&mut buffer).await.map_err(broken)? {
                    0 => return Err(CtrlError::Unanswered("the connection was closed".to_owned())),
                    length => self.received.push(&buffer[..length]),
                }
            };
            let Some(content) = frame.content(CTRL) else { continue };
            match Reply::parse(content) {
                None => return Err(CtrlError::Unreadable),
                Some(reply) if !reply.answers(self.last_id) => {}
                Some(Reply::Value { value, .. }) => return Ok(value.to_owned()),
                Some(Reply::Error { reason, .. }) => return Err(CtrlError::Refused(shown(reason))),
                Some(Reply::Trap) => {}
            }
        }
        Err(CtrlError::Unreadable)
    }
}

/// A reason as it may stand in a log.
fn shown(reason: &str) -> String {
    let reason = without_numbers(reason);
    reason.chars().filter(|c| !c.is_control()).take(LONGEST_REASON).collect()
}
