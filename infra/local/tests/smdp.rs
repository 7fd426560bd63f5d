//! The ES2+ client against the SM-DP+ simulator: real HTTPS, real certificates.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its world has failed")]

use std::time::{Duration, Instant};

use domain::esim::{
    CancelOrder, ConfirmOrder, DownloadOrder, Es2Answer, Es2Function, FAILED_WITHOUT_CODE,
    FinalProfileStatus, SmDpPlus, Verdict, classify,
};
use es2plus::{Es2Client, Es2Settings};
use orderwire_local::smdp::{
    self, Callback, Delivery, Fault, FaultMode, ProfileState, Refusal, RunningSmdp, SmdpOptions,
    Walk,
};
use serde_json::{Value, json};

const REQUESTER: &str = "1.3.6.1.4.1.99999.1";

struct Setup {
    smdp: RunningSmdp,
    client: Es2Client,
    iccids: Vec<String>,
}

fn settings(smdp: &RunningSmdp) -> Es2Settings {
    let mut settings =
        Es2Settings::new(&smdp.base_url, REQUESTER, &smdp.client_identity_pem, &smdp.ca_pem);
    settings.timeout = Duration::from_secs(2);
    settings
}

async fn setup() -> Setup {
    let smdp = smdp::start(SmdpOptions::default()).await.unwrap();
    let client = Es2Client::new(&settings(&smdp)).unwrap();
    let stock = json!({ "profileType": "consumer", "count": 3 });
    let iccids = smdp.smdp.deliver(&serde_json::from_value::<Delivery>(stock).unwrap());
    Setup { smdp, client, iccids }
}

impl Setup {
    fn download(&self, n: usize) -> DownloadOrder {
        DownloadOrder {
            iccid: self.iccids[n].parse().unwrap(),
            profile_type: "consumer".parse().unwrap(),
            eid: Some("89049032123451234512345678901235".parse().unwrap()),
        }
    }

    fn confirm(&self, n: usize) -> ConfirmOrder {
        ConfirmOrder {
            iccid: self.iccids[n].parse().unwrap(),
            matching_id: format!("MATCH-{n}").parse().unwrap(),
            release: true,
            eid: self.download(n).eid,
        }
    }

    fn cancel(&self, n: usize) -> CancelOrder {
        CancelOrder {
            iccid: self.iccids[n].parse().unwrap(),
            final_status: FinalProfileStatus::Available,
            matching_id: Some(self.confirm(n).matching_id),
            eid: self.download(n).eid,
        }
    }

    fn state(&self, n: usize) -> ProfileState {
        self.smdp.smdp.profile(&self.iccids[n]).unwrap().state
    }

    fn once(&self, mode: FaultMode, function: &str) {
        self.smdp.smdp.misbehave(vec![Fault::once(mode, function)]);
    }
}

fn refusal(subject: &str, reason: &str) -> Refusal {
    Refusal {
        subject_code: subject.to_owned(),
        reason_code: reason.to_owned(),
        message: Some("on demand".to_owned()),
    }
}

fn unknown<T: std::fmt::Debug>(answer: Es2Answer<T>) -> String {
    match answer {
        Es2Answer::Unknown { why } => why,
        other => panic!("not unknown: {other:?}"),
    }
}

fn away<T: std::fmt::Debug>(answer: Es2Answer<T>) -> String {
    match answer {
        Es2Answer::Away { why } => why,
        other => panic!("not away: {other:?}"),
    }
}

#[tokio::test]
async fn a_profile_is_ordered_released_and_taken_back() {
    let setup = setup().await;
    let answer = setup.client.download_order(&setup.download(0), "TX-1").await;
    let Es2Answer::Executed(ordered) = answer else { panic!("{answer:?}") };
    assert_eq!(ordered.iccid.as_str(), setup.iccids[0]);
    assert_eq!(setup.state(0), ProfileState::Linked);

    let answer = setup.client.confirm_order(&setup.confirm(0), "TX-2").await;
    let Es2Answer::Executed(confirmed) = answer else { panic!("{answer:?}") };
    assert_eq!(confirmed.matching_id.as_str(), "MATCH-0");
    assert_eq!(confirmed.smdp_address.unwrap().as_str(), "smdp.orderwire.example");
    assert_eq!(setup.state(0), ProfileState::Released);

    let answer = setup.client.cancel_order(&setup.cancel(0), "TX-3").await;
    assert_eq!(answer, Es2Answer::Executed(()));
    assert_eq!(setup.state(0), ProfileState::Available);

    let calls = setup.smdp.smdp.calls();
    let seen: Vec<_> = calls.iter().map(|c| (c.function.as_str(), c.call.as_str())).collect();
    let expected = [("downloadOrder", "TX-1"), ("confirmOrder", "TX-2"), ("cancelOrder", "TX-3")];
    assert_eq!(seen, expected);
    assert!(calls.iter().all(|call| call.requester == REQUESTER));
}

