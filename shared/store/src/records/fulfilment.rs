//! The format of an eSIM order's fulfilment, of its failure, and of the installation of an eSIM.

use domain::{
    esim::{
        Failure, FailureKind, Fulfilment, Installation, MatchingId, NotificationPoint, PointStatus,
        ProfileType, Reservation, SmdpHost, StatusCode, UndoneOrder,
    },
    numbering::Iccid,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;

use super::format::{Format, Formatted, Maybe, Parsed, format_of};

#[derive(Serialize, Deserialize)]
#[serde(remote = "Fulfilment", tag = "step", rename_all = "camelCase")]
pub(super) enum FulfilmentRecord {
    NotStarted {
        #[serde(default)]
        replaced: u8,
    },
    ProfileReserved(#[serde(with = "ReservationRecord")] Reservation),
    Downloaded(#[serde(with = "ReservationRecord")] Reservation),
    Released {
        #[serde(with = "ReservationRecord")]
        reservation: Reservation,
        host: SmdpHost,
    },
    PlanAdded {
        #[serde(with = "Maybe::<ReleasedRecord>")]
        profile: Option<(Reservation, SmdpHost)>,
    },
    Undoing(#[serde(with = "UndoneOrderRecord")] UndoneOrder),
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Reservation", rename_all = "camelCase")]
struct ReservationRecord {
    iccid: Iccid,
    matching_id: MatchingId,
    profile_type: ProfileType,
    replaced: u8,
}

format_of!(Reservation: ReservationRecord);

/// A profile that a device can download, and where.
struct ReleasedRecord;

impl Format for ReleasedRecord {
    type Of = (Reservation, SmdpHost);

    fn write<S: Serializer>((reservation, host): &Self::Of, to: S) -> Result<S::Ok, S::Error> {
        (Formatted::<ReservationRecord>(reservation), host).serialize(to)
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self::Of, D::Error> {
        let (Parsed::<ReservationRecord>(reservation), host) = Deserialize::deserialize(from)?;
        Ok((reservation, host))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "UndoneOrder")]
struct UndoneOrderRecord {
    #[serde(with = "ReservationRecord")]
    reservation: Reservation,
    linked: bool,
    #[serde(with = "FailureRecord")]
    failure: Failure,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Failure")]
pub(super) struct FailureRecord {
    #[serde(rename = "type")]
    kind: FailureKind,
    message: String,
}

format_of!(Failure: FailureRecord);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Installation")]
pub(crate) struct InstallationRecord {
    point: NotificationPoint,
    #[serde(flatten, with = "PointStatusRecord")]
    status: PointStatus,
    #[serde(rename = "time", with = "time::serde::rfc3339")]
    at: OffsetDateTime,
}

format_of!(Installation: InstallationRecord);

#[derive(Serialize, Deserialize)]
#[serde(remote = "PointStatus", tag = "status", rename_all = "SCREAMING_SNAKE_CASE")]
enum PointStatusRecord {
    Succeeded,
    Failed {
        #[serde(skip_serializing_if = "Option::is_none", default)]
        code: Option<StatusCode>,
    },
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    format_of!(Fulfilment: FulfilmentRecord);

    fn stored<F: Format>(value: &F::Of) -> F::Of {
        let item: serde_dynamo::Item = serde_dynamo::to_item(Formatted::<F>(value)).unwrap();
        let Parsed::<F>(read) = serde_dynamo::from_item(item).unwrap();
        read
    }

    #[test]
    fn an_installation_is_written_flat() {
        let code = Some("8.1/4.8".parse().unwrap());
        let failed = Installation {
            point: NotificationPoint::Installed,
            status: PointStatus::Failed { code },
            at: datetime!(2026-11-21 12:00 UTC),
        };
        assert_eq!(
            serde_json::to_string(&Formatted::<InstallationRecord>(&failed)).unwrap(),
            r#"{"point":"INSTALLED","status":"FAILED","code":{"subject":"8.1","reason":"4.8"},"time":"2026-11-21T12:00:00Z"}"#
        );
        let begun = Installation {
            point: NotificationPoint::EligibilityCheck,
            status: PointStatus::Succeeded,
            ..failed.clone()
        };
        let unknown = Installation { status: PointStatus::Failed { code: None }, ..failed.clone() };
        for installation in [failed, begun, unknown] {
            assert_eq!(stored::<InstallationRecord>(&installation), installation);
        }
    }

    #[test]
    fn every_step_is_read_as_it_was_written() {
        let reservation = Reservation {
            iccid: "89461177710001700003".parse().unwrap(),
            matching_id: "ABC-123".parse().unwrap(),
            profile_type: "consumer".parse().unwrap(),
            replaced: 1,
        };
        let host: SmdpHost = "smdp.example.com".parse().unwrap();
        let failure = Failure { kind: FailureKind::PlanRefused, message: "no".to_owned() };
        let undone = UndoneOrder { reservation: reservation.clone(), linked: true, failure };
        for step in [
            Fulfilment::NotStarted { replaced: 2 },
            Fulfilment::ProfileReserved(reservation.clone()),
            Fulfilment::Downloaded(reservation.clone()),
            Fulfilment::Released { reservation: reservation.clone(), host: host.clone() },
            Fulfilment::PlanAdded { profile: Some((reservation, host)) },
            Fulfilment::PlanAdded { profile: None },
            Fulfilment::Undoing(undone),
        ] {
            assert_eq!(stored::<FulfilmentRecord>(&step), step);
        }
    }
}
