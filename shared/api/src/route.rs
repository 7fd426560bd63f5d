//! Which operation a path and a method ask for.

use std::collections::BTreeMap;

use domain::identity::Role;
use http::Method;
use percent_encoding::percent_decode_str;

use super::{Problem, request::Params};

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody, without a credential.
    Public,
    /// Clients with any of these roles.
    Roles(&'static [Role]),
}

/// A route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route<Op> {
    /// The method.
    pub method: Method,
    /// The path in API Gateway's syntax: `/ecc/v1/orders/{orderid}`.
    pub path: &'static str,
    /// What it does.
    pub operation: Op,
    /// The operation's name in the OpenAPI document and in logs: `get_provisioning_order`.
    pub operation_id: &'static str,
    /// Who may call it.
    pub access: Access,
}

/// The routes of an API, ready to be searched.
pub(super) struct Table<Op: 'static> {
    router: matchit::Router<Vec<&'static Route<Op>>>,
}

impl<Op> Table<Op> {
    /// # Panics
    /// When two paths contradict each other: the table is a constant, so the first test of the
    /// function shows it.
    pub(super) fn new(routes: &'static [Route<Op>]) -> Self {
        let mut paths: BTreeMap<&'static str, Vec<&'static Route<Op>>> = BTreeMap::new();
        for route in routes {
            paths.entry(route.path).or_default().push(route);
        }
        let mut router = matchit::Router::new();
        for (path, routes) in paths {
            router.insert(path, routes).expect("the paths of a constant table do not clash");
        }
        Self { router }
    }

    /// The route for a raw path: decoded only after it has been found, so that nothing encoded
    /// can choose another (`reliability.md`, fact 7).
    pub(super) fn find(
        &self,
        method: &Method,
        path: &str,
    ) -> Result<(&'static Route<Op>, Params), Problem> {
        if path.split('/').skip(1).any(empty_or_dots) {
            return Err(Problem::NotFound);
        }
        let found = self.router.at(path).map_err(|_| Problem::NotFound)?;
        let Some(route) = found.value.iter().find(|route| route.method == *method) else {
            let allow = found.value.iter().map(|route| route.method.clone()).collect();
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
    segment.is_empty()
        || segment.len() <= 6 && matches!(&*segment.to_lowercase().replace("%2e", "."), "." | "..")
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
