//! The walk-throughs: every call in them is a route of the template, and every page names the
//! end-to-end test that makes the same calls.

use harness::template::{plan, root, text};

const FOLDER: &str = "infra/docs/walkthroughs";

/// The values of the shell variables of the pages.
const VARIABLES: [(&str, &str); 3] = [("$ORDER", "/orders/ORD-1"), ("$ID", "1"), ("$BATCH", "1")];

/// The variables that hold a base URL of the API.
const BASES: [&str; 3] = ["$API", "$B", "$S"];

/// A call in a page.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    method: String,
    path: String,
}

/// The README and the pages, by path.
fn pages() -> Vec<(String, String)> {
    let mut paths: Vec<String> = std::fs::read_dir(root().join(FOLDER))
        .unwrap()
        .map(|entry| format!("{FOLDER}/{}", entry.unwrap().file_name().display()))
        .collect();
    paths.sort();
    paths.push("README.md".to_owned());
    paths.into_iter().map(|path| (path.clone(), text(&path))).collect()
}

/// The commands of a page's shell blocks, with continued lines joined.
fn commands(page: &str) -> Vec<String> {
    let blocks = page.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks
        .flat_map(|block| {
            let block = block.replace("\\\n", " ");
            block.lines().map(str::to_owned).collect::<Vec<_>>()
        })
        .filter(|line| !line.starts_with('#'))
        .collect()
}

/// The path in an argument such as `"$API$ORDER/notifications?view=history"`; none in others.
fn path_in(argument: &str) -> Option<String> {
    let argument = argument.trim_matches(['"', '\'', ')']);
    let rest = BASES.iter().find_map(|base| argument.strip_prefix(base))?;
    let mut path = rest.to_owned();
    for (name, value) in VARIABLES {
        path = path.replace(name, value);
    }
    let path = path.split('?').next()?.trim_end_matches(['"', ')']).to_owned();
    path.starts_with('/').then_some(path)
}

/// The API call of a `curl` command.
fn call(command: &str) -> Option<Shown> {
    let (_, arguments) = command.split_once("curl ")?;
    let words: Vec<&str> = arguments.split_whitespace().collect();
    let path = words.iter().find_map(|argument| path_in(argument))?;
    let explicit =
        words.iter().position(|argument| *argument == "-X").and_then(|at| words.get(at + 1));
    let method = match explicit {
        Some(method) => (*method).to_owned(),
        None if words.contains(&"-d") => "POST".to_owned(),
        None => "GET".to_owned(),
    };
    Some(Shown { method, path })
}

/// The calls named in the prose: `` `POST /webhooks/{id}/test` ``.
fn named(page: &str) -> Vec<Shown> {
    let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    page.split('`')
        .filter_map(|code| {
            let (method, path) = code.split_once(' ')?;
            let path = path.split('?').next()?;
            let is_call = methods.contains(&method) && path.starts_with('/');
            is_call.then(|| Shown { method: method.to_owned(), path: path.to_owned() })
        })
        .collect()
}

fn matches(route: &str, path: &str) -> bool {
    let (route, path): (Vec<_>, Vec<_>) = (route.split('/').collect(), path.split('/').collect());
    route.len() == path.len()
        && route.iter().zip(&path).all(|(route, path)| route.starts_with('{') || route == path)
}

#[test]
fn every_call_of_a_walk_through_is_a_route_of_the_template() {
    let routes = plan().routes;
    let mut calls = 0;
    for (page, text) in pages() {
        let commands = commands(&text);
        let shown = commands.iter().filter_map(|line| call(line)).chain(named(&text));
        for Shown { method, path } in shown {
            calls += 1;
            let found =
                routes.iter().any(|route| route.method == method && matches(&route.path, &path));
            assert!(found, "{page}: {method} {path}");
        }
    }
    assert!(calls > 30, "{calls}");
}

#[test]
fn every_walk_through_names_the_test_that_makes_its_calls() {
    for (page, text) in pages() {
        if !page.ends_with("README.md") {
            assert!(text.contains("Tested by `tests/e2e/"), "{page}");
        }
    }
    let index = text(&format!("{FOLDER}/README.md"));
    for (page, _) in pages() {
        let name = page.rsplit('/').next().unwrap();
        assert!(index.contains(&format!("]({name})")) || name == "README.md", "{name}");
    }
}

#[test]
fn every_document_of_a_walk_through_is_json() {
    let mut documents = 0;
    for (page, text) in pages() {
        for rest in text.split("cat > ").skip(1) {
            let (head, rest) = rest.split_once('\n').unwrap();
            let (_, mark) = head.split_once("<<'").unwrap();
            let end = format!("\n{}\n", mark.trim_end_matches('\''));
            let (document, _) = rest.split_once(&end).unwrap();
            let parsed: Result<serde_json::Value, _> = serde_json::from_str(document);
            assert!(parsed.is_ok(), "{page}: {head}: {parsed:?}");
            documents += 1;
        }
    }
    assert!(documents >= 2, "{documents}");
}

#[test]
fn calls_are_found_in_the_commands() {
    let shown = |method: &str, path: &str| Some(Shown { method: method.into(), path: path.into() });
    let get = r#"curl -u "$BUYER" "$API$ORDER/notifications?view=history""#;
    assert_eq!(call(get), shown("GET", "/orders/ORD-1/notifications"));
    let post = "sed s/a/b/ f | curl -i -u \"$BUYER\" $B/orders -H \"$JSON\" -d @-";
    assert_eq!(call(post), shown("POST", "/orders"));
    let named_method = "ID=$(curl -X PUT $API/esim/v1/order/$ID | jq -r .id)";
    assert_eq!(call(named_method), shown("PUT", "/esim/v1/order/1"));
    assert_eq!(call("curl -X DELETE $SINK/faults"), None);
}