#[tokio::test]
async fn a_client_without_a_certificate_of_the_authority_is_refused() {
    let setup = setup().await;
    let foreign = smdp::Certificates::make().unwrap();
    let mut stranger = settings(&setup.smdp);
    stranger.identity_pem = foreign.client_identity_pem.clone();
    let client = Es2Client::new(&stranger).unwrap();
    let why = away(client.download_order(&setup.download(0), "TX").await);
    assert!(!why.contains(&setup.iccids[0]), "{why}");

    let authority = reqwest::Certificate::from_pem(setup.smdp.ca_pem.as_bytes()).unwrap();
    let nobody = reqwest::Client::builder().tls_certs_only([authority]).build().unwrap();
    let url = format!("{}/gsma/rsp2/es2plus/downloadOrder", setup.smdp.base_url);
    assert!(nobody.post(url).body("{}").send().await.is_err(), "no certificate, no answer");

    let mut deceived = settings(&setup.smdp);
    deceived.ca_pem = foreign.ca_pem;
    let client = Es2Client::new(&deceived).unwrap();
    away(client.download_order(&setup.download(0), "TX").await);
    assert!(setup.smdp.smdp.calls().is_empty(), "nothing has come through");
    assert_eq!(setup.state(0), ProfileState::Available);
}

#[tokio::test]
async fn every_version_of_protocol_2_is_accepted_and_what_sgp_22_demands_must_be_there() {
    let setup = setup().await;
    let authority = reqwest::Certificate::from_pem(setup.smdp.ca_pem.as_bytes()).unwrap();
    let identity = reqwest::Identity::from_pem(setup.smdp.client_identity_pem.as_bytes()).unwrap();
    let builder = reqwest::Client::builder().tls_certs_only([authority]).identity(identity);
    let http = builder.build().unwrap();
    let send = async |function: &str, protocol: &str, body: Value| {
        let url = format!("{}/gsma/rsp2/es2plus/{function}", setup.smdp.base_url);
        let request = http.post(url).header("x-admin-protocol", protocol).json(&body);
        request.send().await.unwrap().status().as_u16()
    };
    let header =
        json!({ "functionRequesterIdentifier": REQUESTER, "functionCallIdentifier": "TX" });
    let order = |n: usize| json!({ "header": header, "iccid": setup.iccids[n] });
    for (n, protocol) in
        ["gsma/rsp/v2.2.0", "gsma/rsp/v2.0.0", "gsma/rsp/v2.5.1"].iter().enumerate()
    {
        assert_eq!(send("downloadOrder", protocol, order(n)).await, 200, "{protocol}");
    }
    for protocol in ["gsma/rsp/v3.0.0", "gsma/rsp/v1.0.0", "rsp/v2.2.0", "v2.2.0"] {
        assert_eq!(send("downloadOrder", protocol, order(0)).await, 400, "{protocol}");
    }
    let without = |member: &str| {
        let mut body = json!({ "header": header, "iccid": setup.iccids[0], "releaseFlag": true });
        body.as_object_mut().unwrap().remove(member);
        body
    };
    let known = "gsma/rsp/v2.2.0";
    for function in ["downloadOrder", "confirmOrder", "cancelOrder", "releaseProfile"] {
        assert_eq!(send(function, known, without("header")).await, 400, "{function}");
    }
    let half = json!({ "header": { "functionCallIdentifier": "TX" }, "releaseFlag": true });
    assert_eq!(send("confirmOrder", known, half).await, 400);
    assert_eq!(send("confirmOrder", known, without("releaseFlag")).await, 400);
    assert_eq!(setup.state(0), ProfileState::Allocated, "nothing was confirmed");
    assert_eq!(send("confirmOrder", known, without("nothing")).await, 200);
}

