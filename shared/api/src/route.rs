//! The route table of an API: which operation a method and a path name, and what serves it.

use std::collections::BTreeMap;

use domain::identity::Role;
use futures::future::BoxFuture;
use http::Method;
use percent_encoding::percent_decode_str;

use super::{ApiRequest, ApiResponse, Media, Problem, request::Params, schema::Parameters};

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody, without a credential.
    Public,
    /// Clients with any of these roles.
    Roles(&'static [Role]),
}

/// Serves one request: a boxed future for each, which is nothing beside a call of the table.
pub type Handler<A> = fn(&A, ApiRequest) -> BoxFuture<'_, Result<ApiResponse, Problem>>;

/// A row of an API's route table: see [`route!`](macro@crate::route).
pub struct Route<A> {
    /// The method.
    pub method: Method,
    /// The path in API Gateway's syntax: `/ecc/v1/orders/{orderid}`.
    pub path: &'static str,
    /// The operation id, in the OpenAPI document, in the template and in logs:
    /// `get_provisioning_order`.
    pub id: &'static str,
    /// Who may call it.
    pub access: Access,
    /// What a request body is written in.
    pub media: Media,
    /// The parameters of its query: any other is refused.
    pub query: Parameters,
    /// An alias of old documents.
    pub deprecated: bool,
    /// What a path begins with; empty unless the path alone says too little.
    pub prefix: &'static str,
    /// Serves the request.
    pub handler: Handler<A>,
    /// Describes the operation in the OpenAPI document.
    #[cfg(feature = "openapi")]
    pub doc: Option<crate::openapi::Describe>,
}

impl<A> Route<A> {
    /// A route that takes JSON, if it takes a body at all.
    pub const fn new(
        method: Method,
        path: &'static str,
        id: &'static str,
        access: Access,
        handler: Handler<A>,
    ) -> Self {
        Self {
            method,
            path,
            id,
            access,
            media: Media::Json,
            query: Parameters::NONE,
            deprecated: false,
            prefix: "",
            handler,
            #[cfg(feature = "openapi")]
            doc: None,
        }
    }

    /// The same route with another operation id: of an alias, say.
    #[must_use]
    pub const fn named(mut self, id: &'static str) -> Self {
        self.id = id;
        self
    }

    /// The same route with request bodies of another media type.
    #[must_use]
    pub const fn takes(mut self, media: Media) -> Self {
        self.media = media;
        self
    }

    /// The same route with parameters in its query.
    #[must_use]
    pub const fn query(mut self, parameters: Parameters) -> Self {
        self.query = parameters;
        self
    }

    /// The same route, deprecated.
    #[must_use]
    pub const fn deprecated(mut self) -> Self {
        self.deprecated = true;
        self
    }

    /// The same route, for paths that begin with `prefix` only: every other path is unknown, to
    /// callers without a credential too.
    #[must_use]
    pub const fn beginning(mut self, prefix: &'static str) -> Self {
        self.prefix = prefix;
        self
    }

    /// The same route with its description.
    #[cfg(feature = "openapi")]
    #[must_use]
    pub const fn described(mut self, doc: crate::openapi::Describe) -> Self {
        self.doc = Some(doc);
        self
    }
}

/// A row of a route table: method, path, access, handler and the function that describes the
/// operation ([`Describe`](crate::openapi::Describe)). The handler is a method of the API that
/// takes `&ApiRequest`; its name is the operation id, unless [`Route::named`] says otherwise. The
/// description is compiled with the calling crate's feature `openapi` only.
///
/// ```
/// use api::{
///     Access, Api, ApiRequest, ApiResponse, Problem, ResponseStore, Rfc9457, Route, StatusCode,
///     route,
/// };
///
/// struct Greetings;
///
/// impl Greetings {
///     async fn get_greeting(&self, request: &ApiRequest) -> Result<ApiResponse, Problem> {
///         let body = format!("Hello {}", request.params.get("name"));
///         ApiResponse::json(StatusCode::OK, &body)
///     }
/// }
///
/// impl Api for Greetings {
///     type Problems = Rfc9457;
///
///     const ROUTES: &'static [Route<Self>] =
///         &[route!(GET, "/greetings/{name}", Access::Public, get_greeting)];
///
///     fn responses(&self) -> Option<&dyn ResponseStore> {
///         None
///     }
/// }
///
/// assert_eq!(Greetings::ROUTES[0].id, "get_greeting");
/// ```
#[macro_export]
macro_rules! route {
    ($method:ident, $path:expr, $access:expr, $handler:ident) => {
        $crate::Route::<Self>::new(
            $crate::Method::$method,
            $path,
            ::std::stringify!($handler),
            $access,
            |api, request| ::std::boxed::Box::pin(async move { api.$handler(&request).await }),
        )
    };
    ($method:ident, $path:expr, $access:expr, $handler:ident, $doc:path) => {{
        let route = $crate::route!($method, $path, $access, $handler);
        #[cfg(feature = "openapi")]
        let route = route.described($doc);
        route
    }};
}

/// The routes of an API, ready to be searched.
pub(super) struct Table<A: 'static> {
    router: matchit::Router<Vec<&'static Route<A>>>,
}

impl<A> Table<A> {
    /// # Panics
    /// When two paths contradict each other: the table is a constant, so the first test of the
    /// function shows it.
    pub(super) fn new(routes: &'static [Route<A>]) -> Self {
        let mut paths: BTreeMap<&'static str, Vec<&'static Route<A>>> = BTreeMap::new();
        for route in routes {
            paths.entry(route.path).or_default().push(route);
        }
        let mut router = matchit::Router::new();
        for (path, routes) in paths {
            router.insert(path, routes).expect("the paths of a constant table do not clash");
        }
        Self { router }
    }

    /// The route for a path that is encoded (`event.rs`), decoded only after it has been found, so
    /// that nothing encoded can choose another (`infra/docs/reliability.md`, fact 7).
    pub(super) fn find(
        &self,
        method: &Method,
        path: &str,
    ) -> Result<(&'static Route<A>, Params), Problem> {
        if path.split('/').skip(1).any(empty_or_dots) {
            return Err(Problem::UnknownPath);
        }
        let found = self.router.at(path).map_err(|_| Problem::UnknownPath)?;
        // HEAD is GET without the body (RFC 9110, 9.3.2).
        let wanted = if *method == Method::HEAD { &Method::GET } else { method };
        let routes = found.value.iter().filter(|route| path.starts_with(route.prefix));
        let Some(route) = routes.clone().find(|route| route.method == *wanted) else {
            let mut allow: Vec<_> = routes.map(|route| route.method.clone()).collect();
            if allow.is_empty() {
                return Err(Problem::UnknownPath);
            }
            if allow.contains(&Method::GET) {
                allow.push(Method::HEAD);
            }
            return Err(Problem::MethodNotAllowed { allow });
        };
        let mut params = Vec::new();
        for (name, (_, raw)) in names(route.path).zip(found.params.iter()) {
            params.push((name, decode(raw)?));
        }
        Ok((route, Params(params)))
    }
}

fn empty_or_dots(segment: &str) -> bool {
    matches!(segment, "" | "." | "..")
}

fn names(path: &'static str) -> impl Iterator<Item = &'static str> {
    path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}

fn decode(raw: &str) -> Result<String, Problem> {
    match percent_decode_str(raw).decode_utf8() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => Err(Problem::invalid("path", "not UTF-8")),
    }
}
