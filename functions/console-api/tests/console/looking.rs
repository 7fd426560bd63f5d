use domain::{clock::Clock as _, identity::Role, provisioning::OrderStatus};
use testkit::{add_endpoint, end_order, numbers};

use crate::scene::{CANARY, Scene};

fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let begin = format!(" {attribute}=\"");
    page.split(begin.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[tokio::test]
async fn the_overview_counts_open_orders_and_names_those_that_need_intervention() {
    let scene = Scene::new().await;
    let open = [scene.order(1).await, scene.order(2).await];
    let stuck = scene.stuck(3, "the effect is unknown").await;
    let browser = scene.operator().await;
    let page = browser.page("/console").await;
    assert!(page.contains(&format!("/console/orders/{stuck}")), "{page}");
    assert!(page.contains("the effect is unknown"));
    assert!(page.contains("2 open, 0 late."), "{page}");
    assert!(open.iter().all(|order| !page.contains(&format!("/console/orders/{order}"))));
    scene.clock.advance(time::Duration::minutes(10));
    assert!(browser.page("/console").await.contains("2 open, 2 late."));
}

#[tokio::test]
async fn an_orders_page_has_its_timeline_as_a_list_and_as_a_picture() {
    let scene = Scene::new().await;
    let browser = scene.operator().await;
    let order = scene.order(1).await;
    let path = format!("/console/orders/{order}");
    let page = browser.page(&path).await;
    assert!(page.contains("<strong>PROVISIONING</strong>") && page.contains("every 3s"));
    assert!(page.contains("Waits for its next attempt at"), "{page}");
    let why = format!("number {} is barred", numbers::msisdn(1));
    end_order(&scene.db.table, order, OrderStatus::Canceled, Some(&why), scene.clock.now()).await;
    let page = browser.page(&path).await;
    assert!(page.contains("by network: number … is barred"), "{page}");
    assert_eq!(page.matches("<circle").count(), 2, "placed, and canceled");
    assert!(page.contains("correlation-1"));
    for personal in [numbers::msisdn(1).to_string(), numbers::iccid(1).to_string()] {
        assert!(!page.contains(&personal), "{personal}");
    }
    assert_eq!(browser.get("/console/orders/123456789").await.status, 404);
}

#[tokio::test]
async fn markup_in_texts_from_outside_is_text() {
    let scene = Scene::new().await;
    let browser = scene.operator().await;
    let stuck = scene.stuck(1, CANARY).await;
    scene.db.set_text(&stuck.to_string(), "correlationId", CANARY).await;
    let ended = scene.order(2).await;
    end_order(&scene.db.table, ended, OrderStatus::Canceled, Some(CANARY), scene.clock.now()).await;
    let paths = [
        "/console".to_owned(),
        format!("/console/orders/{stuck}"),
        format!("/console/orders/{stuck}/actions"),
        format!("/console/orders/{ended}"),
    ];
    for path in paths {
        let page = browser.page(&path).await;
        assert!(
            page.contains("&lt;script&gt;alert('x')&lt;/script&gt;&quot;&amp;"),
            "{path}: {page}"
        );
        assert!(!page.contains("<script>"), "{path}");
    }
    let found = browser.post("/console/search", "text=%3Cscript%3Ealert(1)").await.response;
    assert!(!found.text().contains("alert(1)"), "a search is not repeated");
}

#[tokio::test]
async fn every_page_is_guarded_and_loads_nothing_from_elsewhere_or_inline() {
    let scene = Scene::new().await;
    scene.db.client("alice", "t", &[Role::Ecc], &[]).await;
    let now = scene.clock.now();
    let endpoint = add_endpoint(&scene.db.table, "t", &["*"], &scene.random, now).await;
    let browser = scene.operator().await;
    let order = scene.stuck(1, "unknown").await;
    for path in [
        "/console".to_owned(),
        format!("/console/orders/{order}"),
        format!("/console/orders/{order}/actions"),
        "/console/tenants".to_owned(),
        "/console/tenants/t".to_owned(),
        format!("/console/tenants/t/endpoints/{}", endpoint.id),
        "/console/registry".to_owned(),
        "/console/links/a-code".to_owned(),
    ] {
        let response = browser.get(&path).await;
        assert_eq!(response.status, 200, "{path}");
        let policy = response.header("content-security-policy");
        for rule in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"] {
            assert!(policy.contains(rule), "{policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
        assert_eq!(response.header("referrer-policy"), "no-referrer");
        assert_eq!(response.header("cache-control"), "no-store");
        assert_eq!(response.header("x-frame-options"), "DENY");
        let page = response.text();
        assert!(
            !page.contains("<style") && !page.contains(" style=") && !page.contains(" onclick")
        );
        for script in page.split("<script").skip(1) {
            assert!(script.starts_with(" src=\"/console/assets/htmx."), "{path}: {script}");
        }
        for link in values(&page, "href").into_iter().chain(values(&page, "src")) {
            assert!(link == "#content" || link.starts_with("/console"), "{path}: {link}");
        }
        for label in values(&page, "for") {
            assert!(page.contains(&format!(" id=\"{label}\"")), "{path}: {label}");
        }
    }
    let page = browser.page("/console").await;
    let assets: Vec<_> = values(&page, "href").into_iter().chain(values(&page, "src")).collect();
    let assets: Vec<_> = assets.into_iter().filter(|path| path.contains("/assets/")).collect();
    assert_eq!(assets.len(), 3, "{assets:?}");
    for asset in assets {
        let response = browser.get(asset).await;
        assert_eq!(response.status, 200, "{asset}");
        assert!(response.header("cache-control").contains("immutable"), "{asset}");
    }
    assert_eq!(browser.get("/console/assets/console.css").await.status, 404);
}

#[tokio::test]
async fn an_order_is_found_by_id_number_and_sim_and_the_url_has_neither_number_nor_sim() {
    let scene = Scene::new().await;
    let browser = scene.operator().await;
    let order = scene.order(1).await;
    let path = format!("/console/orders/{order}");
    for text in [
        order.to_string(),
        format!("+{order}+"),
        numbers::msisdn(1).to_string(),
        numbers::iccid(1).to_string(),
        format!("msisdn:{}", numbers::msisdn(1)),
        format!("iccid:{}", numbers::iccid(1)),
    ] {
        let found = browser.post("/console/search", &format!("text={text}")).await.response;
        assert_eq!((found.status, found.header("location")), (303, path.as_str()), "{text}");
    }
    for text in ["nothing", "pon:Buyer/1", "a%23b", "", "correlation-1"] {
        let found = browser.post("/console/search", &format!("text={text}")).await.response;
        assert_eq!(found.status, 200, "{text}");
        assert!(found.text().contains("A correlation id is in no index"), "{text}");
    }
    end_order(&scene.db.table, order, OrderStatus::Completed, None, scene.clock.now()).await;
    let number = format!("text={}", numbers::msisdn(1));
    let found = browser.post("/console/search", &number).await.response.text();
    assert!(found.contains("no order is outstanding on it"), "{found}");
}

#[tokio::test]
async fn tenants_are_shown_with_clients_endpoints_and_no_secret() {
    let scene = Scene::new().await;
    scene.db.client("alice", "t", &[Role::Ecc], &[]).await;
    let now = scene.clock.now();
    let endpoint = add_endpoint(&scene.db.table, "t", &["*"], &scene.random, now).await;
    let browser = scene.operator().await;
    assert!(browser.page("/console/tenants").await.contains("/console/tenants/t\""));
    let page = browser.page("/console/tenants/t").await;
    assert!(page.contains("alice") && page.contains(endpoint.id.as_str()) && page.contains("well"));
    assert!(page.contains("https://receiver.example.com") && !page.contains("/hook"));
    assert!(!page.contains("whsec_"));
    assert_eq!(browser.get("/console/tenants/nobody").await.status, 404);
    assert_eq!(browser.get("/console/tenants/u/endpoints/we_1").await.status, 404);
}
