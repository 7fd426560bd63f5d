"""A check of schemathesis: objects of others do not exist.

A request that reaches an object is sent twice more by a client of another tenant and party, which
has every role: as it is, and with the ids of an object that does not exist. Both responses must be
the same. The check of schemathesis for this reads only; this one tries every operation.
"""

import codecs
import copy
import os
from collections import Counter
from pathlib import Path
from urllib.parse import unquote

import schemathesis

from numbering import luhn

STRANGER = {"Authorization": os.environ["STRANGER"]}
# A line for each request that was tried: its operation.
TRIED = Path(os.environ["STRANGER_TRIED"])
# Names of parameters and members that say which object is meant.
NAMES = {"id", "orderid", "batchid", "subscription", "orderId", "buyerPurchaseOrderNumber"}
# Operations whose query or body says it; of others, only the path does.
BY_QUERY_OR_BODY = {
    "find_carrier_order_status",
    "request_carrier_order_status",
    "receive_carrier_order_status",
}
# The request did not get as far as the object, or there is none.
NOT_REACHED = {400, 401, 403, 404, 405, 413, 415, 422, 429}
# Each operation is tried so many times: each time costs two requests.
ENOUGH = 50
COUNTS = Counter()
UNKNOWN = {
    "subscription": {
        "iccid": f"iccid:{luhn('894611777100098000')}",
        "msisdn": "msisdn:46799990000",
        "imsi": "imsi:999990000000001",
    },
    "batchid": "ffffffff-ffff-4fff-bfff-ffffffffffff",
    "orderid": 9_007_199_254_740_001,
}
OTHER_DIGITS = str.maketrans("0123456789", "9876543210")


def unknown(name: str, value: object) -> object:
    """The id of no object, of the same form."""
    if name == "subscription":
        return UNKNOWN[name].get(unquote(str(value)).split(":")[0], value)
    if name in UNKNOWN:
        return UNKNOWN[name]
    if isinstance(value, str):
        return codecs.encode(value, "rot13").translate(OTHER_DIGITS)
    return value


def renamed(values: object) -> object:
    """Parameters or members with the ids of no object."""
    if not isinstance(values, dict):
        return values
    return {
        name: unknown(name, value) if name in NAMES else value for name, value in values.items()
    }


def as_stranger(case, without_object: bool):
    """The request of a client that must not see the object."""
    headers = case.headers.copy()
    # Of the stranger, no request came before this one.
    headers.pop("Idempotency-Key", None)
    probe = case.derive(headers=headers)
    probe.body = copy.deepcopy(case.body)
    if without_object:
        probe.path_parameters = renamed(probe.path_parameters)
        if operation_id(case) in BY_QUERY_OR_BODY:
            probe.query = renamed(probe.query)
        probe.body = renamed(probe.body)
    return probe


def operation_id(case) -> str:
    return case.operation.definition.raw.get("operationId", "")


def shown(response, ids: list[object]) -> tuple:
    """What a client learns from a response, without the ids that it has sent."""
    text = response.content.decode(errors="replace")
    for value in map(str, ids):
        text = text.replace(f'"{value}"', "…")
    names = sorted(name for name in response.headers if name != "date")
    return response.status_code, names, text


def ids(case) -> list[object]:
    containers = [case.path_parameters]
    if operation_id(case) in BY_QUERY_OR_BODY:
        containers += [case.query, case.body]
    values = (each for each in containers if isinstance(each, dict))
    return [value for each in values for name, value in each.items() if name in NAMES]


def is_enough(operation: str) -> bool:
    """Whether the operation was tried often; it is about to be tried once more."""
    COUNTS[operation] += 1
    return COUNTS[operation] > ENOUGH


@schemathesis.check
def same_as_unknown_for_strangers(ctx, response, case) -> None:
    """An object of another tenant or party is answered as one that does not exist."""
    if not ids(case) or response.status_code in NOT_REACHED or response.status_code >= 500:
        return
    foreign, none = (as_stranger(case, without) for without in (False, True))
    if ids(foreign) == ids(none) or is_enough(operation_id(case)):
        return
    theirs, nobodys = foreign.call(headers=STRANGER), none.call(headers=STRANGER)
    if 429 in (theirs.status_code, nobodys.status_code):
        return
    with TRIED.open("a") as tried:
        print(operation_id(case), file=tried)
    assert theirs.status_code in (400, 404), (
        f"a stranger gets {theirs.status_code}, the caller {response.status_code}"
    )
    seen, expected = shown(theirs, ids(foreign)), shown(nobodys, ids(none))
    assert seen == expected, f"of an object of others: {seen}; of none: {expected}"