#[tokio::test]
async fn a_failure_with_http_200_is_a_failure() {
    let setup = setup().await;
    for (subject, reason, verdict) in [
        ("8.2.1", "3.9", Verdict::Quarantine),
        ("8.2.1", "1.2", Verdict::Quarantine),
        ("8.2.5", "3.7", Verdict::TypeExhausted),
        ("8.9", "5.1", Verdict::Retry),
        ("8.9", "4.2", Verdict::Retry),
        ("8.1.1", "3.10", Verdict::Refused),
    ] {
        setup.once(FaultMode::Failed(refusal(subject, reason)), "downloadOrder");
        let answer = setup.client.download_order(&setup.download(0), "TX").await;
        let Es2Answer::Failed { code, message } = answer else { panic!("{answer:?}") };
        assert_eq!(code.to_string(), format!("{subject}/{reason}"));
        assert_eq!(message.as_deref(), Some("on demand"));
        assert_eq!(classify(Es2Function::DownloadOrder, &code, false), verdict, "{code}");
    }
    assert_eq!(setup.state(0), ProfileState::Available);
}

#[tokio::test]
async fn after_an_answer_lost_after_doing_repeating_it_says_in_use() {
    let setup = setup().await;
    for mode in [FaultMode::AnswerLostAfterDoing, FaultMode::HangAfterDoing] {
        let n = usize::from(mode == FaultMode::HangAfterDoing);
        setup.once(mode.clone(), "downloadOrder");
        away(setup.client.download_order(&setup.download(n), "TX").await);
        let again = setup.client.download_order(&setup.download(n), "TX").await;
        let Es2Answer::Failed { code, .. } = again else { panic!("{again:?}") };
        assert_eq!(classify(Es2Function::DownloadOrder, &code, true), Verdict::ProbablyDone);

        setup.once(mode, "confirmOrder");
        away(setup.client.confirm_order(&setup.confirm(n), "TX").await);
        let again = setup.client.confirm_order(&setup.confirm(n), "TX").await;
        let Es2Answer::Failed { code, .. } = again else { panic!("{again:?}") };
        assert_eq!(classify(Es2Function::ConfirmOrder, &code, true), Verdict::ProbablyDone);
        assert_eq!(setup.state(n), ProfileState::Released);
        assert_eq!(setup.smdp.smdp.profile(&setup.iccids[n]).unwrap().orders, 1);
    }
}

#[tokio::test]
async fn what_is_no_clear_answer_is_unknown() {
    let setup = setup().await;
    for (mode, hint) in [
        (FaultMode::Error500, "HTTP 500"),
        (FaultMode::Garbage, "not an ES2+ response"),
        (FaultMode::Expired, "expired"),
        (FaultMode::FailedWithoutCode, FAILED_WITHOUT_CODE),
        (FaultMode::HugeAnswer, "more than"),
    ] {
        setup.once(mode, "downloadOrder");
        let why = unknown(setup.client.download_order(&setup.download(0), "TX").await);
        assert!(why.contains(hint), "{why}");
    }
}

#[tokio::test]
async fn no_answer_in_time_and_no_time_to_answer_are_away() {
    let setup = setup().await;
    for (mode, hint) in [(FaultMode::Hang, "timed out"), (FaultMode::Unavailable, "HTTP 503")] {
        setup.once(mode, "downloadOrder");
        let start = Instant::now();
        let why = away(setup.client.download_order(&setup.download(0), "TX").await);
        assert!(why.contains(hint), "{why}");
        assert!(start.elapsed() < Duration::from_secs(4));
    }
}

#[tokio::test]
async fn a_warning_and_a_late_answer_are_successes() {
    let setup = setup().await;
    for (n, mode) in
        [FaultMode::Warning, FaultMode::Delay { milliseconds: 100 }].into_iter().enumerate()
    {
        setup.once(mode, "downloadOrder");
        let answer = setup.client.download_order(&setup.download(n), "TX").await;
        assert!(matches!(answer, Es2Answer::Executed(_)), "{answer:?}");
    }
}

