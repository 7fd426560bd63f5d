use super::*;
use crate::{
    carrier::sample::{NOW, id, item, order, ovc, seller, service},
    ethernet::{Bandwidth, ServiceChange},
};

fn planned(order: &OrderView) -> AssignmentPlan {
    plan(&id(), order, &OtherOrders::new(), &seller(), NOW)
}

#[test]
fn the_same_order_always_gives_the_same_plan_with_ids_of_its_own() {
    let one = planned(&order());
    assert_eq!(one, planned(&order()));
    let configuration = &one.configurations[0];
    assert_eq!(configuration.ovcs[0].seller_id, service("OVC-01HX000000000000000000000A-01"));
    assert_eq!(configuration.ovcs[0].buyer_id.as_deref(), Some("OVC-xyz"));
    assert_eq!(configuration.unis[0].seller_id, service("UNI-01HX000000000000000000000A-02"));
    assert_eq!(configuration.unis[0].item, Some(item("02")));
    assert_eq!(configuration.ennis[0].seller_id, service("ENNI-123-abc"));
    assert_eq!(configuration.billing_account.as_deref(), Some("BA0000000000A"));
    assert_eq!((one.configurations.len(), one.releases.len()), (1, 0));
}

#[test]
fn an_installed_ovc_needs_s_vlans_at_its_enni() {
    let mut order = order();
    let request = planned(&order).svlans.remove(0);
    assert_eq!((request.enni.as_str(), request.wish), ("ENNI-123-abc", None));
    let range = SvlanRange::new(100, 104).unwrap();
    ovc(&mut order).svlans = Some(range);
    let plan = planned(&order);
    assert_eq!(plan.svlans[0].wish, Some(range));
    let granted = plan.svlans[0].granted(range);
    let events = plan.configured(std::slice::from_ref(&granted));
    let [Event::Configured { assignments }] = &events[..] else { panic!("{events:?}") };
    assert_eq!(assignments.svlans, [granted]);
    assert_eq!(assignments.svlans_of(&item("01")).count(), 1);
    assert_eq!(assignments.svlans_of(&item("02")).count(), 0);
}

#[test]
fn the_date_is_the_buyers_wish_or_as_soon_as_can_be() {
    let mut order = order();
    assert_eq!(planned(&order).expected.text(), "2026-05-11T16:20:00Z");
    order.requested_completion = CarrierDate::read("2026-05-02T12:30Z");
    assert_eq!(planned(&order).expected.text(), "2026-05-03T12:00:00Z");
}

#[test]
fn without_a_known_enni_one_is_made_for_the_item() {
    let mut order = order();
    for reference in [
        None,
        Some(EndpointReference::Ordered {
            item: item("7"),
            order: None,
            pon: Some("UNKNOWN".parse().unwrap()),
        }),
    ] {
        ovc(&mut order).enni = reference;
        let enni = planned(&order).svlans.remove(0).enni;
        assert_eq!(enni, ServiceId::enni(&id(), &item("01")));
    }
}

#[test]
fn an_endpoint_of_another_order_has_the_id_that_order_gave_it() {
    let mut order = order();
    let other: OrderId = "ORD-01HX000000000000000000000B".parse().unwrap();
    let pon: Pon = "PO-OTHER".parse().unwrap();
    for (by_id, by_pon) in [(Some(other.clone()), None), (None, Some(pon.clone()))] {
        let reference = || EndpointReference::Ordered {
            item: item("7"),
            order: by_id.clone(),
            pon: by_pon.clone(),
        };
        ovc(&mut order).enni = Some(reference());
        ovc(&mut order).uni = reference();
        let others = OtherOrders::from([(pon.clone(), other.clone())]);
        let plan = plan(&id(), &order, &others, &seller(), NOW);
        assert_eq!(plan.svlans[0].enni, ServiceId::enni(&other, &item("7")));
        assert_eq!(plan.svlans[0].uni, Some(ServiceId::uni(&other, &item("7"))));
        let last = plan.configurations.last().unwrap();
        assert_eq!(last.unis[0].seller_id, ServiceId::uni(&id(), &item("02")), "its own UNI too");
    }
}

