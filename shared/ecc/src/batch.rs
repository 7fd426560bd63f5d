//! Requests of batches: the same changes, named by method and resource, and fewer of them.

use api::json::parse_object;
use domain::{
    subscription::{Change, ChangeRequest, SubscriptionRef},
    violation::Violations,
};

use serde_json::{Value, json};

use crate::{
    Command,
    read::{self, Members},
};

/// The base of the API, which a resource may begin with.
const BASE: &str = "ecc/v1/";

/// The command of a request in a batch: creating, blocking and unblocking, state, services and
/// tags; nothing that changes a number or a SIM, or ends a subscription.
///
/// # Errors
/// Everything that is wrong with it.
pub fn command(method: &str, resource: &str, body: &str) -> Result<Command, Violations> {
    // The published form has no slash at its beginning.
    let path = resource.strip_prefix('/').unwrap_or(resource);
    let path = path.strip_prefix(BASE).unwrap_or(path);
    let segments: Vec<&str> = path.split('/').collect();
    match (method, segments.as_slice()) {
        ("POST", ["subscriptions"]) => Ok(Command::Create(read::creation(&members(body)?)?)),
        ("PATCH", ["subscriptions", of]) => {
            let change = read::values(&members(body)?)?;
            only_what_a_batch_may(&change)?;
            Ok(Command::Change(subscription(of)?, ChangeRequest::Values(Box::new(change))))
        }
        (_, ["subscriptions", of, "services", named @ ..]) => {
            Ok(Command::Change(subscription(of)?, of_service(method, named, body)?))
        }
        ("POST", ["subscriptions", of, "tags", tag]) => {
            Ok(Command::Change(subscription(of)?, ChangeRequest::AddTag(part("tag", tag)?)))
        }
        ("DELETE", ["subscriptions", of, "tags", tag]) => {
            Ok(Command::Change(subscription(of)?, ChangeRequest::RemoveTag(part("tag", tag)?)))
        }
        _ => Err(unknown()),
    }
}

fn unknown() -> Violations {
    Violations::one("/resource", "no change that a batch may make")
}

fn members(body: &str) -> Result<Members, Violations> {
    parse_object(body.as_bytes())
}

/// A change of services. The service is named in the path, or by `id` in the body.
fn of_service(method: &str, named: &[&str], body: &str) -> Result<ChangeRequest, Violations> {
    match (method, named) {
        ("POST", []) => {
            let mut body = members(body)?;
            if !body.contains_key("services") {
                // One service stands for a list of one.
                body = Members::from_iter([("services".to_owned(), json!([body]))]);
            }
            Ok(ChangeRequest::AddServices(read::services(&with_numbers(body))?))
        }
        ("POST", [id]) => {
            let mut service = if body.is_empty() { Members::new() } else { members(body)? };
            service.insert("id".to_owned(), (*id).into());
            let body = Members::from_iter([("services".to_owned(), json!([service]))]);
            Ok(ChangeRequest::AddServices(read::services(&with_numbers(body))?))
        }
        ("PATCH", [] | [_]) => {
            let mut body = members(body)?;
            let id = service_of(named, &mut body)?;
            let settings = read::settings(&with_numbers(body))?;
            Ok(ChangeRequest::AdjustService(part("service", &id)?, settings))
        }
        ("DELETE", [] | [_] | [_, _]) => {
            let mut body = if body.is_empty() { Members::new() } else { members(body)? };
            let id = service_of(named, &mut body)?;
            let instance = match named.get(1).map(|text| text.parse()) {
                None => None,
                Some(Ok(number @ 1..)) => Some(number),
                Some(_) => return Err(Violations::one("/resource", "instance: a number from 1")),
            };
            Ok(ChangeRequest::RemoveService(part("service", &id)?, instance))
        }
        _ => Err(unknown()),
    }
}

/// The service that the path names, or else the body, from which it is taken.
fn service_of(named: &[&str], body: &mut Members) -> Result<String, Violations> {
    let id = body.shift_remove("id");
    match (named.first(), id.as_ref().and_then(Value::as_str)) {
        (Some(named), None) if id.is_none() => Ok((*named).to_owned()),
        (Some(named), Some(id)) if *named == id => Ok(id.to_owned()),
        (Some(_), _) => Err(Violations::one("/body/id", "differs from the service in resource")),
        (None, Some(id)) => Ok(id.to_owned()),
        (None, None) => Err(Violations::one("/body/id", "required")),
    }
}

/// A `limit` that is the text of a number, as that number.
fn with_numbers(mut body: Members) -> Members {
    let number = |service: &mut Members| {
        let text = service.get("limit").and_then(Value::as_str);
        if let Some(number) = text.and_then(|text| text.parse::<u64>().ok()) {
            service.insert("limit".to_owned(), number.into());
        }
    };
    number(&mut body);
    let services = body.get_mut("services").and_then(Value::as_array_mut);
    services.into_iter().flatten().filter_map(Value::as_object_mut).for_each(number);
    body
}

/// What a command is about, the same for every request about one subscription by one name.
pub fn subject(command: &Command) -> String {
    match command {
        Command::Create(new) => SubscriptionRef::Iccid(new.iccid.clone()).to_string(),
        Command::Change(reference, _) | Command::Delete(reference) => reference.to_string(),
    }
}

