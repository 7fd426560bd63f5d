use std::pin::pin;

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

/// Sends the request and reads the status, then as much of the body as comes in time and fits
/// into `most` bytes. The connection lives and dies in here: no task is left behind.
pub(super) async fn exchange<S>(
    stream: S,
    request: Request<Full<Bytes>>,
    deadline: Instant,
    most: usize,
) -> Result<Answer, SendError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let handshake = http1::Builder::new().max_buf_size(BUFFER).handshake(TokioIo::new(stream));
    let (mut sender, connection) = handshake.await.map_err(SendError::Broken)?;
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
    let (mut connection, mut conversation) = (pin!(connection), pin!(conversation));
    tokio::select! {
        biased;
        answer = &mut conversation => return answer,
        // How it ended is told to the conversation, which may still have something to read.
        _ = &mut connection => {}
    }
    conversation.await
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