#[tokio::test]
async fn a_device_that_downloads_tells_every_point_to_the_callback() {
    let setup = setup().await;
    let (url, mut news) = receiver().await;
    setup.smdp.smdp.call_back(Some(Callback { url, authorization: Some("Basic eA==".into()) }));
    let http = reqwest::Client::new();
    let walk = format!("{}/profiles/{}/download", setup.smdp.admin_url, setup.iccids[0]);
    let refused = http.post(&walk).json(&json!({})).send().await.unwrap();
    assert_eq!(refused.status(), 409, "not released yet");

    setup.client.download_order(&setup.download(0), "TX").await;
    setup.client.confirm_order(&setup.confirm(0), "TX").await;
    let done = http.post(&walk).json(&json!({ "quirks": true })).send().await.unwrap();
    let done: Value = done.json().await.unwrap();
    assert_eq!(done["state"], "Installed");
    for point in ["1", "2", "3", "4"] {
        let (authorization, body) = news.recv().await.unwrap();
        assert_eq!(authorization, "Basic eA==");
        assert_eq!(body["notificationPointId"], point);
        assert_eq!(body["notificationPointStatus"]["status"], "Executed-Success");
        assert!(body["timeStamp"].is_string() && body["iccid"] == setup.iccids[0]);
    }

    setup.client.download_order(&setup.download(1), "TX").await;
    setup.client.confirm_order(&setup.confirm(1), "TX").await;
    let failing = Walk { fail_at: Some(4), ..Walk::default() };
    let told = setup.smdp.smdp.download(&setup.iccids[1], &failing).await.unwrap();
    assert_eq!(told.last().unwrap().point, 4);
    assert_eq!(setup.state(1), ProfileState::Error);
    let answer = setup.client.cancel_order(&setup.cancel(0), "TX").await;
    let Es2Answer::Failed { code, .. } = answer else { panic!("{answer:?}") };
    assert_eq!(code.to_string(), "8.2.1/3.3", "installed: not to be undone");
}

#[tokio::test]
async fn the_admin_port_shows_and_changes_everything() {
    let setup = setup().await;
    let http = reqwest::Client::new();
    let at = |path: &str| format!("{}{path}", setup.smdp.admin_url);
    let stock = json!({ "profileType": "things", "iccids": ["89461177710001700003"] });
    assert_eq!(http.post(at("/profiles")).json(&stock).send().await.unwrap().status(), 201);
    let one = http.get(at("/profiles/89461177710001700003")).send().await.unwrap();
    assert_eq!(one.json::<Value>().await.unwrap()["state"], "Available");
    assert_eq!(http.get(at("/profiles/1")).send().await.unwrap().status(), 404);
    let all: Value = http.get(at("/profiles")).send().await.unwrap().json().await.unwrap();
    assert_eq!(all["profiles"].as_array().unwrap().len(), 4);

    let fault = json!([{ "mode": "failed", "subjectCode": "8.2.1", "reasonCode": "3.9",
        "iccid": setup.iccids[1], "times": 1 }]);
    assert_eq!(http.put(at("/faults")).json(&fault).send().await.unwrap().status(), 204);
    for (n, fails) in [(0, false), (1, true), (2, false)] {
        let answer = setup.client.download_order(&setup.download(n), "TX").await;
        assert_eq!(matches!(answer, Es2Answer::Failed { .. }), fails, "{answer:?}");
    }
    let left: Value = http.get(at("/faults")).send().await.unwrap().json().await.unwrap();
    assert_eq!(left, json!([]), "used up");
    let calls: Value = http.get(at("/calls")).send().await.unwrap().json().await.unwrap();
    assert_eq!(calls["calls"][1]["fault"], "failed");
    assert_eq!(calls["calls"][2]["outcome"], "Executed-Success");
}

/// A place that takes progress: its address, and what came.
async fn receiver() -> (String, tokio::sync::mpsc::UnboundedReceiver<(String, Value)>) {
    let (send, receive) = tokio::sync::mpsc::unbounded_channel();
    let take = move |headers: axum::http::HeaderMap, axum::Json(body): axum::Json<Value>| {
        let credential = headers["authorization"].to_str().unwrap().to_owned();
        send.send((credential, body)).unwrap();
        async { axum::http::StatusCode::NO_CONTENT }
    };
    let router = axum::Router::new().route("/progress", axum::routing::post(take));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/progress", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, receive)
}
