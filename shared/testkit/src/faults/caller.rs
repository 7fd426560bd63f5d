//! Which function makes a call.

use std::{fs, net::SocketAddr, path::Path};

use axum::http::{HeaderMap, header};

/// A process of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caller {
    pub(super) function: String,
    process: Process,
}

/// How to find a process.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Process {
    /// By the access key in its environment, which is its own in the local cloud.
    AccessKey(String),
    Id(i32),
}

impl Caller {
    /// The function that signed a call to AWS; none when it was another program.
    pub(super) fn signed(headers: &HeaderMap) -> Option<Self> {
        let signature = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (key, _) = signature.split_once("Credential=")?.1.split_once('/')?;
        let (function, _) = key.rsplit_once('.')?;
        Some(Self { function: function.to_owned(), process: Process::AccessKey(key.to_owned()) })
    }

    /// The function that is connected from `peer`; none when it is another program, or has ended.
    pub(super) fn connected(peer: SocketAddr, own: SocketAddr) -> Option<Self> {
        let listing = fs::read_to_string("/proc/net/tcp").ok()?;
        let inode = inode(&listing, peer.port(), own.port())?;
        let socket = format!("socket:[{inode}]");
        functions().find_map(|(id, function)| {
            let process = Process::Id(id);
            let folder = format!("/proc/{id}/fd");
            has(Path::new(&folder), &socket).then_some(Self { function, process })
        })
    }

    /// The id of its process; none when it has ended.
    pub(super) fn pid(&self) -> Option<i32> {
        match &self.process {
            Process::Id(id) => Some(*id),
            Process::AccessKey(key) => {
                let variable = format!("AWS_ACCESS_KEY_ID={key}");
                let of_function = functions().filter(|(_, function)| *function == self.function);
                of_function.map(|(id, _)| id).find(|id| {
                    let environment = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
                    environment.split(|byte| *byte == 0).any(|one| one == variable.as_bytes())
                })
            }
        }
    }
}

/// All processes of functions on this machine, by id and name.
fn functions() -> impl Iterator<Item = (i32, String)> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.filter_map(|entry| {
        let id = entry.file_name().to_str()?.parse().ok()?;
        Some((id, function(&fs::read(entry.path().join("cmdline")).ok()?)?))
    })
}

/// The inode of the connection from one local port to another, of the listing of the kernel.
fn inode(listing: &str, from: u16, to: u16) -> Option<&str> {
    let (from, to) = (format!(":{from:04X}"), format!(":{to:04X}"));
    listing.lines().find_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let is_it = fields.next()?.ends_with(&from) && fields.next()?.ends_with(&to);
        // State, queues, timer, retransmissions, user, time-out.
        is_it.then(|| fields.nth(6)).flatten().filter(|inode| *inode != "0")
    })
}

/// The name after `function`, as the local cloud starts itself again.
fn function(command_line: &[u8]) -> Option<String> {
    let mut arguments = command_line.split(|byte| *byte == 0).skip(1);
    let name = (arguments.next()? == b"function").then(|| arguments.next())??;
    String::from_utf8(name.to_vec()).ok()
}

fn has(descriptors: &Path, socket: &str) -> bool {
    let Ok(open) = fs::read_dir(descriptors) else { return false };
    open.flatten().any(|file| fs::read_link(file.path()).is_ok_and(|to| to == Path::new(socket)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_names_its_function_by_its_credentials() {
        let signed = |credential: &str| {
            let value = format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host");
            let headers = [(header::AUTHORIZATION, value.parse().unwrap())];
            Caller::signed(&headers.into_iter().collect()).map(|caller| caller.function)
        };
        let of = "20261121/us-east-1/dynamodb/aws4_request";
        assert_eq!(signed(&format!("esim-worker.12/{of}")).as_deref(), Some("esim-worker"));
        assert_eq!(signed(&format!("local/{of}")), None);
    }

    #[test]
    fn a_connection_is_found_by_both_of_its_ports() {
        let listing = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt\n   \
            0: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000 0 11 1\n   \
            1: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000 0 22 1";
        assert_eq!(inode(listing, 50_000, 8_080), Some("22"));
        assert_eq!(inode(listing, 8_080, 50_000), Some("11"));
        assert_eq!(inode(listing, 50_000, 8_081), None);
    }

    #[test]
    fn a_function_is_named_on_its_command_line() {
        assert_eq!(function(b"orderwire-local\0function\0sweeper\0").as_deref(), Some("sweeper"));
        assert_eq!(function(b"orderwire-local\0--quiet\0"), None);
    }
}
