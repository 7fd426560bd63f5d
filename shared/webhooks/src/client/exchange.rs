use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::Poll,
};

use bytes::Bytes;
use domain::retry_after::RetryAfter;
use http::{HeaderMap, HeaderValue, Request, header};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{Instant, timeout_at},
};

use super::{Answer, BodyEnd, SendError};
use crate::Target;

/// The most that is kept of what a receiver sends at a time; also the longest head of an answer.
const BUFFER: usize = 32 * 1024;

/// The request to a target.
pub(super) fn request(
    target: &Target,
    mut headers: HeaderMap,
    body: Bytes,
) -> Result<Request<Full<Bytes>>, SendError> {
    let host = HeaderValue::try_from(target.authority()).map_err(http::Error::from)?;
    headers.insert(header::HOST, host);
    let mut request = Request::post(&target.path).body(Full::new(body))?;
    *request.headers_mut() = headers;
    Ok(request)
}

/// What a connection runs over: TLS, or TCP alone.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// Reads and writes while an exchange polls it.
type Driver = http1::Connection<TokioIo<Box<dyn Stream>>, Full<Bytes>>;

/// A connection to a receiver. Only an exchange reads from it and writes to it: no task is left
/// behind.
pub(super) struct Connection {
    pub(super) opened: Instant,
    sender: http1::SendRequest<Full<Bytes>>,
    driver: Pin<Box<Driver>>,
}

impl Connection {
    /// Over a stream to the receiver.
    pub(super) async fn over(stream: impl Stream + 'static) -> Result<Self, SendError> {
        let stream: Box<dyn Stream> = Box::new(stream);
        let handshake = http1::Builder::new().max_buf_size(BUFFER).handshake(TokioIo::new(stream));
        let (sender, driver) = handshake.await.map_err(SendError::Broken)?;
        Ok(Self { opened: Instant::now(), sender, driver: Box::pin(driver) })
    }

    /// Whether another request can be sent: the receiver has neither closed it nor sent anything
    /// unasked.
    pub(super) async fn is_open(&mut self) -> bool {
        let ended = poll_fn(|context| Poll::Ready(self.driver.as_mut().poll(context).is_ready()));
        !ended.await && self.sender.is_ready()
    }

    /// Sends the request and reads the status, then as much of the body as comes in time and
    /// fits into `most` bytes.
    pub(super) async fn exchange(
        &mut self,
        request: Request<Full<Bytes>>,
        deadline: Instant,
        most: usize,
    ) -> Result<Answer, SendError> {
        let Self { sender, driver, .. } = self;
        let conversation = async {
            let response = timeout_at(deadline, sender.send_request(request))
                .await
                .map_err(|_| SendError::TimedOut)?
                .map_err(SendError::Broken)?;
            let (parts, body) = response.into_parts();
            let (body, body_end) = read(body, deadline, most).await;
            let retry_after = parts.headers.get(header::RETRY_AFTER);
            let retry_after = retry_after.and_then(|value| RetryAfter::parse(value.to_str().ok()?));
            Ok(Answer { status: parts.status.as_u16(), retry_after, body, body_end })
        };
        let mut conversation = pin!(conversation);
        tokio::select! {
            biased;
            answer = &mut conversation => return answer,
            // How it ended is told to the conversation, which may still have something to read.
            _ = driver => {}
        }
        conversation.await
    }
}

async fn read(mut body: Incoming, deadline: Instant, most: usize) -> (Vec<u8>, BodyEnd) {
    let mut read = Vec::new();
    loop {
        let data = match timeout_at(deadline, body.frame()).await {
            Ok(None) => return (read, BodyEnd::Complete),
            Ok(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
            Ok(Some(Err(_))) | Err(_) => return (read, BodyEnd::Unfinished),
        };
        let room = most - read.len();
        read.extend_from_slice(&data[..data.len().min(room)]);
        if data.len() > room {
            return (read, BodyEnd::Cut);
        }
    }
}
