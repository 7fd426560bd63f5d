use api::{ApiRequest, ApiResponse, Problem};
use domain::{
    carrier::{PartyId, Pon},
    esim::EsimOrderId,
    subscription::SubscriptionRef,
};
use lambda::dispatch::Dispatch;
use store::{DynamoCarrierOrders, DynamoSubscriptions, DynamoWatchdog, StoreError};

use crate::{
    ConsoleApi, pages,
    respond::{page, see},
};

/// What a search found.
enum Found {
    /// An order.
    Order(String),
    /// A subscription without an outstanding order.
    Subscription,
    /// Nothing.
    Nothing,
}

/// A purchase order number with its Buyer: `pon:BUYER/PON`. A PON may have slashes.
fn pon(text: &str) -> Option<(PartyId, Pon)> {
    let (buyer, pon) = text.strip_prefix("pon:")?.split_once('/')?;
    Some((buyer.trim().parse().ok()?, pon.trim().parse().ok()?))
}

/// The numbers that a text may be.
fn numbers(text: &str) -> Vec<SubscriptionRef> {
    if text.contains(':') {
        return text.parse().into_iter().collect();
    }
    let kinds = ["iccid", "msisdn", "imsi"].into_iter();
    kinds.filter_map(|kind| format!("{kind}:{text}").parse().ok()).collect()
}

impl<D: Dispatch> ConsoleApi<D> {
    /// `POST /console/search`: on to the order. By POST, so that no number is in a URL, and so in
    /// none of the logs and histories that keep URLs.
    pub(crate) async fn search_console(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let (visit, form) = self.act(request).await?;
        let found = self.find(form.get("text")).await.map_err(Problem::failed)?;
        let subscription = match found {
            Found::Order(id) => return Ok(see(&format!("/console/orders/{id}"))),
            Found::Subscription => true,
            Found::Nothing => false,
        };
        let body = pages::nothing_found(subscription);
        Ok(page(pages::frame("No order found", Some(&visit), "", &body)))
    }

    async fn find(&self, text: &str) -> Result<Found, StoreError> {
        if let Some((buyer, pon)) = pon(text) {
            let orders = DynamoCarrierOrders::new(self.table.clone());
            let found = orders.by_pon(&buyer, &pon).await?;
            return Ok(found.map_or(Found::Nothing, |id| Found::Order(id.to_string())));
        }
        let subscriptions = DynamoSubscriptions::new(self.table.clone());
        for number in numbers(text) {
            if let Some(found) = subscriptions.find_of_any(&number).await? {
                let order = found.outstanding_order.map(|order| order.to_string());
                return Ok(order.map_or(Found::Subscription, Found::Order));
            }
        }
        if text.is_empty() || text.contains('#') {
            return Ok(Found::Nothing);
        }
        // A UUID may be written in either case.
        let id = text.parse::<EsimOrderId>().map_or_else(|_| text.to_owned(), |id| id.to_string());
        let order = DynamoWatchdog::new(self.table.clone()).get(&id).await?;
        Ok(order.map_or(Found::Nothing, |order| Found::Order(order.id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_as_what_it_may_be() {
        assert_eq!(numbers("msisdn:46708421488").len(), 1);
        assert!(numbers("nothing:46708421488").is_empty() && numbers("order 1").is_empty());
        let (buyer, number) = pon("pon: Verizon /PON/1").unwrap();
        assert_eq!((buyer.as_str(), number.as_str()), ("Verizon", "PON/1"));
        assert!(pon("pon:Verizon").is_none() && pon("Verizon/1").is_none());
    }
}
