"""Rehearses a restore: orders and credentials, a copy of the table, the loss of the stack, and a new
stack on the copy with the pepper of before.

The steps are those of `infra/docs/operating.md`, *Restore*. What AWS restores and does not restore
of a table is in `copy_of_the_table`, where the emulator differs as well.
"""

import base64
import json
import sys
import time
from dataclasses import dataclass, field
from urllib.error import HTTPError
from urllib.request import Request, urlopen

RESTORED = "orderwire-restored"
SELLER, BUYER = "Cox Spectrum Business", "Verizon"
# Between two steps of a carrier order: so long is one under way.
PACE_SECONDS = 10
# OrderWatchdogSeconds of the template.
WATCHDOG_SECONDS = 300
PRODUCT = "restored-1"


def copy_of_the_table(aws, source: str, key: str) -> dict:
    """A table with the items of `source` as they are now, described.

    AWS: a restore makes a new table, with keys, indexes and the encryption that is asked for. It has
    no stream, no time to live, no point-in-time recovery, no protection from deletion, no alarms and
    no tags, so each is switched on. An index is complete when the table is ACTIVE.
    MiniStack: the restored table may already have what the source had; to switch it on again is an
    error there, as at AWS, and is left out.
    """
    dynamodb = aws.client("dynamodb")
    encryption = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    dynamodb.restore_table_to_point_in_time(
        SourceTableName=source, TargetTableName=RESTORED, UseLatestRestorableTime=True,
        SSESpecificationOverride=encryption,
    )  # fmt: skip
    dynamodb.get_waiter("table_exists").wait(TableName=RESTORED, WaiterConfig={"Delay": 1})
    table = dynamodb.describe_table(TableName=RESTORED)["Table"]
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    if not table.get("StreamSpecification", {}).get("StreamEnabled"):
        dynamodb.update_table(TableName=RESTORED, StreamSpecification=stream)
    dynamodb.update_table(TableName=RESTORED, DeletionProtectionEnabled=True)
    dynamodb.update_continuous_backups(
        TableName=RESTORED,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )
    expiry = dynamodb.describe_time_to_live(TableName=RESTORED)["TimeToLiveDescription"]
    if expiry["TimeToLiveStatus"] not in ("ENABLED", "ENABLING"):
        dynamodb.update_time_to_live(
            TableName=RESTORED,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": "expiresAt"},
        )
    return dynamodb.describe_table(TableName=RESTORED)["Table"]


def items(aws, table: str) -> dict[tuple, dict]:
    pages = aws.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    every = (item for page in pages for item in page["Items"])
    return {(item["pk"]["S"], item["sk"]["S"]): item for item in every}


@dataclass
class Client:
    """A client of the API: what it may say of itself, and where."""

    base: str
    id: str
    secret: str
    bearer: str | None = field(default=None)

    def call(self, method: str, path: str, body: object = None) -> tuple[int, object, dict]:
        said = f"{self.id}:{self.secret}".encode()
        basic = "Basic " + base64.b64encode(said).decode()
        headers = {"authorization": f"Bearer {self.bearer}" if self.bearer else basic}
        data = None
        if isinstance(body, str):
            data, headers["content-type"] = body.encode(), "application/x-www-form-urlencoded"
        elif body is not None:
            data, headers["content-type"] = json.dumps(body).encode(), "application/json"
        request = Request(self.base + path, data=data, headers=headers, method=method)
        try:
            with urlopen(request, timeout=30) as response:
                status, text, found = response.status, response.read(), response.headers
        except HTTPError as error:
            with error:
                status, text, found = error.code, error.read(), error.headers
        return status, json.loads(text) if text else None, {k.lower(): v for k, v in found.items()}

    def expect(self, status: int, method: str, path: str, body: object = None) -> tuple:
        found, answer, headers = self.call(method, path, body)
        if found != status:
            sys.exit(f"{self.id}: {method} {path} is {found}, expected {status}: {answer}")
        return answer, headers

    def log_in(self) -> None:
        answer, _ = self.expect(200, "POST", "/oauth/token", "grant_type=client_credentials")
        self.bearer = answer["access_token"]


def wait_for(what: str, seconds: float, found) -> object:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := found():
            return answer
        time.sleep(0.5)
    sys.exit(f"{what}: not within {seconds} s")


