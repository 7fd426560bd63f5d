use maud::{Markup, html};

/// A search that found no order. What was asked for is not repeated: it may be personal data.
pub(crate) fn nothing_found(subscription: bool) -> Markup {
    html! {
        h1 { "No order found" }
        @if subscription {
            p {
                "There is a subscription with this number or SIM, and no order is outstanding on it. \
                 Orders that have ended are in no index by number: its client lists them by "
                code { "GET /ecc/v1/orders" } "."
            }
        } @else {
            p { "These are found, each by one read of an index:" }
            ul {
                li { "an order of any kind by its id" }
                li {
                    "the outstanding order of a subscription by "
                    code { "msisdn:" } ", " code { "iccid:" } " or " code { "imsi:" }
                    " and the number, or by the number alone"
                }
                li { "a carrier order by " code { "pon:" } ", the Buyer, " code { "/" } " and the PON" }
            }
            p {
                "A correlation id is in no index. Every line of the logs about an order has both its \
                 correlation id and its order id."
            }
        }
    }
}
