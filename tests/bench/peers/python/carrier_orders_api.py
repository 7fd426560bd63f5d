"""Carrier orders: create."""

import json
import secrets
import time
from datetime import UTC, datetime

import api
import order_schema as schema
from api import Problem
from permits import Permit
from runtime import run

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_party = api.cached(lambda party: (api.get(f"PARTY#{party}", "PARTY") or {}).get("party"))


def _order_id(now):
    """A time-ordered id: 48 bits of time and 80 random ones."""
    value, text = now << 80 | secrets.randbits(80), ""
    for _ in range(26):
        value, digit = divmod(value, 32)
        text = ALPHABET[digit] + text
    return f"ORD-{text}"


def _date(text):
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _findings(order, seller, now):
    """What is wrong with the content of an order."""
    messages = []

    def fatal(field, information):
        messages.append({"field": field, "information": information})

    for name in ("orderDate", "requestedCompletionDate", "requestedStartDate"):
        if name in order and _date(order[name]) is None:
            fatal(f"/{name}", "not a valid date")
    completion = _date(order["requestedCompletionDate"])
    if completion and completion.timestamp() * 1000 < now:
        fatal("/requestedCompletionDate", "in the past")
    if not seller:
        fatal("/sellerId", "no such Seller here")
    products = (seller or {}).get("products", [])
    references = set()
    for index, item in enumerate(order["orderItems"]):
        if item["orderItemReference"] in references:
            fatal(f"/orderItems/{index}/orderItemReference", "repeated")
        references.add(item["orderItemReference"])
        wanted = item.get("orderItemDetail", {}).get("productSpecification")
        if not wanted or item["action"] not in ("INSTALL", "CHANGE"):
            continue
        named = [name for name in ("code", "name") if name in wanted]
        if not any(all(product.get(name) == wanted[name] for name in named) for product in products):
            fatal(f"/orderItems/{index}/orderItemDetail/productSpecification", "unknown")
    return messages


def _put(item):
    return {
        "Put": {
            "TableName": api.TABLE,
            "Item": api.marshal(item),
            "ConditionExpression": "attribute_not_exists(pk)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }


def _writes(order, order_id, now, caller, correlation):
    document = {name: value for name, value in order.items() if name != "objectType"}
    listed = _date(order["orderDate"]).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    due = now + api.WATCHDOG
    items = [{"reference": item["orderItemReference"], "status": "ACKNOWLEDGED"} for item in order["orderItems"]]
    pon = f"PON#{order['buyerId']}#{order['buyerPurchaseOrderNumber']}"
    return [
        _put({"pk": pon, "sk": "CLAIM", "order": order_id}),
        _put({
            "pk": f"ORDER#{order_id}", "sk": "ORDER", "kind": "carrier", "status": "ACKNOWLEDGED",
            "buyer": order["buyerId"], "seller": order["sellerId"], "pon": order["buyerPurchaseOrderNumber"],
            "version": order["buyerOrderVersion"], "desired": order.get("desiredResponses"),
            "requestedCompletion": order["requestedCompletionDate"], "tenant": caller["tenant"],
            "correlationId": correlation, "revision": 1, "sequence": 1, "publishedSequence": 0, "workSeq": 1,
            "fence": 0, "attempts": 0, "notificationCount": 0, "pushedCount": 0, "statusRequestCount": 0,
            "answeredCount": 0, "entityTag": 1, "history": [{"at": now, "status": "ACKNOWLEDGED"}],
            "progress": {"status": "ACKNOWLEDGED", "items": items, "notificationVersion": 0},
            "workBy": due, "dueAt": due, "dueShard": api.shard(order_id),
            "ownerKey": f"BUYER#{order['buyerId']}", "ownerSort": f"{listed}#{order_id}",
        }),
        _put({
            "pk": f"ORDER#{order_id}", "sk": "BODY",
            "document": json.dumps(document, separators=(",", ":"), ensure_ascii=False),
            "ownerKey": f"SELLER#{order['sellerId']}", "ownerSort": f"{listed}#{order_id}",
        }),
    ]


def _answer(order, order_id, host):
    link = {
        "objectType": "link", "href": f"https://{host}/orders/{order_id}", "rel": "self",
        "title": "Retrieve the Order", "method": "get", "type": "application/json",
    }
    items = [{**item, "orderItemStatus": "ACKNOWLEDGED"} for item in order["orderItems"]]
    return {**order, "id": order_id, "link": link, "orderStatus": "ACKNOWLEDGED", "orderItems": items}


def create(event, caller, correlation):
    """`POST /orders`"""
    order = api.json_object(event)
    api.check(schema.validate, schema.JsonSchemaValueException, order)
    if order["buyerId"] not in caller.get("parties", ()):
        raise Problem(400, "INVALID_REQUEST", "not a party of this client")
    _party(order["buyerId"])
    seller = _party(order["sellerId"])
    now = time.time_ns() // 1_000_000
    messages = _findings(order, seller, now)
    if messages:
        raise Problem(422, "NOT_ACCEPTED", "see the messages", messages=messages)
    order_id = _order_id(now)
    permit = Permit(api.TABLE, f"buyer {order['buyerId']}", now)
    writes = _writes(order, order_id, now, caller, correlation)
    try:
        api.dynamo.transact_write_items(TransactItems=writes + permit.writes)
    except api.dynamo.exceptions.TransactionCanceledException:
        permit.returned()
        raise Problem(409, "ORDER_NUMBER_TAKEN", "the number is taken") from None
    permit.used()
    headers = {"location": f"/orders/{order_id}", "etag": '"1"'}
    return 201, headers, _answer(order, order_id, event["headers"]["host"])


ROUTES = {"POST /orders": ("create_carrier_order", "buyer", create)}


def main():
    """Runs the function."""
    api.warm()
    run(api.handler(ROUTES))
