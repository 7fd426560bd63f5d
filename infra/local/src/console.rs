//! What a terminal sees: the functions' lines, one readable line an event, never in the way of
//! what is meant to be pasted.

mod line;

use std::{
    io::Write as _,
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};

use crate::options::LogFormat;

/// Lines that are held back before the cloud is ready, at most; the oldest go first.
const HELD: usize = 1_000;

/// Shows what functions write. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Console {
    format: LogFormat,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
enum State {
    /// Not ready: lines wait, so that the welcome is not buried.
    Holding(Vec<String>),
    Open,
}

impl Console {
    /// Holds lines back until [`Console::open`].
    pub fn new(format: LogFormat) -> Self {
        Self { format, state: Arc::new(Mutex::new(State::Holding(Vec::new()))) }
    }

    /// Shows what was held back, and every line at once from now on.
    pub fn open(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let State::Holding(lines) = mem::replace(&mut *state, State::Open) {
            lines.iter().for_each(|line| print(line));
        }
    }

    /// Shows a line that a function wrote, if it is worth showing.
    pub fn show(&self, function: &str, text: &str) {
        let Some(line) = line::shown(self.format, function, text) else { return };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *state {
            State::Open => print(&line),
            State::Holding(lines) => {
                if lines.len() == HELD {
                    lines.remove(0);
                }
                lines.push(line);
            }
        }
    }

    /// Shows every line of a stream until it ends. `function` is empty when it is not one's alone.
    pub fn follow(&self, function: &str, stream: Option<impl AsyncRead + Send + Unpin + 'static>) {
        let Some(stream) = stream else { return };
        let (console, function) = (self.clone(), function.to_owned());
        tokio::spawn(async move {
            let mut lines = BufReader::new(stream);
            let mut bytes = Vec::new();
            while lines.read_until(b'\n', &mut bytes).await.is_ok_and(|read| read > 0) {
                console.show(&function, String::from_utf8_lossy(&bytes).trim_end());
                bytes.clear();
            }
        });
    }
}

/// On standard error: standard output carries what is meant to be pasted.
fn print(line: &str) {
    // Nobody is left to be told when it is gone.
    let _ = writeln!(std::io::stderr(), "{line}");
}
