//! One run: looks at what is known again, and at the next pages.

use std::{collections::BTreeSet, time::Duration as StdDuration};

use domain::{
    drift::{DriftSubject, Finding, MOST_FINDINGS, PassCounts, RepairState},
    identity::Tenant,
    network::{Drift, NetworkInventory, judge},
    numbering::Imsi,
    sim::SimIdentity,
};
use lambda::{Deadline, telemetry::Metric};
use store::{SimTruth, StoreError};

use crate::{
    DriftSweeper,
    networks::{Connections, of_sim},
};

/// Kept back of the time of a run for the next pages.
const FOR_PAGES: StdDuration = StdDuration::from_secs(20);

/// A run, until its time is over.
pub(crate) struct Run<'a, N: NetworkInventory> {
    pub(crate) sweeper: &'a DriftSweeper<N>,
    pub(crate) connections: Connections<'a, N>,
    pub(crate) deadline: Deadline,
    /// Findings that are kept.
    pub(crate) kept: usize,
    /// All tenants, once they are read.
    pub(crate) tenants: Option<BTreeSet<Tenant>>,
}

/// What came of comparing a SIM.
pub(crate) enum Compared {
    /// Orders and network say the same.
    Agrees,
    /// An order is outstanding, or something changed between the reads.
    InFlight,
    /// The network is away, or there is no data of the SIM any more.
    Unknown,
    /// They differ.
    Drifts(Drift, SimTruth),
}

/// A subscriber of a network that may be in no subscription.
pub(crate) struct Stranger<'a> {
    pub(crate) network: &'a str,
    pub(crate) imsi: &'a Imsi,
}

impl<'a, N: NetworkInventory> Run<'a, N> {
    pub(crate) fn new(sweeper: &'a DriftSweeper<N>, deadline: Deadline, kept: usize) -> Self {
        let connections = Connections::new(&sweeper.networks);
        Self { sweeper, connections, deadline, kept, tenants: None }
    }

    /// Compares every finding again: one that is gone is removed, one that is approved is repaired.
    pub(crate) async fn look_again(
        &mut self,
        mut findings: Vec<Finding>,
    ) -> Result<(), StoreError> {
        // However many there are, what is approved is not kept waiting.
        findings.sort_by_key(|finding| !matches!(finding.repair, RepairState::Approved { .. }));
        for finding in findings {
            if self.deadline.remaining() < FOR_PAGES {
                tracing::warn!(kept = self.kept, "not all differences were compared again");
                break;
            }
            match self.compare_again(&finding).await? {
                Compared::Agrees => {
                    tracing::info!(kind = finding.drift.kind.as_str(), "drift is gone");
                    self.remove(&finding).await?;
                }
                Compared::InFlight | Compared::Unknown => {}
                Compared::Drifts(drift, truth) => self.still(finding, drift, &truth).await?,
            }
        }
        Ok(())
    }

    /// A difference that is still there is repaired, if that is due. One that is another by now was not
    /// what was approved: it is kept as a new one.
    async fn still(
        &mut self,
        finding: Finding,
        drift: Drift,
        truth: &SimTruth,
    ) -> Result<(), StoreError> {
        let subscription = truth.subscription().map(|found| found.id);
        if drift.kind == finding.drift.kind && subscription == finding.subscription {
            return self.sweeper.repair(&finding, truth).await;
        }
        self.remove(&finding).await?;
        let Finding { subject, network, .. } = finding;
        self.keep((subject, &network), drift, truth, &mut PassCounts::default()).await
    }

    async fn remove(&mut self, finding: &Finding) -> Result<(), StoreError> {
        if self.sweeper.findings.remove(finding).await? {
            self.kept = self.kept.saturating_sub(1);
        }
        Ok(())
    }

    async fn compare_again(&mut self, finding: &Finding) -> Result<Compared, StoreError> {
        match &finding.subject {
            DriftSubject::Sim(iccid) => {
                let known = self.sweeper.truth.identities(std::slice::from_ref(iccid)).await?;
                match known.get(iccid) {
                    Some(sim) => self.compare(&finding.network, sim).await,
                    None => Ok(Compared::Unknown),
                }
            }
            DriftSubject::Unknown(imsi) => {
                self.compare_stranger(&Stranger { network: &finding.network, imsi }).await
            }
        }
    }

