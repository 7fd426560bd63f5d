//! The route tables of the code against the routes of the template.

use std::collections::{BTreeMap, BTreeSet};

use harness::{
    Call, TestApp,
    template::{plan, root},
};
use openapi::{DocumentId, HttpFunction, functions};
use serde_json::Value;

/// A route: method, path, function.
type Row = (String, String, String);

/// The operation ids of the code.
pub(crate) fn operations() -> Vec<&'static str> {
    functions().iter().flat_map(|function| &function.routes).map(|route| route.id).collect()
}

/// The function of a package.
pub(crate) fn function(package: &str) -> HttpFunction {
    functions().into_iter().find(|function| function.package == package).unwrap()
}

fn of_the_code() -> Vec<Row> {
    let rows = |function: HttpFunction| {
        let row = move |route: openapi::Row| {
            (route.method.to_string(), route.path.to_owned(), function.package.to_owned())
        };
        function.routes.into_iter().map(row)
    };
    functions().into_iter().flat_map(rows).collect()
}

fn of_the_template() -> Vec<Row> {
    let routes = plan().routes;
    routes.into_iter().map(|route| (route.method, route.path, route.function)).collect()
}

fn set<T: Ord>(rows: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    rows.into_iter().collect()
}

#[test]
fn the_template_has_exactly_the_routes_of_the_code() {
    let template = of_the_template().into_iter().filter(|(method, _, _)| method != "ANY");
    assert_eq!(set(template), set(of_the_code()));
}

#[test]
fn unknown_routes_are_handled_by_a_function_of_their_api() {
    let any: BTreeMap<_, _> = of_the_template()
        .into_iter()
        .filter(|(method, _, _)| method == "ANY")
        .map(|(_, path, function)| (path, function))
        .collect();
    let owner = &any["/ecc/v1/{proxy+}"];
    // A path of a function that does not own the wildcard needs its own ANY route, for its 405.
    for (_, path, function) in of_the_code() {
        if function != *owner {
            assert_eq!(any.get(&path), Some(&function), "ANY {path}");
        }
    }
}

/// Also a path that no API begins, and one that the gateway hands to the function with a wildcard.
#[tokio::test]
async fn a_path_that_no_function_has_is_404_and_says_where_the_documentation_is() {
    let app = TestApp::new().await;
    for path in ["/", "/nowhere", "/a/b/c", "/ecc/v1/nowhere", "/docs/a/b", "/webhooks/a/b/c/d/e"] {
        for method in ["GET", "POST", "DELETE"] {
            let response = app.send(Call::new(method, path)).await;
            assert_eq!(response.status, 404, "{method} {path}");
            assert_eq!(response.header("link"), "</docs>; rel=\"service-doc\"", "{path}");
            assert!(response.text().contains("/docs"), "{method} {path}: {}", response.text());
        }
    }
    assert_eq!(app.send(Call::new("GET", "/docs")).await.status, 200);
    assert_eq!(app.send(Call::new("DELETE", "/docs")).await.status, 405);
}

#[test]
fn operation_ids_are_unique() {
    let operations = operations();
    assert_eq!(set(&operations).len(), operations.len());
}

/// The documents under `infra/openapi/`.
pub(crate) fn documents() -> Vec<(DocumentId, Value)> {
    let read = |id: DocumentId| {
        let text = std::fs::read_to_string(root().join("infra/openapi").join(id.file())).unwrap();
        (id, serde_json::from_str(&text).unwrap())
    };
    DocumentId::ALL.into_iter().map(read).collect()
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Document and description of each operation of the documents.
pub(crate) fn documented() -> Vec<(DocumentId, Value)> {
    let mut found = Vec::new();
    for (id, document) in documents() {
        for item in document["paths"].as_object().unwrap().values() {
            let operations = METHODS.into_iter().filter_map(|method| item.get(method));
            found.extend(operations.map(|operation| (id, operation.clone())));
        }
    }
    found
}
