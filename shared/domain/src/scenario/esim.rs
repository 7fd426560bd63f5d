//! Scenarios of eSIM orders: what the SM-DP+, the network and the device do.

use time::Duration;

use super::{AFTER_RETRIES, AT_ONCE, NetworkCourse, Scenario, UNTIL_RESOLVED};
use crate::esim::{
    Es2Answer, Es2Function, EsimOrder, Installation, NotificationPoint, PointStatus, StatusCode,
};

/// A scenario of eSIM orders.
pub type EsimScenario = Scenario<EsimCourse>;

/// What the outside does with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EsimCourse {
    /// What goes wrong at the SM-DP+.
    pub smdp: Option<Fault>,
    /// What the network does with the plans.
    pub network: NetworkCourse,
    /// How far a device comes with the profile before the plans are in the network.
    pub download: Option<Download>,
}

/// What goes wrong at the SM-DP+.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// In which function.
    pub function: Es2Function,
    /// What.
    pub kind: FaultKind,
}

/// What goes wrong with a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// It fails with this code, always.
    Failed(&'static str, &'static str),
    /// It fails with this code at the first attempt.
    FailedOnce(&'static str, &'static str),
    /// It fails with this code for the first profile of the order.
    FailedForOneProfile(&'static str, &'static str),
    /// The SM-DP+ does it and the response is lost; from then on it says that the profile is in use.
    ResponseLost,
    /// The first response is not readable, and nothing was done.
    Unreadable,
    /// The SM-DP+ is away at the first attempt.
    Away,
}

/// How far a device comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Download {
    /// The last point.
    pub point: NotificationPoint,
    /// Whether it fails there.
    pub fails: bool,
}

impl FaultKind {
    /// The response in place of success, at this attempt and for the profile after so many that the
    /// order gave up; none is success.
    fn answer<T>(self, attempt: u32, replaced: u8) -> Option<Es2Answer<T>> {
        let failed = |(subject, reason): (&str, &str)| {
            let code = StatusCode { subject: subject.to_owned(), reason: reason.to_owned() };
            Some(Es2Answer::Failed { code, message: None })
        };
        let (is_first, why) = (attempt <= 1, "as its scenario says".to_owned());
        match self {
            Self::Failed(subject, reason) => failed((subject, reason)),
            Self::FailedOnce(subject, reason) if is_first => failed((subject, reason)),
            Self::FailedForOneProfile(subject, reason) if replaced == 0 => {
                failed((subject, reason))
            }
            Self::ResponseLost if is_first => Some(Es2Answer::Away { why }),
            Self::ResponseLost => failed(("8.2.1", "3.3")),
            Self::Unreadable if is_first => Some(Es2Answer::Unknown { why }),
            Self::Away if is_first => Some(Es2Answer::Away { why }),
            _ => None,
        }
    }
}

impl EsimCourse {
    /// The response of the SM-DP+ to this function.
    pub fn call<T>(
        self,
        function: Es2Function,
        (attempt, replaced): (u32, u8),
        success: T,
    ) -> Es2Answer<T> {
        let fault = self.smdp.filter(|fault| fault.function == function);
        let answer = fault.and_then(|fault| fault.kind.answer(attempt, replaced));
        answer.unwrap_or(Es2Answer::Executed(success))
    }

    /// What a device has told of the order's profile; the same each time.
    pub fn installation(self, order: &EsimOrder) -> Option<Installation> {
        let Download { point, fails } = self.download?;
        let code = StatusCode { subject: "8.1".to_owned(), reason: "4.8".to_owned() };
        let status = match fails {
            true => PointStatus::Failed { code: Some(code) },
            false => PointStatus::Succeeded,
        };
        let at = order.order_date + Duration::seconds(point.id().into());
        Some(Installation { point, status, at })
    }
}

const WELL: EsimCourse =
    EsimCourse { smdp: None, network: NetworkCourse::Done { after: 0 }, download: None };

const fn network(network: NetworkCourse) -> EsimCourse {
    EsimCourse { network, ..WELL }
}

const fn smdp(function: Es2Function, kind: FaultKind) -> EsimCourse {
    EsimCourse { smdp: Some(Fault { function, kind }), ..WELL }
}

const fn download(point: NotificationPoint, fails: bool) -> EsimCourse {
    EsimCourse { download: Some(Download { point, fails }), ..WELL }
}

const fn row(
    number: u8,
    title: &'static str,
    course: EsimCourse,
    seen: &'static [&'static str],
    said: &'static str,
    seconds: (u16, u16),
) -> EsimScenario {
    Scenario { number, title, course, seen, said, then: None, seconds }
}

const DONE: &[&str] = &["ACCEPTED", "FULFILLING", "COMPLETED"];
const FAILED: &[&str] = &["ACCEPTED", "FULFILLING", "FAILED"];
const OPEN: &[&str] = &["ACCEPTED", "FULFILLING"];

