//! A function for the tests of the local cloud: speaks the Lambda Runtime API
//! with nothing but the standard library, and does what its event says.
//!
//! `{"do": "echo"}` answers with the event and the environment's `GREETING`;
//! `fail`, `exit`, `hang` do that. A gateway event is answered by its own body,
//! or by its path; a batch of messages fails those whose body says `fail`.

use std::{
    env,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::exit,
    thread::sleep,
    time::Duration,
};

use serde_json::{Value, json};

fn main() -> std::io::Result<()> {
    let api = env::var("AWS_LAMBDA_RUNTIME_API").map_err(std::io::Error::other)?;
    loop {
        let next = call(&api, "GET", "next", b"")?;
        let event: Value = serde_json::from_slice(&next.body).unwrap_or_default();
        let path = |end: &str| format!("{}/{end}", next.request_id);
        match event["do"].as_str() {
            Some("exit") => exit(3),
            Some("hang") => sleep(Duration::from_secs(600)),
            Some("fail") => {
                let error = br#"{"errorType":"Asked","errorMessage":"private"}"#;
                call(&api, "POST", &path("error"), error)?;
            }
            _ => {
                let answer = answer(&event, &next.deadline).to_string();
                call(&api, "POST", &path("response"), answer.as_bytes())?;
            }
        }
    }
}

fn answer(event: &Value, deadline: &str) -> Value {
    if let Some(records) = event["Records"].as_array() {
        let failed = records.iter().filter(|record| record["body"] == "fail");
        let failed: Vec<Value> =
            failed.map(|record| json!({ "itemIdentifier": record["messageId"] })).collect();
        return json!({ "batchItemFailures": failed });
    }
    if event.get("rawPath").is_some() {
        return json!({
            "statusCode": 200,
            "headers": { "content-type": "application/json" },
            "cookies": ["a=1", "b=2"],
            "body": json!({ "path": event["rawPath"], "body": event["body"] }).to_string(),
        });
    }
    json!({
        "event": event,
        "greeting": env::var("GREETING").unwrap_or_default(),
        "pid": std::process::id(),
        "deadline": deadline,
    })
}

struct Next {
    request_id: String,
    deadline: String,
    body: Vec<u8>,
}

fn call(api: &str, method: &str, path: &str, body: &[u8]) -> std::io::Result<Next> {
    let mut stream = TcpStream::connect(api)?;
    let length = body.len();
    write!(
        stream,
        "{method} /2018-06-01/runtime/invocation/{path} HTTP/1.1\r\nhost: {api}\r\n\
         connection: close\r\ncontent-length: {length}\r\n\r\n"
    )?;
    stream.write_all(body)?;
    let mut reader = BufReader::new(stream);
    let mut next = Next { request_id: String::new(), deadline: String::new(), body: Vec::new() };
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "lambda-runtime-aws-request-id" => next.request_id = value.trim().to_owned(),
            "lambda-runtime-deadline-ms" => next.deadline = value.trim().to_owned(),
            _ => {}
        }
    }
    reader.read_to_end(&mut next.body)?;
    Ok(next)
}
