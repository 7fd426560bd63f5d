//! The files of requests (`infra/docs/http`) run as they stand, against a local cloud as
//! `cargo xtask dev` starts it.
//!
//! They are read as httpYac reads them, as far as they use it: variables, names of responses, pauses,
//! assertions of a status and of a member of the body.

use std::{collections::BTreeMap, time::Duration};

use harness::{
    Call, Cloud, Setup,
    template::{root, text},
};
use serde_json::Value;

const FOLDER: &str = "infra/docs/http";

/// A request of a file, with variables in it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Request {
    title: String,
    name: Option<String>,
    sleep: u64,
    line: String,
    headers: Vec<String>,
    body: String,
    assertions: Vec<String>,
}

/// The variables of a file, and its requests.
fn read(file: &str) -> (BTreeMap<String, String>, Vec<Request>) {
    let mut parts = file.split("\n### ");
    let head = parts.next().unwrap_or_default().lines();
    let variables = head.filter_map(|line| line.strip_prefix('@')?.split_once(" = "));
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    (variables, parts.map(request).collect())
}

fn request(text: &str) -> Request {
    let (title, rest) = text.split_once('\n').unwrap();
    let mut request = Request { title: title.to_owned(), ..Request::default() };
    let mut in_body = false;
    for line in rest.lines() {
        if let Some(assertion) = line.strip_prefix("?? ") {
            request.assertions.push(assertion.to_owned());
        } else if let Some(name) = line.strip_prefix("# @name ") {
            request.name = Some(name.to_owned());
        } else if let Some(sleep) = line.strip_prefix("# @sleep ") {
            request.sleep = sleep.parse().unwrap();
        } else if in_body {
            request.body.push_str(line);
            request.body.push('\n');
        } else if request.line.is_empty() {
            request.line = line.to_owned();
        } else if line.is_empty() {
            in_body = true;
        } else {
            request.headers.push(line.to_owned());
        }
    }
    request.body = request.body.trim().to_owned();
    request
}

/// What `{{name}}` and `{{response.member}}` stand for.
struct Values {
    variables: BTreeMap<String, String>,
    responses: BTreeMap<String, Value>,
}

impl Values {
    fn fill(&self, text: &str) -> String {
        let mut parts = text.split("{{");
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once("}}").unwrap();
            filled.push_str(&self.value(name));
            filled.push_str(rest);
        }
        filled
    }

    fn value(&self, name: &str) -> String {
        let Some((response, member)) = name.split_once('.') else {
            return self.variables.get(name).unwrap_or_else(|| panic!("no {name}")).clone();
        };
        match &self.responses[response][member] {
            Value::String(text) => text.clone(),
            Value::Null => panic!("no {name}"),
            other => other.to_string(),
        }
    }
}

/// The call of a request.
fn call(request: &Request, values: &Values) -> Call {
    let (method, url) = request.line.split_once(' ').unwrap();
    let path = values.fill(url.strip_prefix("{{api}}").unwrap());
    let mut call = Call::new(method, path);
    let mut media_type = String::new();
    for header in &request.headers {
        let (name, value) = header.split_once(": ").unwrap();
        let value = values.fill(value);
        match (name, value.strip_prefix("Basic ").and_then(|basic| basic.split_once(':'))) {
            ("Content-Type", _) => media_type = value,
            ("Authorization", Some((id, secret))) => call = call.basic(id, secret),
            _ => call = call.header(&name.to_ascii_lowercase(), value),
        }
    }
    if request.body.is_empty() { call } else { call.bytes(&media_type, values.fill(&request.body)) }
}

/// Sends every request of a file, and holds its assertions.
async fn run(cloud: &Cloud, name: &str) -> usize {
    let (mut variables, requests) = read(&text(&format!("{FOLDER}/{name}")));
    let secret = std::fs::read_to_string(cloud.secret_file(&variables["client"])).unwrap();
    variables.insert("secret".to_owned(), secret);
    variables.insert("receiver".to_owned(), cloud.sink.endpoint("requests"));
    let mut values = Values { variables, responses: BTreeMap::new() };
    let api = cloud.api();
    for request in &requests {
        tokio::time::sleep(Duration::from_millis(request.sleep)).await;
        let response = api.send_as_is(call(request, &values)).await;
        assert!(!request.assertions.is_empty(), "{name}: {}", request.title);
        for assertion in &request.assertions {
            let (subject, wanted) = assertion.split_once(" == ").unwrap();
            let found = match subject.strip_prefix("body ") {
                None => response.status.to_string(),
                Some(member) => response.body[member].as_str().unwrap_or_default().to_owned(),
            };
            assert_eq!(found, wanted, "{name}: {}: {response:?}", request.title);
        }
        if let Some(name) = &request.name {
            values.responses.insert(name.clone(), response.body);
        }
    }
    requests.len()
}

#[tokio::test]
async fn every_file_of_requests_runs_as_it_stands() {
    let cloud = Setup::new().sandbox().start().await;
    let folder = std::fs::read_dir(root().join(FOLDER)).unwrap().flatten();
    let names = folder.map(|file| file.file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".http")).collect();
    names.sort();
    assert_eq!(names, ["carrier.http", "ecc.http", "esim.http", "webhooks.http"]);
    for name in names {
        assert!(run(&cloud, &name).await >= 4, "{name}");
    }
}

#[test]
fn a_file_is_read_request_by_request() {
    let file = "@a = 1\n\n### First\n# @name x\n# @sleep 7\nPOST {{api}}/p\nH: {{a}}\n\n{\"b\":\n 2}\n\n?? status == 201\n\n### Second\nGET {{api}}/{{x.id}}\n\n?? status == 200\n";
    let (variables, requests) = read(file);
    assert_eq!(variables["a"], "1");
    let first = Request {
        title: "First".to_owned(),
        name: Some("x".to_owned()),
        sleep: 7,
        line: "POST {{api}}/p".to_owned(),
        headers: vec!["H: {{a}}".to_owned()],
        body: "{\"b\":\n 2}".to_owned(),
        assertions: vec!["status == 201".to_owned()],
    };
    assert_eq!(requests[0], first);
    let responses = BTreeMap::from([("x".to_owned(), serde_json::json!({ "id": 3 }))]);
    let values = Values { variables, responses };
    assert_eq!(values.fill(&requests[1].line["GET {{api}}".len()..]), "/3");
}
