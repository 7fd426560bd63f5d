//! Lists of orders.

use domain::identity::Role;
use serde_json::{Value, json};
use testkit::Call;

use crate::fixture::{AUTOMATIC, Fixture, MANUAL, manual, order_with};

fn numbers(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().unwrap().iter();
    items.map(|order| order["buyerPurchaseOrderNumber"].as_str().unwrap()).collect()
}

/// Seven orders of Verizon's on seven days, those with odd numbers for the manual Seller; one of
/// Sprint's.
async fn seven() -> Fixture {
    let app = Fixture::new().await;
    for n in [3, 1, 7, 5, 2, 6, 4] {
        let seller = if n % 2 == 1 { MANUAL } else { AUTOMATIC };
        let order = order_with(
            &format!("PO-{n}"),
            &[
                ("/sellerId", seller.into()),
                ("/orderDate", format!("2016-09-0{n}T23:30-01:00").into()),
            ],
        );
        app.placed(&order, "ACKNOWLEDGED").await;
    }
    let mut theirs = manual("PO-1");
    theirs["buyerId"] = "Sprint".into();
    assert_eq!(app.call_with("sprint", "POST", "/orders", &theirs).await.status, 201);
    app
}

#[tokio::test]
async fn the_newest_order_comes_first_and_filters_narrow_the_list() {
    let app = seven().await;
    for (query, expected) in [
        ("", vec!["PO-7", "PO-6", "PO-5", "PO-4", "PO-3", "PO-2", "PO-1"]),
        ("?buyerId=Verizon&sellerId=Cox", vec!["PO-7", "PO-5", "PO-3", "PO-1"]),
        ("?sellerId=Cox+Spectrum%20Business", vec!["PO-6", "PO-4", "PO-2"]),
        ("?pon=PO-3", vec!["PO-3"]),
        ("?pon=PO-3&sellerId=Cox", vec!["PO-3"]),
        ("?pon=PO-3&sellerId=AT%26T", vec![]),
        ("?pon=PO-3&orderDate.gte=2016-09-04", vec!["PO-3"]),
        ("?pon=PO-3&orderDate.lt=2016-09-04", vec![]),
        ("?status=HELD", vec![]),
        ("?status=ACKNOWLEDGED&orderDate.gte=2016-09-06T00:30Z", vec!["PO-7", "PO-6", "PO-5"]),
        // PO-5 was ordered at half past midnight UTC on the sixth.
        ("?orderDate.gte=2016-09-06T00:30Z&orderDate.lt=2016-09-07T00:30Z", vec!["PO-5"]),
        ("?orderDate.gte=2016-09-07&orderDate.lt=2016-09-06", vec![]),
        ("?buyerId=Sprint", vec![]),
        ("?id=ORD-NONE", vec![]),
    ] {
        let answer = app.get(&format!("/orders{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.body);
        assert_eq!(numbers(&answer.body), expected, "{query}");
        assert_eq!(answer.body["available"], expected.len(), "{query}");
        assert_eq!(answer.body["returned"], expected.len(), "{query}");
        assert_eq!(answer.body["objectType"], "orderList");
        assert_eq!(answer.body["next"], Value::Null);
    }
}

#[tokio::test]
async fn each_side_sees_its_own_orders_and_nobody_elses() {
    let app = seven().await;
    for (client, path, expected) in [
        ("cox", "/orders", 8),
        ("cox", "/orders?buyerId=Sprint", 1),
        ("cox", "/orders?pon=PO-1", 2),
        ("cox", "/orders?pon=PO-1&buyerId=Verizon", 1),
        ("sprint", "/orders", 1),
        ("sprint", "/orders?buyerId=Verizon", 0),
        ("sprint", "/orders?buyerId=Verizon&pon=PO-7", 0),
        ("att", "/orders", 0),
        // Seller for `Cox` in five.
        ("mixed", "/orders", 5),
    ] {
        let answer = app.call(client, "GET", path).await;
        assert_eq!(
            (answer.status, &answer.body["available"]),
            (200, &json!(expected)),
            "{client} {path}"
        );
    }
}

#[tokio::test]
async fn cursors_go_through_the_list_and_are_their_tenants_alone() {
    let app = seven().await;
    let (mut seen, mut path) = (Vec::new(), "/orders?limit=3&status=ACKNOWLEDGED".to_owned());
    for expected in [3, 3, 1] {
        let page = app.get(&path).await.body;
        assert_eq!((&page["available"], &page["returned"]), (&json!(7), &json!(expected)));
        seen.extend(numbers(&page).into_iter().map(str::to_owned));
        let next = page["next"]["href"].as_str().unwrap_or_default();
        path = next.trim_start_matches("https://api.example.com").to_owned();
        if !path.is_empty() {
            assert_eq!(app.call("sprint", "GET", &path).await.status, 400, "foreign cursor");
            let forged = format!("{path}x");
            assert_eq!(app.get(&forged).await.status, 400, "forged cursor");
        }
    }
    assert_eq!(path, "");
    assert_eq!(seen, ["PO-7", "PO-6", "PO-5", "PO-4", "PO-3", "PO-2", "PO-1"]);
}

#[tokio::test]
async fn a_query_of_the_old_documents_is_read() {
    let app = seven().await;
    let answer = app.get("/orders&pon=PO-3").await;
    assert_eq!((answer.status, numbers(&answer.body)), (200, vec!["PO-3"]));
    let answer = app.get("/orders&buyerId=Verizon&sellerId=Cox&limit=1").await;
    assert_eq!(numbers(&answer.body), ["PO-7"]);
    let answer = app.get("/orders&sellerId=Cox%20Spectrum%20Business").await;
    assert_eq!((answer.status, numbers(&answer.body)), (200, vec!["PO-6", "PO-4", "PO-2"]));
    let answer = app.get("/orders&pon=PO-3&sellerId=AT%26T").await;
    assert_eq!((answer.status, numbers(&answer.body)), (200, vec![]));
    assert_eq!(app.get("/ordersx&pon=PO-3").await.status, 404);
    assert_eq!(app.get("/other").await.status, 404);
}

#[tokio::test]
async fn every_fault_of_a_query_is_named() {
    let app = Fixture::new().await;
    let path = "/orders?limit=0&status=OPEN&orderDate.gte=soon&cursor=x&pon=%23&buyerId=%00";
    let answer = app.get(path).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.body["orderMessages"].as_array().map(Vec::len), Some(6), "{}", answer.body);
    assert_eq!(app.get("/orders?limit=101").await.status, 400);
    assert_eq!(app.get("/orders?limit=100").await.status, 200);
}

#[tokio::test]
async fn an_unknown_path_is_404_whoever_calls_it() {
    let app = Fixture::new().await;
    app.db.client("ecc", "one", &[Role::Ecc], &[]).await;
    for path in ["/health", "/openapi.json", "/ordersx", "/orderstatus&id=1"] {
        for call in [
            Call::new("GET", path),
            Call::new("POST", path).json(&json!({})),
            Call::new("GET", path).as_client("ecc"),
            Call::new("GET", path).as_client("verizon"),
        ] {
            let answer = app.send(call).await;
            assert_eq!(answer.status, 404, "{path}");
            assert_eq!(answer.header("link"), "</docs>; rel=\"service-doc\"", "{path}");
        }
    }
    // The queries of the old documents still need a credential.
    assert_eq!(app.send(Call::new("GET", "/orders&pon=PO-1")).await.status, 401);
}

#[tokio::test]
async fn a_page_is_as_large_as_the_gateway_lets_pass() {
    let app = Fixture::new().await;
    for n in 0..14 {
        let mut order = manual(&format!("PO-{n:02}"));
        // 240 KiB, which the gateway counts as 480: a quotation mark is escaped twice.
        order["more"] = "\"".repeat(120 * 1024).into();
        let answer = app.post("/orders", &order).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
    }
    let (mut seen, mut path) = (0, "/orders?limit=100".to_owned());
    loop {
        let page = app.get(&path).await;
        assert_eq!(page.status, 200);
        let body = page.body.to_string();
        let counted = serde_json::to_string(&body).unwrap().len();
        assert!(counted < 6_291_556 - 10_000, "{counted} bytes");
        seen += page.body["returned"].as_u64().unwrap();
        let Some(next) = page.body["next"]["href"].as_str() else { break };
        path = next[next.find("/orders").unwrap()..].to_owned();
    }
    assert_eq!(seen, 14);
}

/// The largest memory that this process has had, in kilobytes.
#[cfg(target_os = "linux")]
fn largest_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// As values, the page takes some 160 MB, and its function has 128.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_page_of_many_small_values_fits_into_the_memory_of_its_function() {
    let app = Fixture::new().await;
    for n in 0..24 {
        let mut order = manual(&format!("PO-{n:02}"));
        order["more"] = vec![json!({}); 80_000].into();
        assert_eq!(app.post("/orders", &order).await.status, 201);
    }
    let before = largest_memory();
    // The test itself would make values of a body.
    let page = app.call("verizon", "HEAD", "/orders?limit=100").await;
    assert_eq!(page.status, 200);
    let length: u64 = page.header("content-length").parse().unwrap();
    assert!(length > 5_000_000, "{length} bytes");
    let more = largest_memory() - before;
    assert!(more < 110_000, "{more} kB for {length} bytes");
}
