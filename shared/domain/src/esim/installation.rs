//! How far a device has come with its profile: what ES2+ HandleDownloadProgressInfo tells
//! (SGP.22, 5.3.5).

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Eid, StatusCode};
use crate::numbering::Iccid;

/// A point of a download.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NotificationPoint {
    /// 1: whether the device may have the profile, and has not tried too often.
    EligibilityCheck,
    /// 2: whether its owner wants it.
    Confirmation,
    /// 3: the profile package was sent.
    PackageDownloaded,
    /// 4: it is in the chip.
    Installed,
}

impl NotificationPoint {
    /// Every point, first to last.
    pub const ALL: [Self; 4] =
        [Self::EligibilityCheck, Self::Confirmation, Self::PackageDownloaded, Self::Installed];

    /// The point with this `notificationPointId`.
    pub const fn of(id: u8) -> Option<Self> {
        match id {
            1 => Some(Self::EligibilityCheck),
            2 => Some(Self::Confirmation),
            3 => Some(Self::PackageDownloaded),
            4 => Some(Self::Installed),
            _ => None,
        }
    }

    /// Its `notificationPointId`.
    pub const fn id(self) -> u8 {
        match self {
            Self::EligibilityCheck => 1,
            Self::Confirmation => 2,
            Self::PackageDownloaded => 3,
            Self::Installed => 4,
        }
    }

    /// The word shown on the order.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EligibilityCheck => "ELIGIBILITY_CHECK",
            Self::Confirmation => "CONFIRMATION",
            Self::PackageDownloaded => "PACKAGE_DOWNLOADED",
            Self::Installed => "INSTALLED",
        }
    }
}

/// How it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PointStatus {
    /// Well, maybe with a warning.
    Succeeded,
    /// Not.
    Failed {
        /// Why, if that was said.
        code: Option<StatusCode>,
    },
}

/// How far a device has come: shown on the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// The last point it reached.
    pub point: NotificationPoint,
    /// How that went.
    pub status: PointStatus,
    /// When, by the SM-DP+'s clock.
    pub at: OffsetDateTime,
}

/// A notification of an SM-DP+.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadProgress {
    /// Of which profile.
    pub iccid: Iccid,
    /// The chip, when it is told.
    pub eid: Option<Eid>,
    /// What it tells.
    pub installation: Installation,
}

impl Installation {
    /// What is known after `news`; none when they change nothing: notifications come twice, late
    /// and in any order. The later time counts (a device may begin again after a failure), at
    /// the same time the later point, at the same point the failure.
    pub fn after(current: Option<&Self>, news: &Self) -> Option<Self> {
        let newer = current.is_none_or(|known| news.rank() > known.rank());
        newer.then(|| news.clone())
    }

    fn rank(&self) -> (OffsetDateTime, NotificationPoint, bool) {
        (self.at, self.point, matches!(self.status, PointStatus::Failed { .. }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::{Duration, macros::datetime};

    use super::*;

    fn news(point: u8, second: i64, failed: bool) -> Installation {
        let status =
            if failed { PointStatus::Failed { code: None } } else { PointStatus::Succeeded };
        Installation {
            point: NotificationPoint::of(point).unwrap(),
            status,
            at: datetime!(2026-11-21 12:00 UTC) + Duration::seconds(second),
        }
    }

    #[test]
    fn points_are_numbered_1_to_4() {
        for (n, point) in (1..).zip(NotificationPoint::ALL) {
            assert_eq!((point.id(), NotificationPoint::of(n)), (n, Some(point)));
        }
        assert!([0, 5, 255].into_iter().all(|n| NotificationPoint::of(n).is_none()));
    }

    #[test]
    fn the_same_news_twice_and_late_news_change_nothing() {
        let known = news(3, 10, false);
        assert_eq!(Installation::after(Some(&known), &known), None);
        assert_eq!(Installation::after(Some(&known), &news(1, 2, false)), None);
        assert_eq!(Installation::after(Some(&known), &news(2, 10, false)), None);
        let later = news(4, 10, false);
        assert_eq!(Installation::after(Some(&known), &later), Some(later));
    }

    #[test]
    fn a_device_may_begin_again_after_a_failure() {
        let failed = news(4, 10, true);
        let again = news(1, 60, false);
        assert_eq!(Installation::after(Some(&failed), &again), Some(again));
    }

    proptest! {
        #[test]
        fn the_order_in_which_news_come_makes_no_difference(
            mut all in proptest::collection::vec((1_u8..=4, 0_i64..5, any::<bool>()), 1..8), seed: usize,
        ) {
            let end = |list: &[(u8, i64, bool)]| list.iter().fold(None, |known, (point, second, failed)| {
                Installation::after(known.as_ref(), &news(*point, *second, *failed)).or(known)
            });
            let straight = end(&all);
            let middle = seed % all.len();
            all.rotate_left(middle);
            all.reverse();
            prop_assert_eq!(end(&all), straight);
        }
    }
}
