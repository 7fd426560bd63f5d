use api::{ApiRequest, ApiResponse, Problem};
use domain::identity::Tenant;
use lambda::dispatch::Dispatch;
use store::{ClientAdministration, DynamoCatalogue};

use crate::{
    ConsoleApi,
    pages::{self, TenantView},
    respond::page,
};

impl<D: Dispatch> ConsoleApi<D> {
    /// `GET /console/tenants/{tenant}`: its clients, endpoints and catalogue.
    pub(crate) async fn get_console_tenant(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let visit = self.visit(request).await?;
        let tenant: Tenant = request.params.get("tenant").parse().map_err(|_| Problem::NotFound)?;
        let (administration, catalogue) = (
            ClientAdministration::new(self.table.clone()),
            DynamoCatalogue::new(self.table.clone()),
        );
        let (clients, endpoints, (products, currencies)) = futures::try_join!(
            administration.all(),
            self.webhooks.endpoints.all(&tenant),
            catalogue.of(&tenant)
        )
        .map_err(Problem::failed)?;
        let clients: Vec<_> =
            clients.into_iter().filter(|client| client.tenant == tenant).collect();
        if clients.is_empty() && endpoints.is_empty() && products.is_empty() {
            return Err(Problem::NotFound);
        }
        let view = TenantView { tenant, clients, endpoints, products, currencies };
        let title = format!("Tenant {}", view.tenant);
        let here = "/console/tenants";
        Ok(page(pages::frame(&title, Some(&visit), here, &pages::tenant(&view))))
    }
}
