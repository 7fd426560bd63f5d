"""ECC subscriptions: read, and change."""

import random
import re
import time

import api
import change_subscription_schema as schema
from api import Problem
from permits import Permit
from runtime import run

ATTEMPTS = 4
NUMBERS = {
    "msisdn": re.compile(r"\+?\d{5,15}"),
    "iccid": re.compile(r"89\d{16,20}"),
    "imsi": re.compile(r"\d{14,15}"),
}
NAMES = {
    "msisdn": "msisdn", "iccid": "iccid", "blocked": "blocked", "state": "state",
    "odb-profile": "odbProfile", "static-ip": "staticIp", "apn-ids": "apnIds",
    "a2p-voice-app-key": "a2pVoiceAppKey", "tags": "tags",
}
DEFAULTS = {"blocked": False, "odbProfile": 0, "apnIds": [], "tags": []}
_pointers = {}


def _key_of(subscription):
    """The key of a subscription, whose id has the SIM that it was created with."""
    bits = int(subscription.replace("-", ""), 16)
    number = (((bits >> 64) & 0xFFF) << 62) | (bits & ((1 << 62) - 1))
    return f"ICCID#89{str(number)[1:]}"


def _find(event, caller):
    """The caller's subscription that the path names."""
    reference = event["pathParameters"]["subscription"]
    kind, _, number = reference.partition(":")
    if kind not in NUMBERS or not NUMBERS[kind].fullmatch(number):
        raise Problem(400, "INVALID_REQUEST", "not a subscription")
    plain = number.lstrip("+")
    known = _pointers.get(reference)
    found = api.get(known, "CLAIM") if known else None
    if not found or found.get(kind) != plain:
        claim = api.get(f"{kind.upper()}#{plain}", "CLAIM")
        if not claim or claim.get("void"):
            raise Problem(404, "NOT_FOUND", "not found")
        found = claim if claim.get("iccid") else api.get(_key_of(claim["subscription"]), "CLAIM")
        if found and found.get(kind) == plain:
            if len(_pointers) >= 10_000:
                _pointers.clear()
            _pointers[reference] = found["pk"]
    if not found or found.get(kind) != plain or found["tenant"] != caller["tenant"]:
        raise Problem(404, "NOT_FOUND", "not found")
    return found


def _service(service):
    settings = service.get("settings") or {}
    members = {
        "id": service["id"], "instance": service["instance"], "limit": settings.get("limit"),
        "forward-number": settings.get("forwardNumber"), "mode": service.get("mode"),
    }
    return {name: value for name, value in members.items() if value is not None}


def read(event, caller, _correlation):
    """`GET /ecc/v1/subscriptions/{subscription}`"""
    found = _find(event, caller)
    body = {name: found[name] for name in ("msisdn", "iccid", "imsi", "state") if name in found}
    body |= {
        "blocked": found.get("blocked", False),
        "odb-profile": found.get("odbProfile", 0),
        "static-ip": found.get("staticIp"),
        "apn-ids": found.get("apnIds", []),
        "tags": found.get("tags", []),
        "services": [_service(service) for service in found.get("services", [])],
        "outstandingOrder": found.get("outstandingOrder"),
    }
    return 200, {}, body


def _difference(found, body):
    """What of a change differs from the subscription."""
    attributes = {NAMES[name]: value for name, value in body.items()}
    return {name: value for name, value in attributes.items() if found.get(name, DEFAULTS.get(name)) != value}


def _writes(found, change, order, now, caller, correlation):
    due = now + api.WATCHDOG
    item = {
        "pk": f"ORDER#{order}", "sk": "ORDER", "kind": "ecc", "status": "PROVISIONING",
        "operation": "CHANGE", "subscription": found["id"], "tenant": caller["tenant"],
        "iccid": found.get("iccid"), "msisdn": found.get("msisdn"), "imsi": found.get("imsi"),
        "change": change, "orderDate": now, "correlationId": correlation, "revision": 1,
        "sequence": 1, "publishedSequence": 0, "workSeq": 1, "fence": 0, "attempts": 0,
        "workBy": due, "dueAt": due, "dueShard": api.shard(order),
    }
    put = {
        "TableName": api.TABLE,
        "Item": api.marshal(item),
        "ConditionExpression": "attribute_not_exists(pk)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    lock = {
        "TableName": api.TABLE,
        "Key": api.marshal({"pk": found["pk"], "sk": found["sk"]}),
        "UpdateExpression": "SET outstandingOrder = :order, revision = revision + :one",
        "ConditionExpression": "revision = :revision AND attribute_not_exists(outstandingOrder)",
        "ExpressionAttributeValues": api.marshal({":order": order, ":one": 1, ":revision": found["revision"]}),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    return [{"Put": put}, {"Update": lock}]


def change(event, caller, correlation):
    """`PATCH /ecc/v1/subscriptions/{subscription}`"""
    body = api.json_object(event)
    api.check(schema.validate, schema.JsonSchemaValueException, body)
    for _ in range(ATTEMPTS):
        found = _find(event, caller)
        if found.get("outstandingOrder"):
            raise Problem(409, "ORDER_OUTSTANDING", "an order is outstanding", orderId=found["outstandingOrder"])
        differs = _difference(found, body)
        if not differs:
            return 204, {}, None
        now = time.time_ns() // 1_000_000
        order = now * 512 + random.randrange(512)  # noqa: S311 (not a secret)
        permit = Permit(api.TABLE, caller["tenant"], now)
        writes = _writes(found, differs, order, now, caller, correlation)
        try:
            api.dynamo.transact_write_items(TransactItems=writes + permit.writes)
        except api.dynamo.exceptions.TransactionCanceledException:
            permit.returned()
            continue
        permit.used()
        return 202, {"location": f"/ecc/v1/orders/{order}"}, {"orderId": order, "orders": [order]}
    raise Problem(503, "UNAVAILABLE", "contended")


PATH = "/ecc/v1/subscriptions/{subscription}"
ROUTES = {
    f"GET {PATH}": ("get_subscription", "ecc", read),
    f"PATCH {PATH}": ("change_subscription", "ecc", change),
}


def main():
    """Runs the function."""
    api.warm()
    run(api.handler(ROUTES))
