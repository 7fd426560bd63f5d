use std::collections::BTreeMap;

use domain::{order::OrderKind, text::without_numbers};
use maud::{Markup, html};
use store::OpenOrder;

use super::{at, table};

/// How the orders stand that the table's index of due orders has.
#[derive(Debug, Default)]
pub(crate) struct Overview {
    /// Orders that need intervention, the longest first.
    pub(crate) marked: Vec<OpenOrder>,
    /// There are more of them.
    pub(crate) more_marked: bool,
    /// Orders on which something is due, by kind and status.
    pub(crate) open: BTreeMap<(OrderKind, String), usize>,
    /// Those of them that are late.
    pub(crate) late: usize,
    /// There are more than were read.
    pub(crate) more_open: bool,
}

/// `/console`
pub(crate) fn overview(overview: &Overview) -> Markup {
    html! {
        h1 { "Overview" }
        div id="live" hx-get="/console" hx-trigger="every 5s" hx-select="#live" hx-swap="outerHTML" {
            h2 { "Needs intervention" }
            (marked(overview))
            h2 { "Open orders" }
            (open(overview))
        }
    }
}

fn marked(overview: &Overview) -> Markup {
    if overview.marked.is_empty() {
        return html! { p { "No order needs intervention." } };
    }
    let rows = html! { @for order in &overview.marked { tr {
        td { a href=(format!("/console/orders/{}", order.id)) { (order.id) } }
        td { (order.kind.as_str()) }
        td { (order.status) }
        td { (order.owner) }
        @if let Some(mark) = &order.needs_intervention {
            td { (at(mark.since)) }
            td { (without_numbers(&mark.why)) }
        }
    } } };
    html! {
        (table("Needs intervention", &["Order", "Kind", "Status", "Owner", "Since", "Why"], &rows))
        @if overview.more_marked { p.quiet { "There are more: these wait longest." } }
    }
}

fn open(overview: &Overview) -> Markup {
    let total: usize = overview.open.values().sum();
    let rows = html! { @for ((kind, status), count) in &overview.open { tr {
        td { (kind.as_str()) } td { (status) } td.number { (count) }
    } } };
    html! {
        p {
            @if overview.more_open { "More than " }
            (total) " open, " (overview.late) " late."
        }
        @if total > 0 { (table("Open orders", &["Kind", "Status", "Orders"], &rows)) }
        p.quiet {
            "Open is an order on which something is due. Orders that have ended, or wait for another \
             party, are in no index and not counted."
        }
    }
}
