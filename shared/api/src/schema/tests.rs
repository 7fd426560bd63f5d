use std::net::Ipv4Addr;

use domain::{numbering::Iccid, subscription::Tag};
use serde_json::{Value, json};

use super::*;

static INNER: Object = object("inner", &[required("size", Kind::Integer(1, 9))]);

static OUTER: Object = object(
    "outer",
    &[
        required("name", Kind::Text(0, 4)),
        required("flag", Kind::Boolean),
        required("size", Kind::Integer(1, 9)),
        required("kind", Kind::Word(&["A", "B"], &[])),
        required("iccid", parsed::<Iccid>()),
        required("list", Kind::List(0, 5, &Kind::Integer(0, 9))),
        required("inner", Kind::Object(&INNER)),
    ],
);

static OPTIONAL: Object = object(
    "optional",
    &[
        optional("a", Kind::Text(1, 3)),
        optional("b", Kind::OrNull(&Kind::Text(1, 3))),
        optional("c", Kind::Any),
        optional("tags", Kind::List(0, 2, &parsed::<Tag>())),
    ],
)
.not_empty("at least one");

fn wrong<Q: Copy + 'static>(object: &Object<Q>, body: &Value) -> String {
    object.check(body.as_object().unwrap()).violations.to_string()
}

#[test]
fn every_violation_is_reported_with_its_pointer() {
    let body = json!({
        "name": "12345", "flag": "true", "size": 2.5, "kind": "C", "iccid": "1.2.3",
        "list": [1, "x", 30], "inner": {"size": 0, "other/one": 1}, "rest": 1,
    });
    let findings = OUTER.check(body.as_object().unwrap());
    let list: Vec<_> = findings.violations.iter().map(|v| (&*v.pointer, &*v.message)).collect();
    assert_eq!(
        list,
        [
            ("/name", "must have 0 to 4 characters"),
            ("/flag", "must be true or false"),
            ("/size", "must be an integer from 1 to 9"),
            ("/kind", "must be one of: A, B"),
            ("/iccid", "18 to 22 digits starting with 89"),
            ("/list/1", "must be an integer from 0 to 9"),
            ("/list/2", "must be an integer from 0 to 9"),
            ("/inner/size", "must be an integer from 1 to 9"),
            ("/inner/other~1one", "not known here"),
            ("/rest", "not known here"),
        ]
    );
}

#[test]
fn null_is_no_value_unless_its_kind_says_so_and_what_is_required_must_be_there() {
    assert_eq!(
        wrong(&OPTIONAL, &json!({"a": null, "b": null, "c": null, "tags": [null]})),
        "/a: must not be null; /c: must not be null; /tags/0: must be a string"
    );
    assert_eq!(wrong(&INNER, &json!({"size": null})), "/size: must not be null");
    assert_eq!(wrong(&INNER, &json!({})), "/size: required");
    assert_eq!(wrong(&OPTIONAL, &json!({})), ": at least one");
}

#[test]
fn lengths_are_counted_in_characters() {
    assert_eq!(wrong(&OPTIONAL, &json!({"a": "åäö"})), "");
    for text in ["", "abcd"] {
        let expected = "/a: must have 1 to 3 characters";
        assert_eq!(wrong(&OPTIONAL, &json!({"a": text})), expected);
    }
}

#[test]
fn whole_floats_are_integers() {
    for (number, right) in
        [(json!(2.0), true), (json!(1e300), false), (json!(-3), false), (json!(u64::MAX), false)]
    {
        assert_eq!(wrong(&INNER, &json!({"size": number})).is_empty(), right, "{number}");
    }
}

