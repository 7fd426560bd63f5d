//! The documentation as a browser and a tool get it.

#![expect(clippy::unwrap_used, reason = "a test says by a panic that it fails")]

use std::{collections::BTreeSet, io::Read};

use api::{
    HttpHandler,
    identity::{Authenticator, NoClients, SecretHasher},
};
use docs_api::{DOCUMENTS, DocsApi, GUIDES, REFERENCES};
use flate2::read::GzDecoder;
use serde_json::Value;
use testkit::{Call, Response};

async fn send(call: Call) -> Response {
    let nobody = Authenticator::new(NoClients, SecretHasher::new(""));
    call.to(&HttpHandler::new(DocsApi, nobody)).await
}

async fn get(path: &str) -> Response {
    send(Call::new("GET", path)).await
}

/// The paths of every page.
fn pages() -> Vec<String> {
    let guides = GUIDES.iter().map(|page| format!("/docs/{}", page.name));
    let references = REFERENCES.iter().map(|page| format!("/docs/api/{}", page.name));
    ["/docs".to_owned()].into_iter().chain(guides).chain(references).collect()
}

/// The values of an attribute in a page.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let begin = format!(" {attribute}=\"");
    page.split(begin.as_str()).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

/// A page without its code blocks, which show markup of their own.
fn without_code(page: &str) -> String {
    page.split("<pre")
        .enumerate()
        .map(|(n, part)| if n == 0 { part } else { part.split_once("</pre>").unwrap().1 })
        .collect()
}

/// Whether an element has an attribute such as `onclick`.
fn has_handler(page: &str) -> bool {
    page.split(" on").skip(1).any(|rest| {
        let name = rest.split('=').next().unwrap_or_default();
        !name.is_empty() && name.chars().all(|sign| sign.is_ascii_lowercase())
    })
}

#[tokio::test]
async fn every_link_and_every_file_of_every_page_exists() {
    let mut seen = BTreeSet::new();
    for page in pages() {
        let text = get(&page).await.text();
        let links = values(&text, "href").into_iter().chain(values(&text, "src"));
        for link in links.chain(values(&text, "data-document")) {
            let (path, fragment) = link.split_once('#').unwrap_or((link, ""));
            if path.starts_with("https://") || !seen.insert(link.to_owned()) {
                continue;
            }
            let path = if path.is_empty() { &page } else { path };
            let target = get(path).await;
            assert_eq!(target.status, 200, "{page}: {link}");
            let id = format!(" id=\"{fragment}\"");
            assert!(fragment.is_empty() || target.text().contains(&id), "{page}: {link}");
        }
    }
    assert!(seen.len() > 20, "{seen:?}");
}

#[tokio::test]
async fn pages_load_nothing_from_elsewhere_and_run_nothing_inline() {
    for page in pages() {
        let response = get(&page).await;
        assert_eq!(response.status, 200, "{page}");
        assert_eq!(response.header("content-type"), "text/html; charset=utf-8");
        let policy = response.header("content-security-policy");
        for rule in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"] {
            assert!(policy.contains(rule), "{policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
        assert_eq!(response.header("x-content-type-options"), "nosniff");
        assert_eq!(response.header("referrer-policy"), "no-referrer");
        let text = without_code(&response.text());
        for script in text.split("<script").skip(1) {
            assert!(script.starts_with(" src=\"/docs/assets/"), "{page}: {script}");
        }
        assert!(!text.contains("<style") && !text.contains(" style=") && !has_handler(&text));
        let loaded = values(&text, "src").into_iter();
        assert!(loaded.chain(values(&text, "data-document")).all(|path| path.starts_with('/')));
    }
}

#[tokio::test]
async fn the_index_leads_to_every_page_and_document() {
    let text = get("/docs").await.text();
    let links: BTreeSet<&str> = values(&text, "href").into_iter().collect();
    for page in pages() {
        assert!(links.contains(page.as_str()), "{page}");
    }
    for document in DOCUMENTS {
        assert!(links.contains(format!("/openapi/{}", document.name).as_str()));
    }
}

#[tokio::test]
async fn every_document_is_that_of_the_repository_with_this_deployment_as_its_server() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/openapi");
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if !name.ends_with(".json") {
            continue;
        }
        let text = std::fs::read_to_string(entry.path()).unwrap();
        let mut expected: Value = serde_json::from_str(&text).unwrap();
        let served = get(&format!("/openapi/{name}")).await;
        assert_eq!(served.header("content-type"), "application/json");
        assert_eq!(served.header("access-control-allow-origin"), "*");
        assert_eq!(served.body["servers"][0]["url"], "/");
        expected["servers"] = served.body["servers"].clone();
        assert!(served.body == expected, "{name}");
        names.insert(name);
    }
    let own: BTreeSet<String> = DOCUMENTS.iter().map(|one| one.name.to_owned()).collect();
    assert_eq!(own, names);
}

