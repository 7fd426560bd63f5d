//! Ports that stay the same from one run to the next: others have registered URLs with them.

use std::{collections::BTreeMap, net::TcpListener};

use uuid::Uuid;

use super::{DataError, DataFolder, write_private};

/// Who has a port, and what it is called.
pub const PORTS: [(&str, &str); 8] = [
    ("api", "the API"),
    ("network", "the simulated network"),
    ("smdp", "the simulated SM-DP+"),
    ("smdpAdmin", "the admin interface of the SM-DP+"),
    ("webhookSink", "the webhook sink"),
    ("admin", "the admin interface"),
    ("dynamodb", "the table"),
    ("sqs", "the queues"),
];

/// Below the ports that outgoing connections get.
const FIRST: u16 = 20_000;
const MANY: u16 = 12_000;

/// The ports of a run. Without a data folder each is 0: any free one.
#[derive(Debug, Default)]
pub struct Ports(BTreeMap<String, u16>);

impl Ports {
    /// Those of the run before where they are free, new ones where they are not.
    ///
    /// # Errors
    /// The file is damaged, or cannot be written.
    pub fn choose(data: Option<&DataFolder>) -> Result<Self, DataError> {
        let Some(data) = data else { return Ok(Self::default()) };
        let file = data.ports();
        let mut kept: BTreeMap<String, u16> = match std::fs::read(&file) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| DataError::Damaged {
                file: file.clone(),
                why: error.to_string(),
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(DataError::refused(&file, error)),
        };
        let mut now = BTreeMap::new();
        // Held until all are chosen: no two get the same.
        let mut held = Vec::new();
        for (name, whose) in PORTS {
            let before = kept.get(name).copied();
            let again = before.and_then(|port| TcpListener::bind(("127.0.0.1", port)).ok());
            let listener = again.or_else(any_free);
            let port = listener.as_ref().and_then(|listener| listener.local_addr().ok());
            let port = port.map_or(0, |address| address.port());
            held.push(listener);
            match before {
                // It stays in the file: it may be free the next time.
                Some(before) if before != port => eprintln!(
                    "port {before} of {whose} is taken by another process: {port} for this run; \
                     what is registered at the old one is not reached"
                ),
                Some(_) => {}
                None => drop(kept.insert(name.to_owned(), port)),
            }
            now.insert(name.to_owned(), port);
        }
        let text = serde_json::to_vec_pretty(&kept).unwrap_or_default();
        write_private(&file, &text).map_err(|error| DataError::refused(&file, error))?;
        Ok(Self(now))
    }

    /// The port of one of [`PORTS`].
    pub fn of(&self, name: &str) -> u16 {
        self.0.get(name).copied().unwrap_or(0)
    }
}

fn any_free() -> Option<TcpListener> {
    let start = Uuid::new_v4().as_fields().1 % MANY;
    let ports = (0..MANY).map(|n| FIRST + (start + n) % MANY);
    ports.into_iter().find_map(|port| TcpListener::bind(("127.0.0.1", port)).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_stay_and_come_back_after_they_were_taken() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::open(folder.path()).unwrap();
        let first = Ports::choose(Some(&data)).unwrap();
        assert!(PORTS.iter().all(|(name, _)| first.of(name) >= FIRST));
        let same = |ports: &Ports| PORTS.iter().filter(|(n, _)| ports.of(n) == first.of(n)).count();
        assert_eq!(same(&Ports::choose(Some(&data)).unwrap()), PORTS.len());
        let taken = TcpListener::bind(("127.0.0.1", first.of("webhookSink"))).unwrap();
        assert_eq!(same(&Ports::choose(Some(&data)).unwrap()), PORTS.len() - 1);
        drop(taken);
        assert_eq!(same(&Ports::choose(Some(&data)).unwrap()), PORTS.len());
    }

    #[test]
    fn without_a_folder_any_port_will_do() {
        assert_eq!(Ports::choose(None).unwrap().of("api"), 0);
    }
}
