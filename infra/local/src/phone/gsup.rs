//! GSUP messages, and the connection of an exchange.

use std::io;

use domain::numbering::Imsi;
use hlr::ipa::{CCM, Frame, GSUP, Received};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::{Cause, Domain, PhoneError};

/// The kind of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageType(pub u8);

impl MessageType {
    /// An exchange has a subscriber.
    pub const UPDATE_LOCATION_REQUEST: Self = Self(0x04);
    /// It may not have it.
    pub const UPDATE_LOCATION_ERROR: Self = Self(0x05);
    /// It has it.
    pub const UPDATE_LOCATION_RESULT: Self = Self(0x06);
    /// Authentication vectors are wanted.
    pub const SEND_AUTH_INFO_REQUEST: Self = Self(0x08);
    /// There are none.
    pub const SEND_AUTH_INFO_ERROR: Self = Self(0x09);
    /// Here they are.
    pub const SEND_AUTH_INFO_RESULT: Self = Self(0x0a);
    /// What the exchange must know of the subscriber.
    pub const INSERT_DATA_REQUEST: Self = Self(0x10);
    /// It knows it.
    pub const INSERT_DATA_RESULT: Self = Self(0x12);
}

/// The tag of an element of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element(u8);

impl Element {
    const IMSI: Self = Self(0x01);
    const CAUSE: Self = Self(0x02);
    const DOMAIN: Self = Self(0x28);
}

/// A message: its type, and elements of tag, length and value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its type.
    pub kind: MessageType,
    elements: Vec<u8>,
}

impl Message {
    /// About a subscriber.
    pub fn new(kind: MessageType, imsi: &Imsi) -> Self {
        Self { kind, elements: Vec::new() }.with(Element::IMSI, &swapped_digits(imsi.as_str()))
    }

    pub(super) fn with_domain(self, domain: Domain) -> Self {
        self.with(Element::DOMAIN, &[if domain == Domain::Packet { 1 } else { 2 }])
    }

    fn with(mut self, Element(tag): Element, value: &[u8]) -> Self {
        let length = u8::try_from(value.len()).unwrap_or_default();
        self.elements.extend([tag, length]);
        self.elements.extend(value);
        self
    }

    fn parse(content: &[u8]) -> Option<Self> {
        let (kind, elements) = content.split_first()?;
        Some(Self { kind: MessageType(*kind), elements: elements.to_vec() })
    }

    fn value(&self, Element(wanted): Element) -> Option<&[u8]> {
        let mut rest = self.elements.as_slice();
        while let [tag, length, after @ ..] = rest {
            let (value, after) = after.split_at_checked(usize::from(*length))?;
            if *tag == wanted {
                return Some(value);
            }
            rest = after;
        }
        None
    }

    /// Why something was refused; 0 when that is not said.
    pub fn cause(&self) -> Cause {
        Cause(self.value(Element::CAUSE).and_then(|value| value.first().copied()).unwrap_or(0))
    }
}

/// Digits as telephony writes them: two in a byte, the first one low, filled up with 15.
fn swapped_digits(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits.bytes().map(|digit| digit.wrapping_sub(b'0') & 0x0f).collect();
    let pair = |pair: &[u8]| match pair {
        [low, high] => high << 4 | low,
        [low] => 0xf0 | low,
        _ => 0xff,
    };
    digits.chunks(2).map(pair).collect()
}

/// An exchange at a register.
pub(super) struct Exchange {
    stream: TcpStream,
    received: Received,
    name: String,
}

impl Exchange {
    pub(super) async fn connect(address: &str, name: &str) -> Result<Self, PhoneError> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let mut exchange = Self { stream, received: Received::default(), name: name.to_owned() };
        // The register asks who it is before it takes anything.
        while !exchange.answer_control().await? {}
        Ok(exchange)
    }

    pub(super) async fn request(&mut self, message: &Message) -> Result<Message, PhoneError> {
        let content = [&[message.kind.0], message.elements.as_slice()].concat();
        self.send(&Frame::osmocom(GSUP, &content)).await?;
        loop {
            let frame = self.next_frame().await?;
            if frame.protocol == CCM {
                self.answer(&frame).await?;
            } else if let Some(content) = frame.content(GSUP) {
                return Message::parse(content).ok_or(PhoneError::Unexpected);
            }
        }
    }

    /// Answers one message of connection control; whether the register was told who this is.
    async fn answer_control(&mut self) -> Result<bool, PhoneError> {
        let frame = self.next_frame().await?;
        if frame.protocol != CCM {
            return Err(PhoneError::Unexpected);
        }
        self.answer(&frame).await
    }

    async fn answer(&mut self, frame: &Frame) -> Result<bool, PhoneError> {
        const PING: u8 = 0x00;
        const PONG: u8 = 0x01;
        const IDENTITY_REQUEST: u8 = 0x04;
        const IDENTITY: u8 = 0x05;
        const ACKNOWLEDGED: u8 = 0x06;
        let ccm = |payload: Vec<u8>| Frame { protocol: CCM, payload };
        match frame.payload.first() {
            Some(&PING) => self.send(&ccm(vec![PONG])).await?,
            Some(&IDENTITY_REQUEST) => {
                let tags = [(8, "0/0/0"), (0, self.name.as_str()), (1, self.name.as_str())];
                let identity = tags.iter().flat_map(|(tag, text)| tagged(*tag, text));
                let payload = std::iter::once(IDENTITY).chain(identity).collect();
                self.send(&ccm(payload)).await?;
                return Ok(true);
            }
            Some(&ACKNOWLEDGED) => self.send(&ccm(vec![ACKNOWLEDGED])).await?,
            _ => {}
        }
        Ok(false)
    }

    async fn send(&mut self, frame: &Frame) -> Result<(), PhoneError> {
        Ok(self.stream.write_all(&frame.to_bytes()?).await?)
    }

    async fn next_frame(&mut self) -> Result<Frame, PhoneError> {
        let mut buffer = [0; 2048];
        loop {
            if let Some(frame) = self.received.next_frame() {
                return Ok(frame);
            }
            match self.stream.read(&mut buffer).await? {
                0 => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
                length => self.received.push(&buffer[..length]),
            }
        }
    }
}

/// A member of an identity: length with tag, tag, text with its end.
fn tagged(tag: u8, text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len() + 2).unwrap_or_default();
    let [high, low] = length.to_be_bytes();
    [&[high, low, tag], text.as_bytes(), &[0]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_swapped_and_filled_up() {
        assert_eq!(swapped_digits("240010000000001"), [0x42, 0, 1, 0, 0, 0, 0, 0xf1]);
        assert_eq!(swapped_digits("24"), [0x42]);
    }

    #[test]
    fn a_cause_is_found_among_elements() {
        let message = Message::parse(&[0x09, 1, 2, 0x42, 0xf1, 2, 1, 0x0b]).unwrap();
        assert_eq!((message.kind, message.cause()), (MessageType(9), Cause(0x0b)));
        // Cut short, it has none.
        for length in 1..7 {
            let cut = Message::parse(&[0x09, 1, 2, 0x42, 0xf1, 2, 1, 0x0b][..length]).unwrap();
            assert_eq!(cut.cause(), Cause(0), "{length}");
        }
        assert_eq!(Message::parse(&[]), None);
    }
}
