"""What schemathesis needs besides the documents: texts whose rule no pattern can state, the
failures that excused.toml excuses, and the check of strangers.py."""

import json
import os
import re
import tomllib
from pathlib import Path
from urllib.parse import unquote

import schemathesis
import strangers  # noqa: F401  registers its check
from hypothesis import strategies as st
from numbering import luhn
from schemathesis import GenerationMode

EXCUSED = tomllib.loads((Path(__file__).parent / "excused.toml").read_text())["excused"]
# A failure does not name its check, only its code.
CHECKS = {
    "ST201": "negative_data_rejection",
    "ST202": "positive_data_acceptance",
}


# Few of them, so that one request meets what another has made.
NUMBERS = st.integers(0, 40)
ICCIDS = st.one_of(
    NUMBERS.map(lambda n: luhn(f"894611777100017{n:04}")),
    st.from_regex(r"\A89[0-9]{15,19}\Z", fullmatch=True).map(luhn),
)
SUBSCRIPTIONS = st.one_of(
    ICCIDS.map(lambda iccid: f"iccid:{iccid}"),
    NUMBERS.map(lambda n: f"msisdn:467000000{n:02}"),
    st.from_regex(r"\Aimsi:[0-9]{14,15}\Z", fullmatch=True),
)
schemathesis.openapi.format("iccid", ICCIDS)
schemathesis.openapi.format("subscription", SUBSCRIPTIONS)


# Where the local cloud receives messages: drawn hosts do not exist.
SINK = os.environ["WEBHOOK_SINK"]
EXAMPLE = "https://example.com/orderwire"
OF_SINK = f"^{re.escape(SINK)}(/[a-z0-9]{{0,20}})?$"


def with_sink(value):
    """The document with the sink in place of the example of an endpoint."""
    if isinstance(value, dict):
        return {name: with_sink(member) for name, member in value.items()}
    if isinstance(value, list):
        return [with_sink(item) for item in value]
    return SINK if value == EXAMPLE else value


@schemathesis.hook
def before_load_schema(context, raw_schema) -> None:
    """Endpoints are receivers of the local cloud."""
    raw_schema.update(with_sink(raw_schema))
    for name in ("CreateWebhookRequest", "ChangeWebhookRequest"):
        if schema := raw_schema["components"]["schemas"].get(name):
            schema["properties"]["url"]["pattern"] = OF_SINK
    if schema := raw_schema["components"]["schemas"].get("EventSubscriptionInput"):
        schema["properties"]["callback"]["pattern"] = OF_SINK


@schemathesis.hook
def before_call(context, case, kwargs) -> None:
    """A notification names the order in the path; one that names another is refused."""
    operation = case.operation.definition.raw.get("operationId", "")
    if not operation.startswith("report_carrier_notification") or case.meta is None:
        return
    is_valid = case.meta.generation.mode == GenerationMode.POSITIVE
    if is_valid and isinstance(case.body, dict):
        case.body["orderId"] = unquote(str(case.path_parameters["id"]))


OF_MESSAGE = ("field", "code", "description", "messageInformation")


def complaints(body: bytes) -> list[str]:
    """Everything that a refusal complains about: each API has its own form."""
    try:
        problem = json.loads(body)
    except ValueError:
        return [body.decode(errors="replace")]
    if not isinstance(problem, dict):
        return [str(problem)]
    if "orderMessages" in problem:
        return [
            " ".join(str(message.get(name, "")) for name in OF_MESSAGE)
            for message in problem["orderMessages"]
        ]
    if problem.get("errors"):
        return [f"{error['pointer']} {error['message']}" for error in problem["errors"]]
    if problem.get("messages"):
        return [f"{problem['type']} {message}" for message in problem["messages"]]
    names = ("code", "error", "info", "detail", "error_description")
    return [" ".join(str(problem[name]) for name in names if name in problem)]


def is_excused(check: str, operation: str, complaint: str) -> bool:
    return any(
        row["check"] == check
        and (operation in row["operations"] or row["operations"] == ["*"])
        and re.search(row["says"], complaint)
        for row in EXCUSED
    )


@schemathesis.hook
def filter_failure(context, failure, case, response) -> bool:
    """Keeps a failure unless each of its complaints is excused for its check and operation."""
    check = CHECKS.get(failure.code, failure.code)
    operation = case.operation.definition.raw.get("operationId", "")
    found = complaints(response.content)
    return not found or not all(is_excused(check, operation, each) for each in found)
