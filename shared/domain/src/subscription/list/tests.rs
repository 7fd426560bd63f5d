use super::*;
use crate::{
    provisioning::OrderNumber,
    subscription::{NewSubscription, OdbProfile},
};

const SIMS: [&str; 3] = ["89461177710001700003", "89461177710001700011", "89461177710001700029"];

fn subscription(n: u128, iccid: &str, msisdn: Option<&str>, blocked: bool) -> Subscription {
    let order = OrderNumber::generate(time::OffsetDateTime::UNIX_EPOCH, 0);
    let new = NewSubscription {
        iccid: iccid.parse().unwrap(),
        msisdn: msisdn.map(|number| number.parse().unwrap()),
        imsi: None,
        odb_profile: OdbProfile::default(),
    };
    let id = SubscriptionId(uuid::Uuid::from_u128(n));
    Subscription { blocked, ..new.into_subscription(id, "a".parse().unwrap(), order) }
}

#[test]
fn a_filter_is_a_whole_number_or_its_first_digits() {
    let one = subscription(1, SIMS[0], Some("46708421488"), false);
    let matches =
        |filter: &str| filter.parse::<NumberFilter<Msisdn>>().unwrap().matches(one.msisdn.as_ref());
    for filter in ["46708421488", "+46708421488", "prefix:4", "prefix:+467", "prefix:46708421488"] {
        assert!(matches(filter), "{filter}");
    }
    for filter in ["46708421489", "prefix:5", "prefix:0467", "prefix:467084214880"] {
        assert!(!matches(filter), "{filter}");
    }
    let sim =
        |filter: &str| filter.parse::<NumberFilter<Iccid>>().unwrap().matches(Some(&one.iccid));
    assert!(sim("89461177710001700003F") && sim("prefix:8946") && !sim(SIMS[1]));
    assert!(!NumberFilter::<Msisdn>::Prefix("4".to_owned()).matches(None), "without a number");
}

#[test]
fn what_is_no_filter_is_refused() {
    for text in
        ["", "prefix:", "prefix:x", "prefix:4670842148812345", "PREFIX:4", "46*", "prefix: 4"]
    {
        assert!(text.parse::<NumberFilter<Msisdn>>().is_err(), "{text}");
    }
    for text in ["prefix:+89", "89461177710001700013", "prefix:89461177710001700003F"] {
        assert!(text.parse::<NumberFilter<Iccid>>().is_err(), "{text}");
    }
}

#[test]
fn all_filters_must_match() {
    let mut one = subscription(1, SIMS[0], Some("46708421488"), true);
    one.tags.extend(["a".parse().unwrap(), "b".parse().unwrap()]);
    let filter = SubscriptionFilter {
        iccid: vec!["prefix:89".parse().unwrap(), "prefix:8946".parse().unwrap()],
        blocked: Some(true),
        tags: vec!["a".parse().unwrap(), "b".parse().unwrap()],
        ..SubscriptionFilter::default()
    };
    assert!(filter.matches(&one) && SubscriptionFilter::default().matches(&one));
    one.tags.remove(&"b".parse::<Tag>().unwrap());
    assert!(!filter.matches(&one));
    let other = "prefix:46".parse().unwrap();
    let both = SubscriptionFilter { msisdn: vec![other], ..filter };
    assert_eq!(both.number(), None);
}

#[test]
fn a_list_is_sorted_by_one_property_after_the_other_and_newest_first_at_last() {
    let all = [
        subscription(1, SIMS[2], Some("46708421488"), false),
        subscription(2, SIMS[0], Some("467084214"), true),
        subscription(3, SIMS[1], None, false),
    ];
    let sorted = |orders: &[&str]| {
        let order: SortOrder = orders.iter().map(|order| order.parse().unwrap()).collect();
        let mut all = all.clone().map(SortedSubscription::from);
        all.sort_by(|one, other| order.compare(one, other));
        all.map(|one| one.id.0.as_u128())
    };
    assert_eq!(sorted(&[]), [3, 2, 1]);
    assert_eq!(sorted(&["iccid"]), [2, 3, 1]);
    assert_eq!(sorted(&["iccid:desc"]), [1, 3, 2]);
    assert_eq!(sorted(&["msisdn:asc"]), [3, 2, 1], "no number, and then digit by digit");
    assert_eq!(sorted(&["blocked"]), [3, 1, 2]);
    assert_eq!(sorted(&["blocked:desc,iccid:desc"]), [2, 1, 3]);
    assert_eq!(sorted(&["blocked:desc", "iccid:desc"]), [2, 1, 3], "in two parameters");
}

#[test]
fn what_is_no_order_is_refused() {
    for text in
        ["", "imsi", "iccid:up", "iccid:", "iccid,", "ICCID", "iccid iccid", "iccid:asc:asc"]
    {
        assert_eq!(text.parse::<SortOrder>(), Err(ParseSortOrderError), "{text}");
    }
    assert!("iccid,iccid,iccid,iccid".parse::<SortOrder>().is_err());
}
