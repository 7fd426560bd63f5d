use std::{
    collections::{BTreeMap, VecDeque},
    path::PathBuf,
    sync::Mutex,
};

use bytes::Bytes;
use futures::future::BoxFuture;
use orderwire_local::{
    runtime::{InvokeError, Invoker},
    template::{Place, Plan, Template},
};
use serde_json::Value;

pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn small_template() -> PathBuf {
    folder().join("tests/data/template.yaml")
}

pub(crate) fn place() -> Place {
    Place::local("http://127.0.0.1:4566")
}

pub(crate) fn small_plan(given: &[(&str, &str)]) -> Plan {
    let given: BTreeMap<String, String> =
        given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Template::read(&small_template(), &given).unwrap().plan(&place()).unwrap()
}

/// An example's binary, built by cargo with the tests.
fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().parent().unwrap().join("examples").join(name)
}

pub(crate) fn test_function() -> PathBuf {
    example("test_function")
}

/// The local cloud without functions of its own.
pub(crate) fn local_cloud() -> PathBuf {
    example("local_cloud")
}

type Answers = VecDeque<Result<Value, InvokeError>>;

/// Plays a function: gives the answers in turn, then `{}`; keeps the events.
#[derive(Default)]
pub(crate) struct Script {
    answers: Mutex<Answers>,
    pub(crate) events: Mutex<Vec<Value>>,
}

impl Script {
    pub(crate) fn of(answers: impl IntoIterator<Item = Result<Value, InvokeError>>) -> Self {
        Self { answers: Mutex::new(answers.into_iter().collect()), events: Mutex::default() }
    }

    pub(crate) fn failed() -> Result<Value, InvokeError> {
        Err(InvokeError::Function { kind: "Asked".to_owned() })
    }
}

impl Invoker for Script {
    fn invoke<'a>(
        &'a self,
        _function: &'a str,
        event: Bytes,
    ) -> BoxFuture<'a, Result<Bytes, InvokeError>> {
        self.events.lock().unwrap().push(serde_json::from_slice(&event).unwrap());
        let answer = self.answers.lock().unwrap().pop_front();
        let answer = answer.unwrap_or_else(|| Ok(serde_json::json!({})));
        Box::pin(async move { answer.map(|value| Bytes::from(value.to_string())) })
    }

    fn concurrency(&self, _function: &str) -> usize {
        4
    }
}
