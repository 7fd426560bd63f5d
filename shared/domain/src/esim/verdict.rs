//! What an SM-DP+'s refusal means for us (`infra/docs/contracts/esim-orders.md`, *Fulfilment*).

use super::{Es2Function, StatusCode};

/// What a response of an SM-DP+ means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It is done.
    Done,
    /// It was done by an earlier attempt of ours, whose response was lost: go on.
    ProbablyDone,
    /// This profile cannot be had: quarantine it, take another.
    Quarantine,
    /// No profile of this type can be had: a person must look.
    TypeExhausted,
    /// Try again, later.
    Retry,
    /// Refused for good.
    Refused,
}

/// What a failed function means. `earlier` says that we may have called it before with the same
/// values and not have received the response.
pub fn classify(function: Es2Function, code: &StatusCode, earlier: bool) -> Verdict {
    let undoing = function == Es2Function::CancelOrder;
    match (code.subject.as_str(), code.reason.as_str()) {
        // In use. To undo what a device has downloaded is impossible.
        ("8.2.1" | "8.2.6", "3.3") if undoing => Verdict::Refused,
        ("8.2.1" | "8.2.6", "3.3") if earlier => Verdict::ProbablyDone,
        ("8.2.1" | "8.2.6", "3.3") => Verdict::Quarantine,
        // The ICCID is unknown, or not ours. Nothing is there that could be undone.
        ("8.2.1", "3.9" | "1.2") if undoing => Verdict::ProbablyDone,
        ("8.2.1", "3.9" | "1.2") => Verdict::Quarantine,
        ("8.2.5", "3.7") => Verdict::TypeExhausted,
        // Execution error, inaccessible: said of the SM-DS (8.9), and no better of anything else.
        (_, "4.2" | "5.1") => Verdict::Retry,
        _ => Verdict::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_contract_means_what_it_says_for_every_function() {
        use Es2Function::{CancelOrder, ConfirmOrder, DownloadOrder, ReleaseProfile};
        let table = [
            // code, earlier, ordering, cancelling
            ("8.2.1/3.3", false, Verdict::Quarantine, Verdict::Refused),
            ("8.2.1/3.3", true, Verdict::ProbablyDone, Verdict::Refused),
            ("8.2.6/3.3", false, Verdict::Quarantine, Verdict::Refused),
            ("8.2.6/3.3", true, Verdict::ProbablyDone, Verdict::Refused),
            ("8.2.1/3.9", false, Verdict::Quarantine, Verdict::ProbablyDone),
            ("8.2.1/3.9", true, Verdict::Quarantine, Verdict::ProbablyDone),
            ("8.2.1/1.2", false, Verdict::Quarantine, Verdict::ProbablyDone),
            ("8.2.1/1.2", true, Verdict::Quarantine, Verdict::ProbablyDone),
            ("8.2.5/3.7", false, Verdict::TypeExhausted, Verdict::TypeExhausted),
            ("8.9/5.1", false, Verdict::Retry, Verdict::Retry),
            ("8.9/4.2", true, Verdict::Retry, Verdict::Retry),
            ("8.1.1/3.10", false, Verdict::Refused, Verdict::Refused),
            ("8.2.1/3.10", true, Verdict::Refused, Verdict::Refused),
            ("8.2.6/3.10", true, Verdict::Refused, Verdict::Refused),
            ("8.2.5/3.9", false, Verdict::Refused, Verdict::Refused),
            ("1.1/2.2", false, Verdict::Refused, Verdict::Refused),
        ];
        for (code, earlier, ordering, cancelling) in table {
            let code: StatusCode = code.parse().unwrap();
            for function in [DownloadOrder, ConfirmOrder, ReleaseProfile] {
                assert_eq!(classify(function, &code, earlier), ordering, "{function:?} {code}");
            }
            assert_eq!(classify(CancelOrder, &code, earlier), cancelling, "{code} {earlier}");
        }
    }
}