fn subscription(text: &str) -> Result<SubscriptionRef, Violations> {
    part("subscription", text)
}

fn part<T>(name: &str, text: &str) -> Result<T, Violations>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    text.parse().map_err(|error| Violations::one("/resource", format!("{name}: {error}")))
}

fn only_what_a_batch_may(change: &Change) -> Result<(), Violations> {
    let Change { blocked: _, state: _, tags: _, services: _, .. } = change;
    let others = [
        ("/body/msisdn", change.msisdn.is_some()),
        ("/body/iccid", change.iccid.is_some()),
        ("/body/odb-profile", change.odb_profile.is_some()),
        ("/body/static-ip", change.static_ip.is_some()),
        ("/body/apn-ids", change.apn_ids.is_some()),
        ("/body/a2p-voice-app-key", change.a2p_voice_app_key.is_some()),
    ];
    let mut violations = Violations::new();
    for (pointer, _) in others.into_iter().filter(|(_, asked)| *asked) {
        violations.add(pointer, "not in a batch");
    }
    violations.into_result(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "/subscriptions/msisdn:46708421488";

    #[test]
    fn what_the_contract_allows_is_read() {
        for (method, resource, body) in [
            ("POST", "/subscriptions", r#"{"iccid":"89461177710001700003"}"#),
            ("PATCH", ONE, r#"{"blocked":true}"#),
            ("PATCH", &format!("/ecc/v1{ONE}"), r#"{"state":"IN_USE","tags":["a"]}"#),
            ("POST", &format!("{ONE}/services"), r#"{"services":[{"id":"SMS"}]}"#),
            ("PATCH", &format!("{ONE}/services/SMS"), r#"{"limit":5}"#),
            ("DELETE", &format!("{ONE}/services/SMS"), ""),
            ("DELETE", &format!("{ONE}/services/SMS/1"), ""),
            ("POST", &format!("{ONE}/tags/a"), ""),
            ("DELETE", &format!("{ONE}/tags/a"), ""),
            // As the guide publishes them.
            ("POST", "subscriptions", r#"{"iccid":"89461177710001700003","msisdn":null}"#),
            ("PATCH", "subscriptions/msisdn:46708421488", r#"{"blocked":true}"#),
            ("PATCH", "ecc/v1/subscriptions/msisdn:46708421488", r#"{"blocked":true}"#),
            ("POST", "subscriptions/msisdn:46708421488/services", r#"{"id":"SMS","limit":"5"}"#),
            ("POST", "subscriptions/msisdn:46708421488/services/SMS", r#"{"limit":5}"#),
            ("POST", "subscriptions/msisdn:46708421488/services/SMS", ""),
            (
                "POST",
                "subscriptions/msisdn:46708421488/services",
                r#"{"services":[{"id":"SMS","limit":"5"},{"id":"VOICE","limit":6}]}"#,
            ),
            ("PATCH", "subscriptions/msisdn:46708421488/services", r#"{"id":"SMS","limit":"5"}"#),
            ("PATCH", "subscriptions/msisdn:46708421488/services/SMS", r#"{"limit":"5"}"#),
            ("DELETE", "subscriptions/msisdn:46708421488/services", r#"{"id":"SMS"}"#),
            ("DELETE", "subscriptions/msisdn:46708421488/services/SMS", r#"{"id":"SMS"}"#),
        ] {
            let read = command(method, resource, body);
            assert!(read.is_ok(), "{method} {resource}: {read:?}");
        }
    }

    #[test]
    fn everything_else_is_not() {
        for (method, resource, body) in [
            ("DELETE", ONE, ""),
            ("GET", ONE, ""),
            ("PATCH", ONE, r#"{"msisdn":"46708421499"}"#),
            ("PATCH", ONE, r#"{"blocked":true,"iccid":"89461177710001700003"}"#),
            ("PATCH", ONE, ""),
            ("PATCH", "/subscriptions/46708421488", r#"{"blocked":true}"#),
            ("POST", "/batches", "{}"),
            ("POST", "subscriptions", "{}"),
            ("DELETE", &format!("{ONE}/services/SMS/0"), ""),
            ("DELETE", &format!("{ONE}/services/SMS/1/2"), ""),
            ("DELETE", &format!("{ONE}/services"), ""),
            ("DELETE", &format!("{ONE}/services"), r#"{"id":1}"#),
            ("DELETE", &format!("{ONE}/services/SMS"), r#"{"id":"VOICE"}"#),
            ("PATCH", &format!("{ONE}/services"), r#"{"limit":5}"#),
            ("PATCH", &format!("{ONE}/services/SMS"), r#"{"id":1,"limit":5}"#),
            ("POST", &format!("{ONE}/services"), r#"{"id":"SMS","limit":"many"}"#),
            ("POST", "//subscriptions", r#"{"iccid":"89461177710001700003"}"#),
            ("POST", "ecc/v1subscriptions", r#"{"iccid":"89461177710001700003"}"#),
        ] {
            assert!(command(method, resource, body).is_err(), "{method} {resource}");
        }
    }
}
