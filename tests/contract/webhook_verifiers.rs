//! The programs of the guide *Webhooks* believe what is signed and nothing else.

use std::{
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
};

use harness::template::root;
use tempfile::TempDir;

#[path = "../../infra/docs/guides/webhook-verifiers/verify.rs"]
mod verify;

/// The test vector of Standard Webhooks 1.0.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const SIGNED_AT: i64 = 1_614_265_330;
const BODY: &str = r#"{"test": 2432232314}"#;
const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

struct Case {
    what: &'static str,
    secret: &'static str,
    id: &'static str,
    timestamp: String,
    signatures: String,
    body: &'static str,
    now: i64,
    genuine: bool,
}

fn genuine(what: &'static str) -> Case {
    Case {
        what,
        secret: SECRET,
        id: ID,
        timestamp: SIGNED_AT.to_string(),
        signatures: SIGNATURE.to_owned(),
        body: BODY,
        now: SIGNED_AT,
        genuine: true,
    }
}

fn forged(what: &'static str) -> Case {
    Case { genuine: false, ..genuine(what) }
}

fn cases() -> Vec<Case> {
    let other = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    vec![
        genuine("the test vector"),
        Case { secret: &SECRET[6..], ..genuine("a secret without its prefix") },
        Case { now: SIGNED_AT + 299, ..genuine("five minutes late, almost") },
        Case { now: SIGNED_AT - 299, ..genuine("five minutes early, almost") },
        Case { signatures: format!("{other} {SIGNATURE}"), ..genuine("the secret was rotated") },
        Case { signatures: format!("v1a,xyz v2 {SIGNATURE}"), ..genuine("other schemes besides") },
        Case { now: SIGNED_AT + 301, ..forged("too old") },
        Case { now: SIGNED_AT - 301, ..forged("from the future") },
        Case { body: r#"{"test": 2432232315}"#, ..forged("another body") },
        Case { body: "", ..forged("no body") },
        Case { id: "msg_other", ..forged("another id") },
        Case { id: "", ..forged("no id") },
        Case { timestamp: (SIGNED_AT + 1).to_string(), ..forged("another time") },
        Case { timestamp: String::new(), ..forged("no time") },
        Case { timestamp: "yesterday".to_owned(), ..forged("a time that is no number") },
        Case { timestamp: "9".repeat(30), ..forged("a time that no clock has") },
        Case { secret: "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", ..forged("another secret") },
        Case { secret: "whsec_***", ..forged("a secret that is no base64") },
        Case { signatures: String::new(), ..forged("no signature") },
        Case { signatures: other.to_owned(), ..forged("another signature") },
        Case { signatures: SIGNATURE[3..].to_owned(), ..forged("no scheme") },
        Case { signatures: SIGNATURE.replace("v1,", "v2,"), ..forged("another scheme") },
        Case { signatures: "v1,".to_owned(), ..forged("an empty signature") },
        Case { signatures: "v1,é***".to_owned(), ..forged("a signature that is no base64") },
    ]
}

fn file(name: &str) -> PathBuf {
    root().join("infra/docs/guides/webhook-verifiers").join(name)
}

/// Whether a program of another language believes a case: its exit code.
fn believes(program: &[&str], case: &Case) -> bool {
    let mut child = Command::new(program[0])
        .args(&program[1..])
        .args([case.secret, case.id, &case.timestamp, &case.signatures, &case.now.to_string()])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that refuses before it reads closes its end.
    let _ = child.stdin.take().unwrap().write_all(case.body.as_bytes());
    let done = child.wait_with_output().unwrap();
    let code = done.status.code();
    assert!(done.stderr.is_empty(), "{program:?}: {}", String::from_utf8_lossy(&done.stderr));
    assert!(matches!(code, Some(0 | 1)), "{program:?}: {}: {code:?}", case.what);
    code == Some(0)
}

fn judge(program: &[&str]) {
    for case in cases() {
        assert_eq!(believes(program, &case), case.genuine, "{program:?}: {}", case.what);
    }
}

/// Whether this machine has a compiler: the guide's languages beyond the prerequisites.
fn has(compiler: &str, argument: &str) -> bool {
    let found = Command::new(compiler).arg(argument).output();
    found.is_ok_and(|found| found.status.success())
}

/// Compiles, if this machine can; says so if it cannot. What a compiler keeps is in the folder.
fn compiled(compiler: &str, version: &str, arguments: &[&str], folder: &TempDir) -> bool {
    if !has(compiler, version) {
        eprintln!("not judged: no {compiler} on this machine");
        return false;
    }
    let mut command = Command::new(compiler);
    command.args(arguments).env("GOCACHE", folder.path().join("cache"));
    let done = command.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    true
}

#[test]
fn the_verifier_in_rust_believes_what_is_signed() {
    for case in cases() {
        let Case { secret, id, timestamp, signatures, body, now, genuine, what } = case;
        let believed = verify::verify(secret, id, &timestamp, &signatures, body.as_bytes(), now);
        assert_eq!(believed, genuine, "{what}");
    }
}

#[test]
fn the_verifier_in_python_believes_what_is_signed() {
    judge(&["python3", file("verify.py").to_str().unwrap()]);
}

#[test]
fn the_verifier_in_javascript_believes_what_is_signed() {
    judge(&["node", file("verify.mjs").to_str().unwrap()]);
}

#[test]
fn the_verifier_in_java_believes_what_is_signed() {
    let folder = tempfile::tempdir().unwrap();
    let (classes, source) = (folder.path().to_str().unwrap(), file("Verify.java"));
    if compiled("javac", "-version", &["-d", classes, source.to_str().unwrap()], &folder) {
        judge(&["java", "-cp", classes, "Verify"]);
    }
}

#[test]
fn the_verifier_in_go_believes_what_is_signed() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("verify");
    let (program, source) = (program.to_str().unwrap(), file("verify.go"));
    if compiled("go", "version", &["build", "-o", program, source.to_str().unwrap()], &folder) {
        judge(&[program]);
    }
}
