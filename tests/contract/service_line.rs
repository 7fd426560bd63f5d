//! Services, workers, the domain and the store know no HTTP of ours: requests become commands, and
//! outcomes and errors become responses and problems, above this line.

use std::path::Path;

use harness::template::root;

use crate::layout::sources;

/// Files above the line, of the packages that a service is in: HTTP is translated there, in one
/// place for each API.
const ABOVE: [&str; 10] = [
    "shared/carrier/src/http.rs",
    "shared/carrier/src/problem_body.rs",
    "shared/ecc/src/http.rs",
    "shared/ecc/src/problem.rs",
    "shared/esim/src/http.rs",
    "shared/esim/src/problem.rs",
    "shared/tmf/src/http.rs",
    "shared/tmf/src/hub.rs",
    "shared/tmf/src/problem.rs",
    // The HTTP side itself.
    "shared/api/",
];

/// Packages that call others by HTTP, or play them in tests: their status codes are those of
/// others.
const CLIENTS: [&str; 6] = [
    "shared/es2plus/",
    "shared/network/",
    "shared/outbound/",
    "shared/seller/",
    "shared/webhooks/",
    "shared/testkit/",
];

/// The status codes of an SM-DP+ are a type of the domain.
const SM_DP_PLUS: [&str; 4] = [
    "shared/domain/src/esim",
    "shared/domain/src/scenario/esim.rs",
    "shared/esim/src/wire/progress.rs",
    "shared/store/src/records/fulfilment.rs",
];

/// Whether HTTP may be named in a file. Of the functions, those of an API translate it.
fn is_above(path: &str) -> bool {
    let function = path.strip_prefix("functions/").and_then(|path| path.split('/').next());
    function.is_some_and(|name| name.ends_with("-api"))
        || ABOVE.iter().any(|above| path.starts_with(above))
}

/// The names of HTTP in a source below the line.
fn named(path: &str, source: &str) -> Vec<&'static str> {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let names = |name: &str| source.split(|letter| !is_word(letter)).any(|word| word == name);
    let excused = |name: &str| {
        name == "StatusCode"
            && (CLIENTS.iter().chain(&SM_DP_PLUS)).any(|excused| path.starts_with(excused))
    };
    let all = ["Problem", "ApiRequest", "ApiResponse", "StatusCode"];
    all.into_iter().filter(|name| names(name) && !excused(name)).collect()
}

/// What runs in production and in the operator's hands: not the tests, and not the tools.
fn is_product(path: &str) -> bool {
    let of = |room: &str| path.starts_with(room) && path.contains("/src/");
    (of("shared/") || of("functions/") || of("infra/operator/")) && !path.ends_with("/tests.rs")
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

#[test]
fn nothing_below_the_services_names_http() {
    let mut looked_at = 0;
    let mut wrong = Vec::new();
    for source in sources() {
        let path = relative(&source);
        if is_product(&path) && !is_above(&path) {
            looked_at += 1;
            let names = named(&path, &std::fs::read_to_string(&source).unwrap());
            wrong.extend(names.into_iter().map(|name| format!("{path}: {name}")));
        }
    }
    assert!(looked_at > 200, "{looked_at}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_name_of_http_below_the_line_is_found() {
    let source = "use api::{Problem, StatusCode};\n/// ApiRequests.\nfn of(_: &ApiRequest) {}";
    let all = ["Problem", "ApiRequest", "StatusCode"];
    assert_eq!(named("shared/carrier/src/execute.rs", source), all);
    assert_eq!(named("functions/carrier-order-worker/src/handler.rs", source), all);
    assert_eq!(named("shared/seller/src/http.rs", source), ["Problem", "ApiRequest"]);
    for below in ["functions/sweeper/src/lib.rs", "shared/endpoints/src/service.rs"] {
        assert!(is_product(below) && !is_above(below), "{below}");
    }
    for above in ["functions/webhooks-api/src/respond.rs", "shared/esim/src/http.rs"] {
        assert!(is_above(above), "{above}");
    }
    for above in ABOVE {
        assert!(root().join(above).exists(), "{above}");
    }
}
