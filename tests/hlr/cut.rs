//! A proxy before the control interface: half of the connections lose a command or its answer.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use fastrand::Rng;
use hlr::ipa::Received;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// Commands that the connections of an order have at most, about.
const COMMANDS: usize = 12;

/// Where a connection is cut: at which command, and whether the register still receives it.
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
    pub(crate) async fn start(register: String, mut rng: Rng) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (count, is_on) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(true)));
        let (counted, on) = (Arc::clone(&count), Arc::clone(&is_on));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let is_cut = rng.bool() && on.load(Ordering::Relaxed);
                let fate = is_cut.then(|| (rng.usize(..COMMANDS), rng.bool()));
                let (register, counted) = (register.clone(), Arc::clone(&counted));
                tokio::spawn(async move {
                    if pass(client, &register, fate).await == Some(()) {
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

/// Passes on what is said until one side ends; something, if it was cut.
async fn pass(mut client: TcpStream, register: &str, fate: Fate) -> Option<()> {
    let mut register = TcpStream::connect(register).await.ok()?;
    let (mut commands, mut received) = (0, Received::default());
    let (mut from_client, mut from_register) = ([0; 4096], [0; 4096]);
    loop {
        tokio::select! {
            read = client.read(&mut from_client) => {
                let length = read.ok().filter(|length| *length > 0)?;
                received.push(&from_client[..length]);
                while let Some(frame) = received.next_frame() {
                    let is_last = fate.is_some_and(|(last, _)| commands == last);
                    if fate == Some((commands, false)) {
                        return Some(());
                    }
                    register.write_all(&frame.to_bytes().ok()?).await.ok()?;
                    if is_last {
                        // Executed when this comes: nothing is late after the end of the connection.
                        let _ = register.read(&mut from_register).await.ok()?;
                        return Some(());
                    }
                    commands += 1;
                }
            }
            read = register.read(&mut from_register) => {
                let length = read.ok().filter(|length| *length > 0)?;
                client.write_all(&from_register[..length]).await.ok()?;
            }
        }
    }
}
