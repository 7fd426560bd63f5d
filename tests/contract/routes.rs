use std::collections::{BTreeMap, BTreeSet};

use api::Api;
use batches_api::BatchesApi;
use carrier_notifications_api::CarrierNotificationsApi;
use carrier_orders_api::CarrierOrdersApi;
use carrier_status_api::CarrierStatusApi;
use es2plus_callback_api::Es2PlusCallbackApi;
use esim_orders_api::EsimOrdersApi;
use events_api::EventsApi;
use harness::template::{plan, root, text};
use provisioning_orders_api::ProvisioningOrdersApi;
use serde_json::Value;
use subscriptions_api::SubscriptionsApi;
use token_api::TokenApi;
use webhooks_api::WebhooksApi;

/// A route: method, path, function or operation.
pub(crate) type Row = (String, String, String);

fn of_api<A: Api>(function: &str) -> Vec<(Row, &'static str)> {
    A::ROUTES
        .iter()
        .map(|route| {
            let row = (route.method.to_string(), route.path.to_owned(), function.to_owned());
            (row, route.id)
        })
        .collect()
}

/// The routes of the code, each with its operation.
pub(crate) fn of_the_code() -> Vec<(Row, &'static str)> {
    let mut rows = of_api::<SubscriptionsApi>("subscriptions-api");
    rows.extend(of_api::<ProvisioningOrdersApi>("provisioning-orders-api"));
    rows.extend(of_api::<TokenApi>("token-api"));
    rows.extend(of_api::<EsimOrdersApi>("esim-orders-api"));
    rows.extend(of_api::<Es2PlusCallbackApi>("es2plus-callback-api"));
    rows.extend(of_api::<EventsApi>("events-api"));
    rows.extend(of_api::<BatchesApi<harness::in_process::NoQueue>>("batches-api"));
    rows.extend(of_api::<WebhooksApi<harness::in_process::NoQueue>>("webhooks-api"));
    rows.extend(of_api::<CarrierOrdersApi>("carrier-orders-api"));
    rows.extend(of_api::<CarrierStatusApi>("carrier-status-api"));
    rows.extend(of_api::<CarrierNotificationsApi>("carrier-notifications-api"));
    rows
}

fn of_the_template() -> Vec<Row> {
    let routes = plan().routes;
    routes.into_iter().map(|route| (route.method, route.path, route.function)).collect()
}

fn set<T: Ord>(rows: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    rows.into_iter().collect()
}

#[test]
fn every_function_that_serves_routes_is_compared_here() {
    let served = set(of_the_template().into_iter().map(|(_, _, function)| function));
    let compared = set(of_the_code().into_iter().map(|((_, _, function), _)| function));
    assert_eq!(served, compared);
}

#[test]
fn the_routes_of_the_template_are_those_of_the_code() {
    let template = of_the_template().into_iter().filter(|(method, _, _)| method != "ANY");
    let code = of_the_code().into_iter().map(|(row, _)| row);
    assert_eq!(set(template), set(code));
}

#[test]
fn whatever_no_route_takes_is_answered_by_a_function_in_the_apis_own_words() {
    let any: BTreeMap<_, _> = of_the_template()
        .into_iter()
        .filter(|(method, _, _)| method == "ANY")
        .map(|(_, path, function)| (path, function))
        .collect();
    let owner = &any["/ecc/v1/{proxy+}"];
    // A path of another function than the owner of the rest needs an ANY of its own: its 405.
    for ((_, path, function), _) in of_the_code() {
        if function != *owner {
            assert_eq!(any.get(&path), Some(&function), "ANY {path}");
        }
    }
}

/// `[workspace.metadata.lambda.watch.router]`: path -> function.
fn of_the_watch_router() -> BTreeMap<String, String> {
    let manifest = text("Cargo.toml");
    let (_, section) = manifest.split_once("[workspace.metadata.lambda.watch.router]").unwrap();
    section
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once(" = "))
        .map(|(path, function)| (path.trim_matches('"').into(), function.trim_matches('"').into()))
        .collect()
}

#[test]
fn the_routes_of_cargo_lambda_watch_are_those_of_the_template() {
    let template: BTreeMap<String, String> = of_the_template()
        .into_iter()
        .map(|(_, path, function)| (path.replace("{proxy+}", "{*proxy}"), function))
        .collect();
    assert_eq!(of_the_watch_router(), template);
}

#[test]
fn operations_have_one_name_each() {
    let code = of_the_code();
    let names = set(code.iter().map(|(_, operation)| operation));
    assert_eq!(names.len(), code.len());
}

/// The documents under `infra/openapi/`.
pub(crate) fn documents() -> Vec<Value> {
    let Ok(entries) = std::fs::read_dir(root().join("infra/openapi")) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    let read = |path| serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    paths.into_iter().map(read).collect()
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Method, path (with the server's base path) and operation of each operation of the documents.
pub(crate) fn documented() -> Vec<(String, String, Value)> {
    let mut found = Vec::new();
    for document in documents() {
        let base = document["servers"][0]["url"].as_str().unwrap_or_default().to_owned();
        let base = base.find("/ecc/").map_or("", |start| &base[start..]);
        for (path, item) in document["paths"].as_object().unwrap() {
            let path = match path.starts_with(base) {
                true => path.clone(),
                false => format!("{}{path}", base.trim_end_matches('/')),
            };
            for method in METHODS.into_iter().filter(|method| item.get(method).is_some()) {
                found.push((method.to_uppercase(), path.clone(), item[method].clone()));
            }
        }
    }
    found
}

#[test]
fn the_operations_of_the_openapi_documents_are_those_of_the_code() {
    let documents = documented().into_iter().map(|(method, path, operation)| {
        (method, path, operation["operationId"].as_str().unwrap_or_default().to_owned())
    });
    let code = of_the_code()
        .into_iter()
        .map(|((method, path, _), operation)| (method, path, operation.to_owned()));
    assert_eq!(set(documents), set(code));
}
