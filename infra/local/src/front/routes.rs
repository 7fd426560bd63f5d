//! Route matching as API Gateway's HTTP APIs do it.

use crate::template::Route;

/// The template's routes, ready to be matched.
#[derive(Debug, Clone, Default)]
pub struct RouteTable {
    routes: Vec<Compiled>,
}

/// The route a request takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched<'t> {
    /// The function behind the route.
    pub function: &'t str,
    /// `GET /ecc/v1/orders/{orderid}` or `$default`.
    pub route_key: &'t str,
    /// Path parameters, undecoded, in the order of the path.
    pub parameters: Vec<(&'t str, String)>,
}

#[derive(Debug, Clone)]
struct Compiled {
    method: String,
    route_key: String,
    function: String,
    /// `None` is `$default`.
    segments: Option<Vec<Segment>>,
}

// The order is the priority: literal before parameter before greedy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(String),
    Parameter(String),
    Greedy(String),
}

impl RouteTable {
    /// Takes the routes in any order.
    pub fn new(routes: &[Route]) -> Self {
        let mut routes: Vec<Compiled> = routes.iter().map(Compiled::new).collect();
        routes.sort_by_key(Compiled::rank);
        Self { routes }
    }

    /// The most specific route for a method and a raw path.
    pub fn find<'t>(&'t self, method: &str, path: &str) -> Option<Matched<'t>> {
        self.routes.iter().find_map(|route| {
            let parameters = route.parameters(method, path)?;
            Some(Matched { function: &route.function, route_key: &route.route_key, parameters })
        })
    }
}

impl Compiled {
    fn new(route: &Route) -> Self {
        let default = route.path == "$default";
        let segments = route.path.trim_start_matches('/').split('/').map(|segment| {
            match segment.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')) {
                Some(name) => match name.strip_suffix('+') {
                    Some(name) => Segment::Greedy(name.to_owned()),
                    None => Segment::Parameter(name.to_owned()),
                },
                None => Segment::Literal(segment.to_owned()),
            }
        });
        Self {
            segments: (!default).then(|| segments.collect()),
            route_key: match default {
                true => route.path.clone(),
                false => format!("{} {}", route.method, route.path),
            },
            method: route.method.clone(),
            function: route.function.clone(),
        }
    }

    /// Lower goes first: full matches before greedy ones before `$default`,
    /// literal segments before parameters, a method of its own before `ANY`.
    fn rank(&self) -> (usize, Vec<u8>, bool) {
        let segments = self.segments.as_deref().unwrap_or_default();
        let kinds: Vec<u8> = segments
            .iter()
            .map(|segment| match segment {
                Segment::Literal(_) => 0,
                Segment::Parameter(_) => 1,
                Segment::Greedy(_) => 2,
            })
            .collect();
        let class = match (&self.segments, kinds.last()) {
            (None, _) => 2,
            (Some(_), Some(2)) => 1,
            _ => 0,
        };
        // Among greedy routes the longer prefix is the closer one.
        let mut kinds = kinds;
        if class == 1 {
            kinds.insert(0, u8::MAX - u8::try_from(segments.len()).unwrap_or(u8::MAX));
        }
        (class, kinds, self.method == "ANY")
    }

    fn parameters(&self, method: &str, path: &str) -> Option<Vec<(&str, String)>> {
        if self.method != "ANY" && self.method != method {
            return None;
        }
        let Some(segments) = &self.segments else { return Some(Vec::new()) };
        let mut rest = Some(path.strip_prefix('/')?);
        let mut parameters = Vec::new();
        for segment in segments {
            let remaining = rest?;
            let (part, tail) = match remaining.split_once('/') {
                Some((part, tail)) => (part, Some(tail)),
                None => (remaining, None),
            };
            match segment {
                Segment::Literal(literal) if literal == part => {}
                Segment::Parameter(name) if !part.is_empty() => {
                    parameters.push((name.as_str(), part.to_owned()));
                }
                Segment::Greedy(name) if !remaining.is_empty() => {
                    parameters.push((name.as_str(), remaining.to_owned()));
                    return Some(parameters);
                }
                _ => return None,
            }
            rest = tail;
        }
        rest.is_none().then_some(parameters)
    }
}