#[test]
fn the_items_of_an_array_that_is_too_long_are_not_read() {
    let told = wrong(&OPTIONAL, &json!({"tags": ["a", "b", 1]}));
    assert_eq!(told, "/tags: must have 0 to 2 items");
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deviation {
    OldName,
    OldWord,
    AsText,
    OldType,
    Missing,
}

static QUIRKY: Object<Deviation> = object(
    "quirky",
    &[
        required("name", Kind::Label(5)).quirks(&[("oldName", Deviation::OldName)]),
        optional("word", Kind::Word(&["NEW"], &[("OLD", Deviation::OldWord)])),
        optional(
            "flag",
            Kind::Or(&Kind::Boolean, Other::Words(&["true", "false"]), Deviation::AsText),
        ),
        optional("status", Kind::Ours(&Kind::String)),
        optional("must", Kind::Any).expected(Deviation::Missing),
    ],
)
.open()
.tagged("objectType", &[("older", Some(Deviation::OldType)), ("other", None)]);

#[test]
fn a_deviation_is_tolerated_and_listed_at_its_place() {
    let body = json!({
        "OLDNAME": "x", "word": "OLD", "flag": "true", "objectType": "older", "status": null,
        "unknown": 1,
    });
    let findings = QUIRKY.check(body.as_object().unwrap());
    assert!(findings.violations.is_empty(), "{}", findings.violations);
    let met: Vec<_> = findings.tolerated.iter().map(|t| (t.quirk, &*t.pointer)).collect();
    assert_eq!(
        met,
        [
            (Deviation::OldType, "/objectType"),
            (Deviation::OldName, "/OLDNAME"),
            (Deviation::OldWord, "/word"),
            (Deviation::AsText, "/flag"),
            (Deviation::Missing, "/must"),
        ]
    );
    let body = json!({"name": "", "flag": "yes", "objectType": "x", "must": 1});
    assert_eq!(
        wrong(&QUIRKY, &body),
        "/objectType: must be quirky; /name: must not be empty; /flag: must be true or false"
    );
}

static RULED: Object = object(
    "ruled",
    &[
        required("kind", Kind::Word(&["ONE", "TWO"], &[])),
        optional("price", Kind::OrNull(&Kind::Number)),
        optional("currency", Kind::OrNull(&Kind::String)),
        optional("id", Kind::String).aliases(&[("oldId", true)], "differs from id"),
        optional("extra", Kind::String),
        optional(
            "depends",
            Kind::Depends(&Depends {
                on: "kind",
                is: &["TWO"],
                then: &Kind::Absent("only for ONE"),
                otherwise: &Kind::Boolean,
                shown: &Kind::Boolean,
            }),
        ),
    ],
)
.rules(&[
    Rule::With("price", &["currency"]),
    Rule::Without("id", &["extra"]),
    Rule::When { member: "kind", is: &["TWO"], needs: "price", message: None },
]);

#[test]
fn rules_between_members_are_told_at_the_member_they_ask_for() {
    for (body, expected) in [
        (json!({"kind": "ONE", "id": "a"}), ""),
        (json!({"kind": "ONE", "id": "a", "oldId": "a"}), ""),
        (json!({"kind": "ONE", "id": "a", "oldId": "b"}), "/oldId: differs from id"),
        (json!({"kind": "ONE"}), "/extra: required without id"),
        (json!({"kind": "ONE", "id": "a", "price": null}), ""),
        (json!({"kind": "ONE", "id": "a", "price": 1}), "/currency: required with price"),
        (json!({"kind": "TWO", "id": "a"}), "/price: required with TWO"),
        (json!({"kind": "ONE", "id": "a", "depends": 1}), "/depends: must be true or false"),
        (
            json!({"kind": "TWO", "id": "a", "price": null, "depends": true}),
            "/depends: only for ONE",
        ),
    ] {
        assert_eq!(wrong(&RULED, &body), expected, "{body}");
    }
}

#[test]
fn a_query_has_declared_parameters_only_and_each_of_its_kind() {
    static PARAMETERS: Parameters = query::parameters(&[
        optional("limit", Kind::Integer(1, 100)),
        optional("state", Kind::Word(&["A", "B"], &[])),
        optional("tag", parsed::<Tag>()),
    ])
    .with_cursor();
    let check = |text: &str| PARAMETERS.check(&crate::Query::parse(text)).to_string();
    assert_eq!(check("limit=100&state=A&tag=x&cursor=y"), "");
    assert_eq!(check(""), "");
    assert_eq!(
        check("limit=101&state=C&tag=%20&lmit=1"),
        "query/limit: 1 to 100; query/state: must be one of: A, B; \
         query/tag: 1 to 100 of A-Z a-z 0-9 _ -; query/lmit: not known here"
    );
    assert_eq!(check("limit=7&state=A&limit=7"), "");
    assert_eq!(check("limit=7&limit=x"), "query/limit: given twice, with different values");
}

#[test]
fn values_are_read_after_validation() {
    let body = json!({"iccid": "89461177710001700003", "n": 7.0, "ip": "10.1.2.3", "w": "B"});
    let body = body.as_object().unwrap();
    assert!(read::parsed::<Iccid>(body, "iccid").is_some());
    assert_eq!(read::integer::<u8>(body, "n"), Some(7));
    assert_eq!(read::parsed(body, "ip"), Some(Ipv4Addr::new(10, 1, 2, 3)));
    assert_eq!(read::word(body, "w", &[("A", 1), ("B", 2)]), Some(2));
}
