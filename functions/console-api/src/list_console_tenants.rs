use std::collections::BTreeMap;

use api::{ApiRequest, ApiResponse, Problem};
use domain::identity::Tenant;
use futures::future::try_join_all;
use lambda::dispatch::Dispatch;
use store::ClientAdministration;

use crate::{
    ConsoleApi,
    pages::{self, TenantRow},
    respond::page,
};

/// Tenants whose endpoints are looked at on the page of all: one query each.
const MOST: usize = 100;

impl<D: Dispatch> ConsoleApi<D> {
    /// `GET /console/tenants`: the tenants of all clients, those with endpoints in trouble first.
    pub(crate) async fn list_console_tenants(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let visit = self.visit(request).await?;
        let clients = ClientAdministration::new(self.table.clone()).all().await;
        let mut tenants: BTreeMap<Tenant, usize> = BTreeMap::new();
        for client in clients.map_err(Problem::failed)? {
            *tenants.entry(client.tenant).or_default() += 1;
        }
        let more = tenants.len() > MOST;
        let rows = tenants.into_iter().take(MOST).map(|(tenant, clients)| async move {
            let endpoints = self.webhooks.endpoints.all(&tenant).await?;
            let in_trouble = endpoints.iter().filter(|one| !one.health.is_well()).count();
            Ok(TenantRow { tenant, clients, endpoints: endpoints.len(), in_trouble })
        });
        let mut rows =
            try_join_all(rows).await.map_err(|error: store::StoreError| Problem::failed(error))?;
        // Stable: within them by name.
        rows.sort_by_key(|row| row.in_trouble == 0);
        let body = pages::tenants(&rows, more);
        Ok(page(pages::frame("Tenants", Some(&visit), "/console/tenants", &body)))
    }
}
