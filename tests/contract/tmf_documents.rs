//! The OpenAPI documents of the TM Forum APIs beside the published ones: operations, required
//! members, words. Every difference is listed with its reason, and is one.

use std::collections::BTreeSet;

use harness::template::text;
use serde_json::Value;

/// A difference, and why.
type Difference = (&'static str, &'static str);

/// Of both documents.
const BOTH: [Difference; 3] = [
    ("state held", "nothing holds an order"),
    ("member expectedCompletionDate", "not derived"),
    ("item state held", "nothing holds an item"),
];
/// States of items that only an order comes to here.
const ITEMS: [Difference; 2] = [
    ("item state assessingCancellation", "a request to cancel is about the order"),
    ("item state pendingCancellation", "a request to cancel is about the order"),
];
const SERVICE: [Difference; 4] = [
    ("member externalReference", "kept as it is sent, not described"),
    ("member orderRelationship", "kept as it is sent, not described"),
    ("item state partial", "an item is executed by one order"),
    ("task member completionMessage", "the state says all"),
];
const PRODUCT: [Difference; 8] = [
    ("member agreement", "kept as it is sent, not described"),
    ("member billingAccount", "kept as it is sent, not described"),
    ("member channel", "kept as it is sent, not described"),
    ("member orderTotalPrice", "kept as it is sent, not described"),
    ("member payment", "kept as it is sent, not described"),
    ("member productOfferingQualification", "kept as it is sent, not described"),
    ("member quote", "kept as it is sent, not described"),
    ("required of an order relatedParty", "TM Forum's conformance kits demand it"),
];

struct Documents {
    published: Value,
    ours: Value,
    base: &'static str,
    /// The order's type.
    order: &'static str,
    items: &'static str,
}

fn words(list: &Value) -> BTreeSet<String> {
    let list = list.as_array().unwrap_or_else(|| panic!("no list: {list}"));
    list.iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}

/// What a schema requires; of a member with an old name, the one or the other.
fn required(schema: &Value) -> BTreeSet<String> {
    let plain = schema.get("required").map(words).unwrap_or_default();
    let either = schema["allOf"].as_array().into_iter().flatten();
    let either = either.flat_map(|choice| words(&choice["anyOf"][0]["required"]));
    plain.into_iter().chain(either).collect()
}

fn names(object: &Value) -> BTreeSet<String> {
    object.as_object().unwrap().keys().cloned().collect()
}

/// What one of two sets has alone, named.
fn apart(what: &str, one: &BTreeSet<String>, other: &BTreeSet<String>) -> Vec<String> {
    one.symmetric_difference(other).map(|word| format!("{what} {word}")).collect()
}

/// What the published set has and ours has not.
fn missing(what: &str, published: &BTreeSet<String>, ours: &BTreeSet<String>) -> Vec<String> {
    published.difference(ours).map(|word| format!("{what} {word}")).collect()
}

impl Documents {
    fn of(published: &str, ours: &str, base: &'static str, order: &'static str) -> Self {
        let json = |path: &str| serde_json::from_str(&text(path)).unwrap();
        Self {
            published: json(&format!("tests/contract/tmf/{published}")),
            ours: json(&format!("infra/openapi/{ours}")),
            base,
            order,
            items: if order == "ServiceOrder" { "serviceOrderItem" } else { "productOrderItem" },
        }
    }

    fn schema(&self, name: &str) -> &Value {
        &self.ours["components"]["schemas"][name]
    }

    fn operations(&self) -> Vec<String> {
        let mut ours = BTreeSet::new();
        for (path, operations) in self.ours["paths"].as_object().unwrap() {
            let path = path.strip_prefix(self.base).unwrap();
            let methods = operations.as_object().unwrap().keys();
            let methods = methods.filter(|method| *method != "parameters");
            ours.extend(methods.map(|method| format!("{} {path}", method.to_uppercase())));
        }
        let mut published = words(&self.published["operations"]);
        // What a client serves.
        published.retain(|operation| !operation.contains("/listener/"));
        apart("operation", &published, &ours)
    }

    fn required(&self) -> Vec<String> {
        let order = self.schema(&format!("{}Request", self.order));
        let created = words(&self.published["required"][format!("{}_Create", self.order)]);
        let mut found = apart("required of an order", &created, &required(order));
        let item = self.schema(&format!("{}ItemRequest", self.order));
        let wanted = words(&self.published["required"][format!("{}Item", self.order)]);
        found.extend(apart("required of an item", &wanted, &required(item)));
        let cancel = self.schema(&format!("Cancel{}Request", self.order));
        let wanted = words(&self.published["required"][format!("Cancel{}_Create", self.order)]);
        found.extend(apart("required of a task", &wanted, &required(cancel)));
        let error = self.schema("TmfProblem");
        let wanted = words(&self.published["required"]["Error"]);
        found.extend(missing("required of an error", &wanted, &required(error)));
        found
    }

    fn words(&self) -> Vec<String> {
        let order = &self.schema(self.order)["properties"];
        let state = words(&order["state"]["enum"]);
        let mut found = apart("state", &words(&self.published["states"]), &state);
        let item = words(&order[self.items]["items"]["properties"]["state"]["enum"]);
        found.extend(apart("item state", &words(&self.published["itemStates"]), &item));
        let task = &self.schema(&format!("Cancel{}", self.order))["properties"];
        let states = words(&task["state"]["enum"]);
        found.extend(apart("task state", &words(&self.published["taskStates"]), &states));
        let item = self.schema(&format!("{}ItemRequest", self.order));
        let actions = words(&item["properties"]["action"]["enum"]);
        found.extend(apart("action", &words(&self.published["actions"]), &actions));
        found
    }

    fn members(&self) -> Vec<String> {
        let members = |name: &str| names(&self.schema(name)["properties"]);
        // Every type may say what it extends.
        let plain = |list: &Value| {
            let mut names = words(list);
            names.retain(|name| !["@baseType", "@schemaLocation"].contains(&name.as_str()));
            names
        };
        let mut found = missing("member", &plain(&self.published["members"]), &members(self.order));
        let task = format!("Cancel{}", self.order);
        found.extend(missing("task member", &plain(&self.published["task"]), &members(&task)));
        found
    }

    #[track_caller]
    fn differ_by(&self, listed: &[&[Difference]]) {
        let found = [self.operations(), self.required(), self.words(), self.members()].concat();
        let found: BTreeSet<String> = found.into_iter().collect();
        let listed = listed.concat();
        assert!(listed.iter().all(|(_, why)| !why.is_empty()));
        let listed: BTreeSet<String> = listed.iter().map(|(what, _)| (*what).to_owned()).collect();
        assert_eq!(found, listed);
    }
}

#[test]
fn the_document_of_service_orders_differs_from_the_published_one_as_listed() {
    let base = "/tmf-api/serviceOrdering/v4";
    let documents = Documents::of("tmf641.json", "service-orders.json", base, "ServiceOrder");
    documents.differ_by(&[&BOTH, &ITEMS, &SERVICE]);
}

#[test]
fn the_document_of_product_orders_differs_from_the_published_one_as_listed() {
    let base = "/tmf-api/productOrderingManagement/v4";
    let documents = Documents::of("tmf622.json", "product-orders.json", base, "ProductOrder");
    documents.differ_by(&[&BOTH, &ITEMS, &PRODUCT]);
}
