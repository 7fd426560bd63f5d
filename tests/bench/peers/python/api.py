"""What every endpoint does: caller, role, body, outcome, one log line."""

import base64
import binascii
import hashlib
import hmac
import json
import os
import re
import sys
import time
import traceback
import uuid
from decimal import Decimal

import botocore.session
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.config import Config

TABLE = os.environ["ORDERS_TABLE_NAME"]
WATCHDOG = int(os.environ["ORDER_WATCHDOG_SECONDS"]) * 1000
PEPPER = os.environ["CREDENTIAL_PEPPER"].encode()
KNOWN_SECONDS = 60
LARGEST_BODY = 256 * 1024

_config = Config(retries={"mode": "standard", "max_attempts": 4}, parameter_validation=False)
# The session of botocore: the one of boto3 costs another 30 ms at the first call.
dynamo = botocore.session.get_session().create_client("dynamodb", config=_config)
_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


class Problem(Exception):
    """A refusal, as a problem (RFC 9457)."""

    def __init__(self, status, code, detail, **more):
        super().__init__(detail)
        self.status, self.code, self.more = status, code, more


def marshal(item):
    """Attributes of the values that there are."""
    return {name: _serialize(value) for name, value in item.items() if value is not None}


def get(pk, sk):
    """The item with a key, by a consistent read."""
    found = dynamo.get_item(TableName=TABLE, Key=marshal({"pk": pk, "sk": sk}), ConsistentRead=True)
    item = found.get("Item")
    return item and {name: _deserialize(value) for name, value in item.items()}


def cached(load):
    """Keeps what `load` returns for a minute."""
    known = {}

    def read(key):
        now = time.monotonic()
        found = known.get(key)
        if found and now - found[1] < KNOWN_SECONDS:
            return found[0]
        value = load(key)
        if len(known) >= 1024:
            known.clear()
        known[key] = (value, now)
        return value

    return read


_client = cached(lambda client_id: get(f"CLIENT#{client_id}", "CLIENT"))
_buckets = {}
_CLIENT_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def _throttle(tenant):
    """The tenant's requests in this process: 200 a second, bursts of 400."""
    now = time.monotonic()
    tokens, at = _buckets.get(tenant, (400.0, now))
    tokens = min(400.0, tokens + (now - at) * 200)
    if tokens < 1:
        raise Problem(429, "TOO_MANY_REQUESTS", "too many requests")
    _buckets[tenant] = (tokens - 1, now)


def _authenticate(event, role):
    scheme, _, credential = event["headers"].get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        raise Problem(401, "UNAUTHORIZED", "no credential")
    try:
        client_id, _, secret = base64.b64decode(credential, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise Problem(401, "UNAUTHORIZED", "no credential") from None
    if not _CLIENT_ID.fullmatch(client_id):
        raise Problem(401, "UNAUTHORIZED", "no credential")
    known = _client(client_id) or {}
    digest = hmac.digest(PEPPER, secret.encode(), hashlib.sha256)
    presented = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    # After the name of the pepper and a dot.
    digests = [stored.rpartition(".")[2] for stored in known.get("secrets", ())]
    matches = [stored for stored in digests if hmac.compare_digest(stored, presented)]
    if not matches or known.get("disabled"):
        raise Problem(401, "UNAUTHORIZED", "wrong credential")
    _throttle(known["tenant"])
    if role not in known["roles"]:
        raise Problem(403, "FORBIDDEN", "not allowed")
    return known


def json_object(event):
    """The JSON object in the body of a request."""
    media = event["headers"].get("content-type", "").split(";")[0].strip()
    if media != "application/json":
        raise Problem(415, "UNSUPPORTED_MEDIA_TYPE", "not JSON")
    text = event.get("body") or ""
    if event.get("isBase64Encoded"):
        text = base64.b64decode(text).decode()
    if len(text.encode()) > LARGEST_BODY:
        raise Problem(413, "TOO_LARGE", "too large")
    try:
        body = json.loads(text)
    except ValueError:
        raise Problem(400, "INVALID_REQUEST", "not JSON") from None
    if not isinstance(body, dict):
        raise Problem(400, "INVALID_REQUEST", "not a JSON object")
    return body


def check(validate, violation, body):
    """Checks a body by a compiled schema."""
    try:
        validate(body)
    except violation as error:
        found = [{"pointer": error.name, "message": error.message}]
        raise Problem(400, "INVALID_REQUEST", "violations", errors=found) from None


def shard(order_id):
    """The index of the watchdog: one of 16 shards."""
    return f"DUE#{binascii.crc32(str(order_id).encode()) % 16:02}"


def _plain(value):
    return int(value) if isinstance(value, Decimal) else str(value)


def _text(value):
    return json.dumps(value, separators=(",", ":"), default=_plain)


def _refusal(error):
    if not isinstance(error, Problem):
        traceback.print_exception(error)
        error = Problem(500, "INTERNAL", "internal error")
    body = {"type": "about:blank", "status": error.status, "code": error.code, "detail": str(error), **error.more}
    return error.status, {"content-type": "application/problem+json"}, body


def handler(routes):
    """A handler of gateway events by routes: key, then name, role, operation."""

    def handle(event):
        begin = time.monotonic()
        correlation = event["headers"].get("x-correlation-id") or str(uuid.uuid4())
        name, tenant = None, None
        try:
            if event["routeKey"] not in routes:
                raise Problem(404, "NOT_FOUND", "not found")
            name, role, operation = routes[event["routeKey"]]
            caller = _authenticate(event, role)
            tenant = caller["tenant"]
            status, headers, body = operation(event, caller, correlation)
        except Exception as error:  # noqa: BLE001 (every error becomes a response)
            status, headers, body = _refusal(error)
        line = {
            "level": "INFO", "message": "answered", "operation": name, "status": status,
            "ms": round((time.monotonic() - begin) * 1000), "correlation_id": correlation, "tenant": tenant,
        }
        sys.stdout.write(_text(line) + "\n")
        sys.stdout.flush()
        common = {
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
            "strict-transport-security": "max-age=31536000; includeSubDomains",
            "x-correlation-id": correlation,
        }
        if body is not None:
            common["content-type"] = "application/json"
        answer = {"statusCode": status, "headers": common | headers, "isBase64Encoded": False, "cookies": []}
        if body is not None:
            answer["body"] = _text(body)
        return answer

    return handle


def warm():
    """Connects while the function is initialised."""
    try:
        get("WARM", "WARM")
    except Exception:  # noqa: BLE001, S110 (what fails here fails again in the first call)
        pass