/// The table.
pub const ESIM: [EsimScenario; 21] = {
    use Es2Function::{ConfirmOrder, DownloadOrder};
    use FaultKind::{Away, Failed, FailedForOneProfile, FailedOnce, ResponseLost, Unreadable};
    use NetworkCourse as Network;
    use NotificationPoint::{Confirmation, EligibilityCheck, Installed, PackageDownloaded};
    const PROFILE: &str = "PROFILE_REFUSED";
    const PLAN: &str = "PLAN_REFUSED";
    const REASON: &str = "the plan is not for this SIM";
    [
        row(1, "done at once", WELL, DONE, "", AT_ONCE),
        row(2, "done after 5 seconds", network(Network::Done { after: 5 }), DONE, "", (5, 30)),
        row(3, "done after 60 seconds", network(Network::Done { after: 60 }), DONE, "", (60, 180)),
        row(
            11,
            "the network refuses the plan; the profile is given back",
            network(Network::Refused { reason: REASON }),
            FAILED,
            PLAN,
            AT_ONCE,
        ),
        row(
            12,
            "DownloadOrder fails with 8.1.1/3.10: the EID is refused",
            smdp(DownloadOrder, Failed("8.1.1", "3.10")),
            FAILED,
            PROFILE,
            AT_ONCE,
        ),
        row(
            13,
            "DownloadOrder fails with 8.2.5/3.9: the profile type is unknown",
            smdp(DownloadOrder, Failed("8.2.5", "3.9")),
            FAILED,
            PROFILE,
            AT_ONCE,
        ),
        row(
            14,
            "ConfirmOrder fails with 8.2.6/3.10: the matchingId is refused; the profile is given back",
            smdp(ConfirmOrder, Failed("8.2.6", "3.10")),
            FAILED,
            PROFILE,
            AT_ONCE,
        ),
        row(
            21,
            "DownloadOrder fails with 8.9/5.1 once, then done",
            smdp(DownloadOrder, FailedOnce("8.9", "5.1")),
            DONE,
            "",
            AFTER_RETRIES,
        ),
        row(
            22,
            "the response to DownloadOrder is lost, then the profile is in use (8.2.1/3.3): done",
            smdp(DownloadOrder, ResponseLost),
            DONE,
            "",
            AFTER_RETRIES,
        ),
        row(
            23,
            "the response to ConfirmOrder is lost, then the profile is in use (8.2.1/3.3): done",
            smdp(ConfirmOrder, ResponseLost),
            DONE,
            "",
            AFTER_RETRIES,
        ),
        row(
            24,
            "the response to DownloadOrder is not readable, then done",
            smdp(DownloadOrder, Unreadable),
            DONE,
            "",
            AFTER_RETRIES,
        ),
        row(25, "the SM-DP+ is away once", smdp(DownloadOrder, Away), DONE, "", AFTER_RETRIES),
        row(
            26,
            "DownloadOrder fails with 8.2.1/3.9: the order takes another profile",
            smdp(DownloadOrder, FailedForOneProfile("8.2.1", "3.9")),
            DONE,
            "",
            AT_ONCE,
        ),
        row(
            27,
            "no usable response of the network to the plan, then done",
            network(Network::UnknownThen { refused: None }),
            DONE,
            "",
            AFTER_RETRIES,
        ),
        row(
            28,
            "the plan is in the network, and the response is lost",
            network(Network::ResponseLost),
            DONE,
            "",
            AFTER_RETRIES,
        ),
        row(
            31,
            "DownloadOrder fails with 8.2.5/3.7, no profile is left: needs intervention",
            smdp(DownloadOrder, Failed("8.2.5", "3.7")),
            OPEN,
            "",
            UNTIL_RESOLVED,
        ),
        row(
            41,
            "the download fails at its first point",
            download(EligibilityCheck, true),
            DONE,
            "ELIGIBILITY_CHECK FAILED",
            AFTER_RETRIES,
        ),
        row(
            42,
            "the download fails at its second point",
            download(Confirmation, true),
            DONE,
            "CONFIRMATION FAILED",
            AFTER_RETRIES,
        ),
        row(
            43,
            "the download fails at its third point",
            download(PackageDownloaded, true),
            DONE,
            "PACKAGE_DOWNLOADED FAILED",
            AFTER_RETRIES,
        ),
        row(
            44,
            "the installation in the chip fails",
            download(Installed, true),
            DONE,
            "INSTALLED FAILED",
            AFTER_RETRIES,
        ),
        row(
            45,
            "the device installs the profile",
            download(Installed, false),
            DONE,
            "INSTALLED SUCCEEDED",
            AFTER_RETRIES,
        ),
    ]
};
