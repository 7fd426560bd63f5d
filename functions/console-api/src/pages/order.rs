use domain::text::without_numbers;
use maud::{Markup, html};
use store::OpenOrder;

use super::{at, done, picture::picture, table, token};
use crate::{
    order_view::{Event, Fact, ItemRow, Notification, OrderView},
    session::Visit,
};

/// `/console/orders/{order}`
pub(crate) fn order(view: &OrderView, word: Option<&str>) -> Markup {
    let path = format!("/console/orders/{}", view.order.id);
    // What has ended does not change: nothing is asked again.
    let every = (!view.has_ended).then_some("every 3s");
    let source = every.map(|_| path.as_str());
    html! {
        h1 { "Order " (view.order.id) }
        (done(word))
        div id="live" hx-get=[source] hx-trigger=[every] hx-select="#live" hx-swap="outerHTML" {
            p.state { strong { (view.order.status) } }
            @if let Some(mark) = &view.order.needs_intervention {
                section.mark aria-labelledby="mark" {
                    h2 id="mark" { "Needs intervention" }
                    p { "Since " (at(mark.since)) ": " (without_numbers(&mark.why)) }
                    @if mark.retried { p { "A worker has tried it again since." } }
                    p { a.button href=(format!("{path}/actions")) { "Resolve or retry" } }
                }
            }
            p { "Waits for " (view.waits_for) "." }
            h2 { "What happened" }
            (picture(&view.details.events))
            (timeline(&view.details.events))
            h2 { "Facts" }
            (facts(&[&view.facts[..], &view.details.facts[..]].concat()))
            (items(&view.details.items))
            (notifications(&view.details.notifications))
        }
    }
}

fn timeline(events: &[Event]) -> Markup {
    html! { ol.timeline { @for event in events {
        li class=(event.lane.as_str()) {
            (at(event.at)) " "
            span.lane { (event.lane.as_str()) } " "
            strong { (event.what) }
            @if !event.more.is_empty() { " " (event.more) }
        }
    } } }
}

fn facts(facts: &[Fact]) -> Markup {
    html! { dl { @for (name, value) in facts { div { dt { (name) } dd { (value) } } } } }
}

fn items(items: &[ItemRow]) -> Markup {
    if items.is_empty() {
        return Markup::default();
    }
    let rows = html! { @for item in items { tr {
        td { (item.id) }
        td { (item.state) }
        td { @if let Some(order) = &item.order {
            a href=(format!("/console/orders/{order}")) { (order) }
        } }
        td { (item.failure.as_deref().unwrap_or_default()) }
    } } };
    html! { h2 { "Items" } (table("Items", &["Item", "State", "Order", "Failure"], &rows)) }
}

fn notifications(notifications: &[Notification]) -> Markup {
    if notifications.is_empty() {
        return Markup::default();
    }
    let rows = html! { @for one in notifications { tr {
        td.number { (one.version) }
        td { @if one.pushed { "pushed to the Buyer" } @else { "to be read by the Buyer" } }
    } } };
    html! { h2 { "Notifications" } (table("Notifications", &["Version", "How"], &rows)) }
}

/// `/console/orders/{order}/actions`
pub(crate) fn actions(order: &OpenOrder, visit: &Visit) -> Markup {
    let path = format!("/console/orders/{}", order.id);
    html! {
        h1 { "Act on order " (order.id) }
        p { a href=(path) { "Back to the order" } }
        @match &order.needs_intervention {
            Some(mark) => {
                p { (order.status) ", since " (at(mark.since)) ": " (without_numbers(&mark.why)) }
                (retry(&path, visit))
                (resolve(&path, visit))
            }
            None => p { "The order does not need intervention: it is " (order.status) "." },
        }
    }
}

fn retry(path: &str, visit: &Visit) -> Markup {
    html! { section aria-labelledby="retry" {
        h2 id="retry" { "Retry now" }
        p { "Its worker asks the outside first what has become of the order, where it can be asked." }
        form method="post" action=(format!("{path}/retry")) {
            (token(visit))
            button { "Retry now" }
        }
    } }
}

fn resolve(path: &str, visit: &Visit) -> Markup {
    html! { section aria-labelledby="resolve" {
        h2 id="resolve" { "Resolve" }
        p { "The order ends for good, and its client is told." }
        form.tall method="post" action=(format!("{path}/resolve")) {
            (token(visit))
            fieldset {
                legend { "How it ends" }
                label { input type="radio" name="as" value="COMPLETED" required;
                    " COMPLETED: the network or the Seller has done it" }
                label { input type="radio" name="as" value="CANCELED" required;
                    " CANCELED: it had no effect" }
            }
            label for="reason" { "Why, in words that its client may read" }
            input id="reason" name="reason" required maxlength="200" autocomplete="off";
            button { "Resolve the order" }
        }
    } }
}
