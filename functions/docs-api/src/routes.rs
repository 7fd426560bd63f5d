//! The route table. The pages are for people: no OpenAPI document describes them.

use api::{Access, Api, ResponseStore, Rfc9457, Route, route};

use crate::DocsApi;

const PUBLIC: Access = Access::Public;

impl Api for DocsApi {
    type Problems = Rfc9457;

    const ROUTES: &'static [Route<Self>] = &[
        route!(GET, "/docs", PUBLIC, get_docs),
        route!(GET, "/docs/{page}", PUBLIC, get_guide),
        route!(GET, "/docs/api/{api}", PUBLIC, get_api_reference),
        route!(GET, "/docs/assets/{asset}", PUBLIC, get_docs_asset),
        route!(GET, "/openapi/{document}", PUBLIC, get_openapi_document),
    ];

    fn responses(&self) -> Option<&dyn ResponseStore> {
        None
    }
}
