//! A receiver of webhooks that behaves well at one path and misbehaves at others.

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::sleep,
};

/// The paths at which it misbehaves.
pub(crate) const MISBEHAVING: [&str; 6] = ["hang", "drip", "flood", "redirect", "reset", "error"];

/// A message received at the well-behaved path.
pub(crate) struct Arrival {
    /// The delay since its status change.
    pub(crate) delay: Duration,
    id: String,
}

#[derive(Default)]
struct Seen {
    good: Vec<Arrival>,
    calls: BTreeMap<String, usize>,
}

pub(crate) struct Receiver {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::<Mutex<Seen>>::default();
        let of_all = seen.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let seen = of_all.clone();
                tokio::spawn(async move { serve(stream, &seen).await });
            }
        });
        Self { address, seen, task }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// The number of calls to a path.
    pub(crate) fn calls(&self, path: &str) -> usize {
        self.seen.lock().unwrap().calls.get(path).copied().unwrap_or(0)
    }

    /// Takes the messages received at the well-behaved path, once there are `count`.
    pub(crate) fn take_if(&self, count: usize) -> Option<Vec<Arrival>> {
        let mut seen = self.seen.lock().unwrap();
        (seen.good.len() >= count).then(|| std::mem::take(&mut seen.good))
    }
}

/// Path and body of a request.
async fn request(stream: &mut TcpStream) -> io::Result<(String, Vec<u8>)> {
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
            });
            let (start, length): (usize, usize) = (head.len() + 4, length.unwrap_or(0));
            if read.len() >= start + length {
                let path = head.split(' ').nth(1).unwrap_or_default();
                let path = path.trim_start_matches('/').to_owned();
                return Ok((path, read[start..start + length].to_vec()));
            }
        }
        if stream.read_buf(&mut read).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

async fn serve(mut stream: TcpStream, seen: &Mutex<Seen>) {
    let Ok((path, body)) = request(&mut stream).await else { return };
    *seen.lock().unwrap().calls.entry(path.clone()).or_default() += 1;
    if path == "good" {
        arrived(&body, seen);
    }
    // The result is irrelevant: the client may have closed the connection.
    let _ = respond(stream, &path).await;
}

async fn respond(mut stream: TcpStream, path: &str) -> io::Result<()> {
    let head = |status: &str, more: &str| format!("HTTP/1.1 {status}\r\n{more}\r\n");
    match path {
        path if path == "good" || path.starts_with("well-behaved") => {
            stream.write_all(head("204 No Content", "").as_bytes()).await
        }
        "error" => stream.write_all(head("500 Oh", "content-length: 0\r\n").as_bytes()).await,
        "redirect" => {
            let more = "location: http://127.0.0.1:1/\r\ncontent-length: 0\r\n";
            stream.write_all(head("302 Found", more).as_bytes()).await
        }
        "reset" => stream.set_zero_linger(),
        "flood" => {
            let more = "content-length: 1000000000\r\n";
            stream.write_all(head("500 Oh", more).as_bytes()).await?;
            let block = vec![b'x'; 1 << 20];
            for _ in 0..1_000 {
                stream.write_all(&block).await?;
            }
            Ok(())
        }
        "drip" => {
            let text = head("200 OK", "content-length: 0\r\n");
            for byte in text.bytes() {
                stream.write_all(&[byte]).await?;
                sleep(Duration::from_secs(1)).await;
            }
            Ok(())
        }
        _ => {
            sleep(Duration::from_secs(600)).await;
            Ok(())
        }
    }
}

fn arrived(body: &[u8], seen: &Mutex<Seen>) {
    let body: Value = serde_json::from_slice(body).unwrap();
    let at = OffsetDateTime::parse(body["timestamp"].as_str().unwrap(), &Rfc3339).unwrap();
    let delay = (OffsetDateTime::now_utc() - at).try_into().unwrap_or(Duration::ZERO);
    let id = format!("{} {}", body["data"]["orderId"], body["data"]["sequence"]);
    let mut seen = seen.lock().unwrap();
    if seen.good.iter().all(|known| known.id != id) {
        seen.good.push(Arrival { delay, id });
    }
}