def iccid(number: int) -> str:
    """A SIM's number with its check digit (ITU-T E.118)."""
    digits = f"894611777{number:09d}"
    doubled = (int(d) * (2 if n % 2 == 0 else 1) for n, d in enumerate(reversed(digits)))
    return digits + str(-sum(d // 10 + d % 10 for d in doubled) % 10)


class Deployment:
    """Clients of a stack and what they have ordered. Credentials are those of the first stack."""

    def __init__(self, base: str, clients: dict[str, str]):
        named = {id: Client(base, id, secret) for id, secret in clients.items()}
        self.ecc, self.buyer, self.reseller = (named[id] for id in ("ecc", "buyer", "reseller"))
        self.reseller.log_in()

    def subscription(self, number: int) -> str:
        body = {"iccid": iccid(number), "msisdn": f"46708{number:06d}"}
        answer, _ = self.ecc.expect(202, "POST", "/ecc/v1/subscriptions", body)
        return f"/ecc/v1/orders/{answer['orderId']}"

    def carrier_order(self, number: int) -> str:
        contact = {"name": "John Doe", "telephoneNumber": "+1720-666-1234"}
        detail = {
            "objectType": "accessEplProductOrder", "productSpecification": "AEPL",
            "enniReference": {"objectType": "existingEnniReference", "sellerEnniId": "ENNI-1"},
            "uniReference": {"objectType": "existingUniReference", "sellerUniId": "UNI-1"},
            "uniSiteContact": contact, "uniSiteAlternateContact": contact,
        }  # fmt: skip
        body = {
            "buyerId": BUYER, "sellerId": SELLER, "buyerPurchaseOrderNumber": f"PO-{number}",
            "buyerOrderVersion": "1", "orderDate": "2031-10-01",
            "requestedCompletionDate": "2031-10-11T17:20+01:00", "orderActivity": "INSTALL",
            "orderType": "ACCESS_EPL", "desiredResponses": "NONE",
            "billingInfo": {"existingBillingAccountNumber": "12345678"},
            "buyerOrderContact": contact,
            "orderItems": [{"orderItemReference": "01", "action": "INSTALL", "quantity": 1,
                            "orderItemDetail": detail}],
        }  # fmt: skip
        _, headers = self.buyer.expect(201, "POST", "/orders", body)
        return headers["location"]

    def esim_order(self, number: int) -> str:
        order = {
            "operationType": "NEW_ESIM", "countryCode": "PT",
            "customer": {"email": f"customer-{number}@example.com"}, "device": {"type": "ios"},
            "subscriptions": [{"product_id": PRODUCT}],
        }  # fmt: skip
        _, headers = self.reseller.expect(201, "POST", "/esim/v1/order", {"input": order})
        return headers["location"]

    def read(self, path: str) -> object:
        client = self.ecc if path.startswith("/ecc") else self.buyer
        if path.startswith("/esim"):
            client = self.reseller
        status, answer, _ = client.call("GET", path)
        return answer if status == 200 else None

    def status(self, path: str) -> str | None:
        order = self.read(path) or {}
        return order.get("orderStatus") or order.get("status")

    def completed(self, path: str, seconds: float = 60) -> None:
        wait_for(f"{path} completed", seconds, lambda: self.status(path) == "COMPLETED")


def register(operator, simulated_admin: str, folder) -> dict[str, str]:
    """Parties, a catalogue, a pool and three clients, by the operator's command line: the secrets,
    by client."""
    operator("party", "add", "--id", BUYER, "--hosting", "local", "--fulfilment", "manual")
    operator("party", "add", "--id", SELLER, "--hosting", "local", "--fulfilment", "automatic",
             "--pace-seconds", str(PACE_SECONDS), "--product", "ACCESS_EPL:AEPL:AEPL")  # fmt: skip
    catalogue = folder / "catalogue.json"
    product = {"id": PRODUCT, "profileType": "consumer"}
    catalogue.write_text(json.dumps({"currencies": ["EUR"], "products": [product]}))
    operator("catalogue", "import", str(catalogue), "--tenant", "reseller")
    stock = {"profileType": "consumer", "count": 5, "prefix": "8946117798"}
    request = Request(f"{simulated_admin}/profiles", data=json.dumps(stock).encode(),
                      headers={"content-type": "application/json"}, method="POST")  # fmt: skip
    with urlopen(request, timeout=30) as response:
        made = json.loads(response.read())
    pool = folder / "pool.csv"
    pool.write_text("\n".join(made["iccids"]))
    operator("profiles", "import", str(pool), "--type", "consumer")
    clients = {}
    for id, *roles in (
        ("ecc", "--role", "ecc"),
        ("buyer", "--role", "buyer", "--party", BUYER),
        ("reseller", "--role", "RESELLER"),
    ):
        clients[id] = operator("client", "add", id, "--tenant", id, *roles)["secret"]
    return clients


@dataclass
class Orders:
    """What was ordered before the copy, and what is compared after it."""

    ended: dict[str, object]
    under_way: str


def place(first: Deployment) -> Orders:
    """Orders of every kind that have ended, and one whose next step is to come."""
    paths = [first.subscription(n) for n in range(1, 4)] + [first.esim_order(1), first.esim_order(2)]
    for path in paths:
        first.completed(path)
    paths.append(first.carrier_order(1))
    first.completed(paths[-1], 10 * PACE_SECONDS)
    under_way = first.carrier_order(2)
    return Orders({path: first.read(path) for path in paths}, under_way)


def compare(second: Deployment, orders: Orders) -> None:
    """Every order reads alike; the one under way ends; new ones are carried out."""
    for path, before in orders.ended.items():
        if (after := second.read(path)) != before:
            sys.exit(f"{path} was {before}, and is {after}")
    for path in (second.subscription(4), second.esim_order(3)):
        second.completed(path)
    new = second.carrier_order(3)
    # Its message is lost with the queue: the sweeper, once a minute, sends it again when its
    # watchdog is over.
    second.completed(orders.under_way, WATCHDOG_SECONDS + 60 + 10 * PACE_SECONDS)
    second.completed(new)
