use domain::console::{LINK_LIFETIME, OperatorName, SESSION_LIFETIME};
use time::Duration;

use crate::scene::{Scene, browsed};

fn operator() -> OperatorName {
    "ada".parse().unwrap()
}

/// Every page, and every action.
const PAGES: [&str; 7] = [
    "/console",
    "/console/orders/1",
    "/console/orders/1/actions",
    "/console/tenants",
    "/console/tenants/t",
    "/console/tenants/t/endpoints/we_1",
    "/console/registry",
];
const ACTIONS: [&str; 6] = [
    "/console/sign-out",
    "/console/search",
    "/console/orders/1/resolve",
    "/console/orders/1/retry",
    "/console/tenants/t/endpoints/we_1/enable",
    "/console/tenants/t/endpoints/we_1/deliveries/msg_1/replay",
];

#[tokio::test]
async fn a_link_is_looked_at_without_being_used_and_opens_one_session() {
    let scene = Scene::new().await;
    let code = scene.link(operator()).await;
    for _ in 0..2 {
        let looked = scene.send(browsed("GET", &format!("/console/links/{code}"))).await;
        assert_eq!(looked.response.status, 200);
        assert!(looked.response.text().contains(&code) && looked.cookies.is_empty());
    }
    let opened = scene.open(&code).await;
    assert_eq!(opened.response.status, 303);
    let [cookie] = &opened.cookies[..] else { panic!("{:?}", opened.cookies) };
    for part in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/console", "Max-Age=43200"] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
    let again = scene.open(&code).await;
    assert_eq!((again.response.status, again.cookies.len()), (200, 0));
    assert!(again.response.text().contains("The link is used up"));
}

#[tokio::test]
async fn a_link_that_is_late_or_made_up_opens_nothing() {
    let scene = Scene::new().await;
    let code = scene.link(operator()).await;
    scene.clock.advance(LINK_LIFETIME + Duration::SECOND);
    for code in [code.as_str(), "made-up", ""] {
        let opened = scene.open(code).await;
        assert!(opened.cookies.is_empty(), "{code}");
        assert!(opened.response.text().contains("The link is used up"), "{code}");
    }
}

#[tokio::test]
async fn without_a_session_there_is_no_page_and_no_action() {
    let scene = Scene::new().await;
    let order = scene.stuck(1, "unknown").await;
    for cookie in ["", "orderwire-console=made-up", "other=1; orderwire-console="] {
        for path in PAGES {
            let refused = scene.send(browsed("GET", path).header("cookie", cookie)).await.response;
            assert_eq!(refused.status, 403, "{path}");
            assert!(refused.text().contains("No session") && !refused.text().contains("token"));
            assert_eq!(refused.header("content-type"), "text/html; charset=utf-8");
        }
        for path in ACTIONS {
            let path = path.replace("/1/", &format!("/{order}/"));
            let call = browsed("POST", &path).header("cookie", cookie);
            let form = "application/x-www-form-urlencoded";
            let call = call.bytes(form, "token=x&as=CANCELED&reason=x");
            assert_eq!(scene.send(call).await.response.status, 403, "{path}");
        }
    }
    assert_eq!(scene.status(order).await, "PROVISIONING");
    assert!(scene.work.is_empty());
}

#[tokio::test]
async fn a_program_gets_a_problem_in_place_of_a_page() {
    let scene = Scene::new().await;
    for accept in ["*/*", "application/json"] {
        let call = testkit::Call::new("GET", "/console").header("accept", accept);
        let refused = scene.send(call).await.response.expect(403, "FORBIDDEN");
        assert_eq!(refused.header("content-type"), "application/problem+json");
        assert!(refused.body["detail"].as_str().unwrap().contains("orderwire console"));
        assert!(refused.header("content-security-policy").contains("frame-ancestors 'none'"));
    }
}

#[tokio::test]
async fn a_form_needs_the_token_of_its_own_session() {
    let scene = Scene::new().await;
    let order = scene.stuck(1, "unknown").await;
    let (browser, other) = (scene.operator().await, scene.operator().await);
    assert_ne!(browser.token, other.token);
    for token in ["", "token=", "token=made-up", &format!("token={}", other.token)] {
        for path in ACTIONS {
            let path = path.replace("/1/", &format!("/{order}/"));
            let form = format!("{token}&as=CANCELED&reason=checked");
            let refused = browser.post_as(&path, &form).await.response;
            assert_eq!(refused.status, 403, "{path} {token}");
        }
    }
    assert_eq!(scene.status(order).await, "PROVISIONING");
    assert!(scene.work.is_empty());
}

#[tokio::test]
async fn a_form_that_another_site_sent_is_refused() {
    let scene = Scene::new().await;
    let code = scene.link(operator()).await;
    let form = "application/x-www-form-urlencoded";
    for (site, status) in [("cross-site", 403), ("same-site", 403), ("same-origin", 303)] {
        let call = browsed("POST", "/console/sessions").header("sec-fetch-site", site);
        let sent = scene.send(call.bytes(form, format!("code={code}"))).await;
        assert_eq!(sent.response.status, status, "{site}");
    }
}

#[tokio::test]
async fn a_session_is_over_after_twelve_hours_or_by_signing_out() {
    let scene = Scene::new().await;
    let (browser, other) = (scene.operator().await, scene.operator().await);
    let out = browser.post("/console/sign-out", "").await;
    assert!(out.response.text().contains("Signed out"));
    assert!(out.cookies[0].contains("orderwire-console=;") && out.cookies[0].contains("Max-Age=0"));
    assert_eq!(browser.get("/console").await.status, 403);
    scene.clock.advance(SESSION_LIFETIME - Duration::SECOND);
    assert_eq!(other.get("/console").await.status, 200);
    scene.clock.advance(Duration::SECOND);
    assert_eq!(other.get("/console").await.status, 403);
}
