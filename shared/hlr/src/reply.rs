//! Messages of the control interface.

/// A message of the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply<'a> {
    /// `GET_REPLY` or `SET_REPLY`: the value of a variable, or `OK`.
    Value {
        /// The id of the command.
        id: u32,
        /// The value; empty when none is given.
        value: &'a str,
    },
    /// `ERROR`: the command was refused.
    Error {
        /// The id of the command; none when the message has none that is a number.
        id: Option<u32>,
        /// In words.
        reason: &'a str,
    },
    /// `TRAP`: something that nobody asked for.
    Trap,
}

impl<'a> Reply<'a> {
    /// Reads the content of a frame. None: it is no such message.
    pub fn parse(content: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(content).ok()?.trim_end_matches(['\0', '\n']);
        let (kind, rest) = text.split_once(' ')?;
        let (id, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        match kind {
            "GET_REPLY" | "SET_REPLY" => {
                let (_variable, value) = rest.split_once(' ').unwrap_or((rest, ""));
                Some(Self::Value { id: id.parse().ok()?, value })
            }
            "ERROR" => Some(Self::Error { id: id.parse().ok(), reason: rest }),
            "TRAP" => Some(Self::Trap),
            _ => None,
        }
    }

    /// Whether it answers this command. An error without an id answers the only one under way.
    pub fn answers(&self, command: u32) -> bool {
        match self {
            Self::Value { id, .. } => *id == command,
            Self::Error { id, .. } => id.is_none_or(|id| id == command),
            Self::Trap => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn replies_have_an_id_and_a_value_or_a_reason() {
        let value = |id, value| Some(Reply::Value { id, value });
        for (text, expected) in [
            ("SET_REPLY 2 subscriber.create 1", value(2, "1")),
            ("GET_REPLY 7 subscriber.by-imsi-240010000000001.msisdn none", value(7, "none")),
            ("GET_REPLY 6 x \nid\t1\nimsi\t2", value(6, "\nid\t1\nimsi\t2")),
            ("GET_REPLY 6 x", value(6, "")),
            ("TRAP 0 x y", Some(Reply::Trap)),
            ("GET_REPLY x y z", None),
            ("HELLO 1 2", None),
            ("", None),
        ] {
            assert_eq!(Reply::parse(text.as_bytes()), expected, "{text}");
        }
        let refused = Reply::parse(b"ERROR 3 Subscriber already exists.").unwrap();
        let reason = "Subscriber already exists.";
        assert_eq!(refused, Reply::Error { id: Some(3), reason });
        assert!(refused.answers(3) && !refused.answers(4));
        assert!(Reply::parse(b"ERROR err Command parser error.").unwrap().answers(9));
        assert_eq!(Reply::parse(b"\xff\xfe 1 2"), None);
    }

    proptest! {
        #[test]
        fn any_content_is_read_or_refused(content in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Reply::parse(&content);
        }

        #[test]
        fn any_text_after_a_keyword_is_read_or_refused(
            kind in "(GET_REPLY|SET_REPLY|ERROR|TRAP)", rest in "\\PC{0,60}",
        ) {
            let _ = Reply::parse(format!("{kind} {rest}").as_bytes());
        }
    }
}
