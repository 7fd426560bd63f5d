//! The framing of IPA: two bytes of length, one byte of protocol, then the payload.

use thiserror::Error;

/// The protocol of Osmocom's extensions: the first byte of the payload says which.
pub const OSMOCOM: u8 = 0xee;
/// The protocol of connection control (CCM): identity, ping, pong.
pub const CCM: u8 = 0xfe;
/// The extension of the control interface.
pub const CTRL: u8 = 0x00;
/// The extension of GSUP, by which exchanges ask a home location register.
pub const GSUP: u8 = 0x05;

/// Length and protocol.
const HEADER: usize = 3;

/// The payload is longer than a frame can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("more than 65,535 bytes in a frame")]
pub struct TooLong;

/// A frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The protocol of its payload.
    pub protocol: u8,
    /// What it carries.
    pub payload: Vec<u8>,
}

impl Frame {
    /// A frame of an extension of Osmocom.
    pub fn osmocom(extension: u8, content: &[u8]) -> Self {
        Self { protocol: OSMOCOM, payload: [&[extension], content].concat() }
    }

    /// Its bytes.
    ///
    /// # Errors
    /// The payload is too long.
    pub fn to_bytes(&self) -> Result<Vec<u8>, TooLong> {
        let length = u16::try_from(self.payload.len()).map_err(|_| TooLong)?;
        let [high, low] = length.to_be_bytes();
        Ok([&[high, low, self.protocol], self.payload.as_slice()].concat())
    }

    /// The content of a payload of this extension of Osmocom.
    pub fn content(&self, extension: u8) -> Option<&[u8]> {
        let (first, content) = self.payload.split_first()?;
        (self.protocol == OSMOCOM && *first == extension).then_some(content)
    }
}

/// Received bytes, from which frames are taken. Holds at most one frame that is not complete, 64 KiB.
#[derive(Debug, Default)]
pub struct Received {
    bytes: Vec<u8>,
}

impl Received {
    /// Adds bytes as they came.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next complete frame.
    pub fn next_frame(&mut self) -> Option<Frame> {
        let [high, low, protocol] = *self.bytes.first_chunk::<HEADER>()?;
        let end = HEADER + usize::from(u16::from_be_bytes([high, low]));
        let payload = self.bytes.get(HEADER..end)?.to_vec();
        self.bytes.drain(..end);
        Some(Frame { protocol, payload })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn frames_arrive_whole_however_their_bytes_are_cut(
            frames in proptest::collection::vec((any::<u8>(), proptest::collection::vec(any::<u8>(), 0..40)), 0..8),
            cut in 1_usize..30,
        ) {
            let frames: Vec<Frame> =
                frames.into_iter().map(|(protocol, payload)| Frame { protocol, payload }).collect();
            let bytes: Vec<u8> = frames.iter().flat_map(|frame| frame.to_bytes().unwrap()).collect();
            let (mut received, mut found) = (Received::default(), Vec::new());
            for part in bytes.chunks(cut) {
                received.push(part);
                found.extend(std::iter::from_fn(|| received.next_frame()));
            }
            prop_assert_eq!(found, frames);
            prop_assert!(received.bytes.is_empty());
        }

        #[test]
        fn any_bytes_are_frames_or_wait_for_more(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let mut received = Received::default();
            received.push(&bytes);
            let taken: usize =
                std::iter::from_fn(|| received.next_frame()).map(|frame| HEADER + frame.payload.len()).sum();
            prop_assert_eq!(taken + received.bytes.len(), bytes.len());
        }
    }

    #[test]
    fn a_payload_has_at_most_65_535_bytes() {
        let frame = |length| Frame { protocol: OSMOCOM, payload: vec![0; length] };
        assert_eq!(frame(65_536).to_bytes(), Err(TooLong));
        assert_eq!(frame(65_535).to_bytes().map(|bytes| bytes.len()), Ok(65_538));
        assert_eq!(Frame::osmocom(CTRL, b"GET 1 x").content(CTRL), Some(&b"GET 1 x"[..]));
        assert_eq!(Frame::osmocom(GSUP, b"x").content(CTRL), None);
        assert_eq!(Frame { protocol: OSMOCOM, payload: Vec::new() }.content(CTRL), None);
    }
}