#[test]
fn a_disconnect_frees_what_the_services_have() {
    let made = ServiceId::ovc(&id(), &item("01"));
    let mut order = order();
    order.items[0].detail = Some(ItemDetail::Disconnect { service: made.clone() });
    order.items[1].action = ItemAction::Delete;
    let Some(ItemDetail::Uni(uni)) = &mut order.items[1].detail else { panic!() };
    uni.seller_id = Some(service("CKT-14"));
    let plan = planned(&order);
    assert_eq!(
        plan.releases,
        [
            Release { item: item("01"), service: made, goes_on: false },
            Release { item: item("02"), service: service("CKT-14"), goes_on: false },
        ]
    );
    assert!(plan.configurations.is_empty() && plan.svlans.is_empty());
}

#[test]
fn a_changed_service_keeps_its_id_and_its_s_vlans_unless_it_asks_for_others() {
    let mut order = order();
    order.items[0].action = ItemAction::Change;
    ovc(&mut order).seller_id = Some(service("OVC-old"));
    let plan = planned(&order);
    assert_eq!(plan.configurations[0].ovcs[0].seller_id, service("OVC-old"));
    assert!(plan.svlans.is_empty() && plan.releases.is_empty());
    ovc(&mut order).svlans = SvlanRange::one(7).ok();
    let plan = planned(&order);
    assert_eq!(plan.svlans[0].ovc, service("OVC-old"));
    let changed = Release { item: item("01"), service: service("OVC-old"), goes_on: true };
    assert_eq!(plan.releases, [changed]);
}

#[test]
fn choices_for_different_ovcs_begin_at_different_places() {
    let a = spread(&ServiceId::ovc(&id(), &item("01")));
    let b = spread(&ServiceId::ovc(&id(), &item("02")));
    assert_ne!(a % 4094, b % 4094);
}

/// The changes of an order at a switch, with these S-VLAN ids granted to its first item.
fn changed(order: &OrderView, granted: Option<u16>) -> Vec<ServiceChange> {
    let plan = planned(order);
    let range = granted.map(|id| SvlanRange::one(id).unwrap());
    let svlans = plan.svlans.iter().zip(range).map(|(request, range)| request.granted(range));
    plan.service_changes(order, &Assignments { svlans: svlans.collect(), ..Assignments::default() })
}

#[test]
fn an_installation_brings_its_uni_and_its_ovc_to_the_switch() {
    let mut order = order();
    let bandwidth = Some(Bandwidth { kbps: 100_000, burst_kbit: 98 });
    ovc(&mut order).bandwidth = bandwidth;
    let uni = ServiceId::uni(&id(), &item("02"));
    let svlans = Some((service("ENNI-123-abc"), SvlanRange::one(7).unwrap()));
    let ovc = ServiceId::ovc(&id(), &item("01"));
    let expected = [
        ServiceChange::Ovc { ovc, uni: Some(uni.clone()), svlans, bandwidth },
        ServiceChange::Uni { uni },
    ];
    assert_eq!(changed(&order, Some(7)), expected);
}

#[test]
fn a_change_without_s_vlan_ids_keeps_them_and_an_item_without_change_is_none() {
    let mut order = order();
    order.items[0].action = ItemAction::Change;
    order.items[1].action = ItemAction::NoChange;
    let existing = service("UNI-9");
    let detail = ovc(&mut order);
    detail.seller_id = Some(service("OVC-9"));
    detail.uni = EndpointReference::Existing { seller_id: existing.clone(), buyer_id: None };
    let (ovc, uni) = (service("OVC-9"), Some(existing));
    let expected = [ServiceChange::Ovc { ovc, uni, svlans: None, bandwidth: None }];
    assert_eq!(changed(&order, None), expected);
}

#[test]
fn what_is_deleted_or_disconnected_ends() {
    let mut order = order();
    ovc(&mut order).seller_id = Some(service("OVC-9"));
    order.items[0].action = ItemAction::Delete;
    order.items[1].detail = Some(ItemDetail::Disconnect { service: service("UNI-9") });
    let end = |id| ServiceChange::End { service: service(id) };
    assert_eq!(changed(&order, None), [end("OVC-9"), end("UNI-9")]);
}