#[tokio::test]
async fn what_is_sent_compressed_is_what_is_sent_plain() {
    let text = get("/docs").await.text();
    let mut paths = vec!["/docs".to_owned(), "/openapi/carrier.json".to_owned()];
    let assets = values(&text, "href").into_iter().filter(|path| path.contains("/assets/"));
    paths.extend(assets.map(str::to_owned));
    assert!(paths.len() > 3, "{paths:?}");
    for path in paths {
        let plain = get(&path).await;
        let packed = send(Call::new("GET", &path).header("accept-encoding", "gzip, br")).await;
        assert_eq!(packed.header("content-encoding"), "gzip", "{path}");
        assert_eq!(
            (plain.header("vary"), packed.header("vary")),
            ("Accept-Encoding", "Accept-Encoding")
        );
        let mut expanded = Vec::new();
        GzDecoder::new(&packed.bytes[..]).read_to_end(&mut expanded).unwrap();
        assert!(expanded == plain.bytes, "{path}");
        assert_ne!(plain.header("etag"), packed.header("etag"));
    }
}

#[tokio::test]
async fn a_reader_that_has_the_page_gets_304_and_a_head_no_body() {
    for path in ["/docs", "/docs/errors", "/docs/api/ecc", "/openapi/ecc.json"] {
        for encoding in ["identity", "gzip"] {
            let call = |method: &str| Call::new(method, path).header("accept-encoding", encoding);
            let first = send(call("GET")).await;
            let tag = first.header("etag").to_owned();
            assert!(!tag.is_empty() && first.header("cache-control").contains("no-cache"));
            let again = send(call("GET").header("if-none-match", &tag)).await;
            assert_eq!((again.status, again.bytes.len()), (304, 0), "{path}");
            assert_eq!(again.header("etag"), tag);
            let changed = send(call("GET").header("if-none-match", "\"other\"")).await;
            assert_eq!(changed.status, 200);
            let refused = send(call("GET").header("if-match", "\"other\"")).await;
            assert_eq!(refused.status, 412);
            let head = send(call("HEAD")).await;
            assert_eq!((head.status, head.bytes.len()), (200, 0));
            assert_eq!(head.header("etag"), tag);
        }
    }
}

#[tokio::test]
async fn assets_are_kept_for_ever_because_their_names_change() {
    let text = get("/docs/api/ecc").await.text();
    let assets: BTreeSet<&str> = values(&text, "href")
        .into_iter()
        .chain(values(&text, "src"))
        .filter(|path| path.starts_with("/docs/assets/"))
        .collect();
    assert_eq!(assets.len(), 5, "{assets:?}");
    for path in assets {
        let asset = get(path).await;
        assert!(asset.header("cache-control").contains("immutable"), "{path}");
        let hash = path.rsplit('.').nth(1).unwrap();
        assert_eq!(asset.header("etag"), format!("\"{hash}\""));
    }
}

#[tokio::test]
async fn any_other_path_says_where_the_documentation_is() {
    for path in [
        "/",
        "/nothing/here",
        "/docs/",
        "/docs/nothing",
        "/docs/api/nothing",
        "/docs/assets/site.css",
        "/docs/../etc/passwd",
        "/openapi/nothing.json",
        "/openapi/ecc",
    ] {
        for method in ["GET", "POST", "DELETE"] {
            let response = send(Call::new(method, path)).await;
            if response.status == 405 {
                assert_eq!(response.header("allow"), "GET, HEAD", "{method} {path}");
                continue;
            }
            let response = response.expect(404, "NOT_FOUND");
            assert_eq!(response.header("content-type"), "application/problem+json");
            assert_eq!(response.header("link"), "</docs>; rel=\"service-doc\"");
            assert!(response.body["detail"].as_str().unwrap().contains("/docs"), "{path}");
        }
    }
}

#[tokio::test]
async fn a_query_that_a_page_does_not_have_is_refused() {
    get("/docs?x=1").await.expect(400, "INVALID_PARAMETER");
}

#[tokio::test]
async fn guides_show_their_programs_whole() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/docs/guides/webhook-verifiers");
    let page = get("/docs/webhooks").await.text();
    let mut shown = 0;
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let program = std::fs::read_to_string(entry.path()).unwrap();
        let escaped = program.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        assert!(page.contains(&escaped), "{:?}", entry.path());
        shown += 1;
    }
    assert_eq!(shown, 5);
}