    /// Reads truth, network, and truth again. Only what both truths agree on, with no order
    /// outstanding, is compared: placing an order locks the subscription and raises its revision, and
    /// the end of it raises it again, so that equal truths have no order between them.
    pub(crate) async fn compare(
        &mut self,
        network: &str,
        sim: &SimIdentity,
    ) -> Result<Compared, StoreError> {
        let truth = &self.sweeper.truth;
        let before = truth.of_sim(&sim.iccid).await?;
        if before.is_in_flight() {
            return Ok(Compared::InFlight);
        }
        let Some(found) = self.connections.find(network, &sim.imsi).await else {
            return Ok(Compared::Unknown);
        };
        if truth.of_sim(&sim.iccid).await? != before {
            return Ok(Compared::InFlight);
        }
        Ok(match judge(before.subscription(), found.as_ref()) {
            Some(drift) => Compared::Drifts(drift, before),
            None => Compared::Agrees,
        })
    }

    /// Compares a subscriber that has no SIM of its network.
    pub(crate) async fn compare_stranger(
        &mut self,
        stranger: &Stranger<'_>,
    ) -> Result<Compared, StoreError> {
        let Some(found) = self.connections.find(stranger.network, stranger.imsi).await else {
            return Ok(Compared::Unknown);
        };
        let sims = self.sweeper.truth.sims_with(std::slice::from_ref(stranger.imsi)).await?;
        let of_network = |iccid| of_sim(&self.sweeper.config.ranges, iccid);
        let network = sims.first().and_then(Option::as_ref).and_then(of_network);
        if network == Some(stranger.network) {
            // Its data were imported meanwhile: the SIM is compared.
            return Ok(Compared::Agrees);
        }
        Ok(match judge(None, found.as_ref()) {
            Some(drift) => Compared::Drifts(drift, SimTruth::Free),
            None => Compared::Agrees,
        })
    }

    /// Compares the SIM of a subscription, or of a subscriber, and keeps what differs.
    pub(crate) async fn settle(
        &mut self,
        network: &str,
        sim: &SimIdentity,
        counts: &mut PassCounts,
    ) -> Result<(), StoreError> {
        match self.compare(network, sim).await? {
            Compared::Agrees | Compared::InFlight => Ok(()),
            Compared::Unknown => {
                counts.skipped += 1;
                Ok(())
            }
            Compared::Drifts(drift, truth) => {
                let subject = DriftSubject::Sim(sim.iccid.clone());
                self.keep((subject, network), drift, &truth, counts).await
            }
        }
    }

    pub(crate) async fn settle_stranger(
        &mut self,
        stranger: &Stranger<'_>,
        counts: &mut PassCounts,
    ) -> Result<(), StoreError> {
        match self.compare_stranger(stranger).await? {
            Compared::Agrees | Compared::InFlight => Ok(()),
            Compared::Unknown => {
                counts.skipped += 1;
                Ok(())
            }
            Compared::Drifts(drift, _) => {
                let subject = DriftSubject::Unknown(stranger.imsi.clone());
                // Without SIM data there is no SIM that an order could be about.
                let truth = SimTruth::Ended { last_order: None };
                self.keep((subject, stranger.network), drift, &truth, counts).await
            }
        }
    }

    async fn keep(
        &mut self,
        (subject, network): (DriftSubject, &str),
        drift: Drift,
        truth: &SimTruth,
        counts: &mut PassCounts,
    ) -> Result<(), StoreError> {
        counts.found += 1;
        if self.kept >= MOST_FINDINGS {
            counts.not_kept += 1;
            return Ok(());
        }
        let subscription = truth.subscription();
        let finding = Finding {
            subject,
            drift,
            network: network.to_owned(),
            subscription: subscription.map(|found| found.id),
            tenant: subscription.map(|found| found.tenant.clone()),
            last_order: truth.last_order(),
            is_repairable: !matches!(truth, SimTruth::Ended { .. }),
            found_at: self.sweeper.clock.now(),
            repair: RepairState::Proposed,
            revision: 1,
        };
        if self.sweeper.findings.add(&finding).await? {
            self.kept += 1;
            let kind = finding.drift.kind.as_str();
            let difference = &finding.drift.difference;
            let last_order = finding.last_order.map(|order| order.get());
            tracing::warn!(kind, difference, last_order, "the network differs from the orders");
            Metric::count("DriftFound", 1).by("kind", kind).emit();
            self.sweeper.repair(&finding, truth).await?;
        }
        Ok(())
    }
}
