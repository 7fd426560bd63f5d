//! How the SM-DP+ can misbehave.

use serde::{Deserialize, Serialize};

use super::Refusal;

/// A fault, until it is ended or used up: `{"mode": "failed", "subjectCode": "8.2.1",
/// "reasonCode": "3.9", "function": "downloadOrder", "iccid": "..", "times": 3}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What goes wrong.
    #[serde(flatten)]
    pub mode: FaultMode,
    /// Only in this function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// Only for this profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iccid: Option<String>,
    /// Only so many times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
}

impl Fault {
    /// Without limits.
    pub const fn always(mode: FaultMode) -> Self {
        Self { mode, function: None, iccid: None, times: None }
    }

    /// Once, in one function.
    pub fn once(mode: FaultMode, function: &str) -> Self {
        Self { times: Some(1), function: Some(function.to_owned()), ..Self::always(mode) }
    }

    pub(super) fn concerns(&self, function: &str, iccid: &str) -> bool {
        self.times != Some(0)
            && self.function.as_deref().is_none_or(|wanted| wanted == function)
            && self.iccid.as_deref().is_none_or(|wanted| wanted == iccid)
    }
}

/// What goes wrong with a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "kebab-case")]
pub enum FaultMode {
    /// Does nothing; HTTP 200 with `Failed` and these codes.
    Failed(Refusal),
    /// Does nothing; HTTP 200 with `Failed` and no code, which SGP.22 does not allow.
    FailedWithoutCode,
    /// Does it, and says that it failed.
    FailedAfterDoing(Refusal),
    /// Does nothing; HTTP 200 with `Expired`.
    Expired,
    /// Does it; HTTP 200 with `Executed-WithWarning`.
    Warning,
    /// Does nothing, never answers.
    Hang,
    /// Does it, never answers.
    HangAfterDoing,
    /// Answers 500 and does nothing.
    Error500,
    /// Answers 503 like a gateway in front of it, and does nothing.
    Unavailable,
    /// Does it, then closes the connection within the answer.
    AnswerLostAfterDoing,
    /// Waits, then does it.
    Delay {
        /// How long.
        milliseconds: u64,
    },
    /// Does it, then waits before it answers.
    DelayAfterDoing {
        /// How long.
        milliseconds: u64,
    },
    /// Does nothing; HTTP 200 with what is no answer.
    Garbage,
    /// Does it; an answer larger than anybody should read.
    HugeAnswer,
}

impl FaultMode {
    /// Its name in the list of calls.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Failed(_) => "failed",
            Self::FailedWithoutCode => "failed-without-code",
            Self::FailedAfterDoing(_) => "failed-after-doing",
            Self::Expired => "expired",
            Self::Warning => "warning",
            Self::Hang => "hang",
            Self::HangAfterDoing => "hang-after-doing",
            Self::Error500 => "error500",
            Self::Unavailable => "unavailable",
            Self::AnswerLostAfterDoing => "answer-lost-after-doing",
            Self::Delay { .. } => "delay",
            Self::DelayAfterDoing { .. } => "delay-after-doing",
            Self::Garbage => "garbage",
            Self::HugeAnswer => "huge-answer",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_fault_is_written_flat() {
        let fault: Fault = serde_json::from_value(json!({
            "mode": "failed", "subjectCode": "8.2.1", "reasonCode": "3.9",
            "function": "downloadOrder", "times": 2,
        }))
        .unwrap();
        let FaultMode::Failed(refusal) = &fault.mode else { panic!("{fault:?}") };
        assert_eq!((&*refusal.subject_code, &*refusal.reason_code), ("8.2.1", "3.9"));
        assert!(fault.concerns("downloadOrder", "1") && !fault.concerns("confirmOrder", "1"));
        assert_eq!(serde_json::to_value(&fault.mode).unwrap()["mode"], fault.mode.name());
    }
}
