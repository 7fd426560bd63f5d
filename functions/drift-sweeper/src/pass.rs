//! A comparison of everything, a page after the other, over as many runs as it takes.

use std::{ops::Bound, time::Duration as StdDuration};

use domain::{
    drift::{Pass, PassCounts, PassPosition},
    identity::Tenant,
    network::{InventoryPosition, NetworkInventory, Subscriber, judge},
    numbering::{Iccid, Imsi},
    scenario::Reserved,
    sim::SimIdentity,
    subscription::{Subscription, SubscriptionId},
};
use store::{ListQuery, Listing, StoreError};

use crate::{
    networks::of_sim,
    run::{Run, Stranger},
};

/// Subscriptions, or entries of a network, of a page: one write notes them all.
const PAGE: usize = 500;
/// Kept back of the time of a run: a page that has begun is completed.
const MARGIN: StdDuration = StdDuration::from_secs(10);

impl<N: NetworkInventory> Run<'_, N> {
    /// Goes on with the comparison under way, or begins one that is due.
    pub(crate) async fn go_on(&mut self) -> Result<(), StoreError> {
        let now = self.sweeper.clock.now();
        let last = self.sweeper.pass.get().await?;
        let mut pass = match last {
            None => Pass::new(now, 0),
            Some(last) if last.ended_at.is_none() => last,
            Some(last) if now - last.began_at >= self.sweeper.config.interval => {
                Pass::new(now, last.revision)
            }
            Some(_) => return Ok(()),
        };
        while pass.ended_at.is_none() && self.deadline.remaining() > MARGIN {
            self.page(&mut pass).await?;
            // Another run goes on with it.
            if !self.sweeper.pass.save(&mut pass).await? {
                return Ok(());
            }
        }
        if pass.ended_at.is_some() {
            let PassCounts { subscriptions, subscribers, found, skipped, not_kept } = pass.counts;
            let not_listed = pass.not_listed.len();
            tracing::info!(
                subscriptions,
                subscribers,
                found,
                skipped,
                not_kept,
                not_listed,
                "networks compared"
            );
        }
        Ok(())
    }

    async fn page(&mut self, pass: &mut Pass) -> Result<(), StoreError> {
        pass.position = match pass.position.clone() {
            PassPosition::Subscriptions { tenant, after } => {
                match self.tenant_of_page(tenant, after).await? {
                    Some((tenant, after)) => {
                        let next = self.subscriptions(&tenant, after, &mut pass.counts).await?;
                        PassPosition::Subscriptions { tenant: Some(tenant), after: next }
                    }
                    None => self.network_after(None),
                }
            }
            PassPosition::Subscribers { network, from } => {
                self.subscribers(&network, from, pass).await?
            }
            PassPosition::Finished => PassPosition::Finished,
        };
        if pass.position == PassPosition::Finished {
            pass.ended_at = Some(self.sweeper.clock.now());
        }
        Ok(())
    }

    /// The tenant whose subscriptions come next: the same while it has more of them.
    async fn tenant_of_page(
        &mut self,
        tenant: Option<Tenant>,
        after: Option<SubscriptionId>,
    ) -> Result<Option<(Tenant, Option<SubscriptionId>)>, StoreError> {
        if let (Some(tenant), Some(after)) = (&tenant, after) {
            return Ok(Some((tenant.clone(), Some(after))));
        }
        let tenants = match self.tenants.take() {
            Some(read) => read,
            None => self.sweeper.truth.tenants().await?,
        };
        let tenants = self.tenants.insert(tenants);
        let from = tenant.map_or(Bound::Unbounded, Bound::Excluded);
        Ok(tenants.range((from, Bound::Unbounded)).next().cloned().map(|next| (next, None)))
    }

    fn network_after(&self, network: Option<&str>) -> PassPosition {
        let mut names = self.sweeper.networks.keys();
        match names.find(|name| network.is_none_or(|before| name.as_str() > before)) {
            Some(name) => {
                let from = InventoryPosition::default();
                PassPosition::Subscribers { network: name.clone(), from }
            }
            None => PassPosition::Finished,
        }
    }

    /// Compares a page of a tenant's subscriptions. Eventually consistent: a difference is compared
    /// again by consistent reads, and what such a read hides is found by the next comparison.
    async fn subscriptions(
        &mut self,
        tenant: &Tenant,
        after: Option<SubscriptionId>,
        counts: &mut PassCounts,
    ) -> Result<Option<SubscriptionId>, StoreError> {
        let query = ListQuery { limit: PAGE, after, ..ListQuery::default() };
        let sweeper = self.sweeper;
        let Listing::Page(page) = sweeper.subscriptions.list(tenant, &query).await? else {
            return Ok(None);
        };
        let ranges = &sweeper.config.ranges;
        let compared: Vec<(&Subscription, &str)> = page
            .items
            .iter()
            .filter(|found| !is_scenario(found))
            .filter_map(|found| Some((found, of_sim(ranges, &found.iccid)?)))
            .collect();
        let sims: Vec<Iccid> = compared.iter().map(|(found, _)| found.iccid.clone()).collect();
        let sims = sweeper.truth.identities(&sims).await?;
        for (found, network) in compared {
            counts.subscriptions += 1;
            if found.outstanding_order.is_some() {
                continue;
            }
            match sims.get(&found.iccid) {
                Some(sim) => self.subscription(found, network, sim, counts).await?,
                None => counts.skipped += 1,
            }
        }
        Ok(page.next)
    }

    async fn subscription(
        &mut self,
        subscription: &Subscription,
        network: &str,
        sim: &SimIdentity,
        counts: &mut PassCounts,
    ) -> Result<(), StoreError> {
        match self.connections.find(network, &sim.imsi).await {
            None => counts.skipped += 1,
            Some(held) if judge(Some(subscription), held.as_ref()).is_none() => {}
            Some(_) => self.settle(network, sim, counts).await?,
        }
        Ok(())
    }

    /// Looks a page of a network's subscribers up. Those in a subscription are compared with it
    /// already.
    async fn subscribers(
        &mut self,
        network: &str,
        from: InventoryPosition,
        pass: &mut Pass,
    ) -> Result<PassPosition, StoreError> {
        let next = match self.connections.page(network, from, PAGE).await {
            // Away, or without a list.
            None | Some(None) => {
                pass.not_listed.push(network.to_owned());
                None
            }
            Some(Some(page)) => {
                self.strangers(network, &page.subscribers, &mut pass.counts).await?;
                page.next
            }
        };
        Ok(match next {
            Some(from) => PassPosition::Subscribers { network: network.to_owned(), from },
            None => self.network_after(Some(network)),
        })
    }

    async fn strangers(
        &mut self,
        network: &str,
        subscribers: &[(Imsi, Subscriber)],
        counts: &mut PassCounts,
    ) -> Result<(), StoreError> {
        let imsis: Vec<Imsi> = subscribers.iter().map(|(imsi, _)| imsi.clone()).collect();
        counts.subscribers += u64::try_from(imsis.len()).unwrap_or_default();
        let sweeper = self.sweeper;
        let truth = &sweeper.truth;
        let sims = truth.sims_with(&imsis).await?;
        let of_network = |iccid: &Iccid| of_sim(&sweeper.config.ranges, iccid) == Some(network);
        let own: Vec<Iccid> =
            sims.iter().flatten().filter(|sim| of_network(sim)).cloned().collect();
        let subscribed = truth.subscribed(&own).await?;
        for (imsi, sim) in imsis.iter().zip(&sims) {
            match sim.as_ref().filter(|sim| of_network(sim)) {
                None => self.settle_stranger(&Stranger { network, imsi }, counts).await?,
                Some(sim) if subscribed.contains(sim) => {}
                Some(sim) => {
                    let known = truth.identities(std::slice::from_ref(sim)).await?;
                    match known.get(sim) {
                        Some(sim) => self.settle(network, sim, counts).await?,
                        None => counts.skipped += 1,
                    }
                }
            }
        }
        Ok(())
    }
}

/// Whether no network was called for the subscription (`infra/docs/guides/scenarios.md`).
fn is_scenario(subscription: &Subscription) -> bool {
    let number = subscription.msisdn.as_ref();
    number
        .and_then(Reserved::of_msisdn)
        .or_else(|| Reserved::of_iccid(&subscription.iccid))
        .is_some()
}
