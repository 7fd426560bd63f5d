use api::{ApiRequest, ApiResponse, Problem};
use futures::future::try_join_all;
use lambda::dispatch::Dispatch;
use store::{DynamoParties, DynamoQuarantine, DynamoStock, StoreError};

use crate::{
    ConsoleApi,
    pages::{self, Registry},
    respond::page,
};

impl<D: Dispatch> ConsoleApi<D> {
    /// `GET /console/registry`: parties, and the levels of the pool.
    pub(crate) async fn get_console_registry(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let visit = self.visit(request).await?;
        let registry = self.registry().await.map_err(Problem::failed)?;
        let body = pages::registry(&registry);
        Ok(page(pages::frame("Registry", Some(&visit), "/console/registry", &body)))
    }

    async fn registry(&self) -> Result<Registry, StoreError> {
        let stock = DynamoStock::new(self.table.clone());
        let (parties, quarantine) =
            (DynamoParties::new(self.table.clone()), DynamoQuarantine::new(self.table.clone()));
        let (parties, types, quarantined) =
            futures::try_join!(parties.all(), stock.known_types(), quarantine.list())?;
        let pool = types.into_iter().map(|profile_type| {
            let stock = &stock;
            async move {
                let free = stock.count_free(&profile_type).await?;
                Ok::<_, StoreError>((profile_type, free))
            }
        });
        let pool = try_join_all(pool).await?;
        Ok(Registry { parties, pool, quarantined: quarantined.len() })
    }
}
