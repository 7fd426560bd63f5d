//! A proxy before the OVSDB server: half of the connections lose a request or its response.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use fastrand::Rng;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// Requests that the connection of a step has, about.
const REQUESTS: usize = 6;

/// Where a connection is cut: at which request, and whether the server still receives it.
type Fate = Option<(usize, bool)>;

/// The proxy. It ends with the test's runtime.
pub(crate) struct Cut {
    /// Its own address.
    pub(crate) address: String,
    /// How many connections it has cut.
    pub(crate) count: Arc<AtomicU64>,
    is_on: Arc<AtomicBool>,
}

impl Cut {
    pub(crate) async fn start(server: String, mut rng: Rng) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (count, is_on) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(true)));
        let (counted, on) = (Arc::clone(&count), Arc::clone(&is_on));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let is_cut = rng.bool() && on.load(Ordering::Relaxed);
                let fate = is_cut.then(|| (rng.usize(..REQUESTS), rng.bool()));
                let (server, counted) = (server.clone(), Arc::clone(&counted));
                tokio::spawn(async move {
                    if pass(client, &server, fate).await == Some(()) {
                        counted.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        Self { address, count, is_on }
    }

    /// Cuts nothing from now on.
    pub(crate) fn stop(&self) {
        self.is_on.store(false, Ordering::Relaxed);
    }
}

/// The next whole message, taken from what was received.
fn take_message(received: &mut Vec<u8>) -> Option<Vec<u8>> {
    let mut values = serde_json::Deserializer::from_slice(received).into_iter::<Value>();
    values.next()?.ok()?;
    let end = values.byte_offset();
    Some(received.drain(..end).collect())
}

/// Passes on what is said until one side ends; something, if it was cut.
async fn pass(mut client: TcpStream, server: &str, fate: Fate) -> Option<()> {
    let mut server = TcpStream::connect(server).await.ok()?;
    let (mut requests, mut received) = (0, Vec::new());
    let (mut from_client, mut from_server) = ([0; 8192], [0; 8192]);
    loop {
        tokio::select! {
            read = client.read(&mut from_client) => {
                let length = read.ok().filter(|length| *length > 0)?;
                received.extend_from_slice(&from_client[..length]);
                while let Some(message) = take_message(&mut received) {
                    if fate == Some((requests, false)) {
                        return Some(());
                    }
                    server.write_all(&message).await.ok()?;
                    if fate.is_some_and(|(last, _)| requests == last) {
                        // Executed when this comes.
                        let _ = server.read(&mut from_server).await.ok()?;
                        return Some(());
                    }
                    requests += 1;
                }
            }
            read = server.read(&mut from_server) => {
                let length = read.ok().filter(|length| *length > 0)?;
                client.write_all(&from_server[..length]).await.ok()?;
            }
        }
    }
}
