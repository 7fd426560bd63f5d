//! Which network has a SIM.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without stops it")]

use domain::{
    lease::{Fence, Lease},
    network::{NetworkAnswer, SubscriptionNetwork as _},
    provisioning::{Operation, OrderNumber, ProvisioningOrder},
    subscription::{Change, NewSubscription, OdbProfile, SubscriptionId},
};
use lambda::config::WorkLimits;
use subscription_worker::{Config, Networks};
use testkit::{TestTable, numbers};
use time::{Duration, OffsetDateTime};

/// A change from the SIM `numbers::iccid(1)` to this one.
fn order(iccid: &str) -> ProvisioningOrder {
    let at = OffsetDateTime::UNIX_EPOCH + Duration::days(20_000);
    let number = OrderNumber::generate(at, 0);
    let subscription = NewSubscription {
        iccid: numbers::iccid(1),
        msisdn: None,
        imsi: None,
        odb_profile: OdbProfile::default(),
    }
    .into_subscription(SubscriptionId::default(), "t".parse().unwrap(), number);
    let change = Change { iccid: Some(iccid.parse().unwrap()), ..Change::default() };
    let operation = Operation::Change(Box::new(change));
    ProvisioningOrder::placed(number, &subscription, operation, at, String::new())
}

#[tokio::test]
async fn a_sim_of_another_network_is_refused_and_one_of_its_own_is_asked_there() {
    let db = TestTable::create().await;
    let nowhere = "http://127.0.0.1:1";
    let ranges = format!(
        r#"[{{ "iccid": "8946", "url": "{nowhere}" }},
            {{ "iccid": "89461177", "osmoHlr": "127.0.0.1:1" }}]"#
    );
    let config = Config {
        table: String::new(),
        queue: String::new(),
        network: nowhere.to_owned(),
        ranges: ranges.parse().unwrap(),
        sandbox: domain::scenario::Sandbox::Off,
        limits: WorkLimits {
            lease: Duration::seconds(90),
            max_receives: 3,
            watchdog: Duration::minutes(5),
        },
    };
    let networks = Networks::new(&config, &db.table).unwrap();
    let until = OffsetDateTime::UNIX_EPOCH;
    let lease = Lease { fence: Fence(1), owner: String::new(), until, attempt: 1, watched: None };
    for other in ["89461177710001700003", "890000000000000004"] {
        let answer = networks.carry_out(&order(other), &lease).await;
        let NetworkAnswer::Refused { reason } = answer else { panic!("{answer:?}") };
        assert_eq!(reason, "the new SIM belongs to another network than the old one");
    }
    let same = networks.carry_out(&order(numbers::iccid(2).as_str()), &lease).await;
    assert!(matches!(same, NetworkAnswer::Away { .. }), "{same:?}");
}
