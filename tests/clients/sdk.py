"""The SDK `tmforum`, by others, reads what the TM Forum APIs answer: strictly, so that a member of
another shape than TM Forum's, or a type that it does not know, is an error.

It calls TMF641 by itself. Of TMF622 it knows the paths of version 5 only, so it reads the bodies of
version 4.
"""

import json
import logging
import time
import urllib.request

from tmforum import (
    CancelProductOrder,
    CancelServiceOrder,
    Context,
    ProductOrder,
    ServiceOrder,
)

PRODUCTS = "/tmf-api/productOrderingManagement/v4"
OPEN = {"acknowledged", "pending", "inProgress", "assessingCancellation", "pendingCancellation"}


def item(number: int, specification: str, **characteristics: str) -> dict:
    """An item that brings something into being."""
    values = [{"name": name, "value": value} for name, value in characteristics.items()]
    service = {"serviceSpecification": {"id": specification}, "serviceCharacteristic": values}
    return {"id": str(number), "action": "add", "service": service}


def expect(what: str, is_so: bool, seen: object) -> None:
    """Says what the API did instead."""
    if not is_so:
        raise ValueError(f"{what}: {seen}")


def state(entity: ServiceOrder | ProductOrder | CancelServiceOrder) -> str:
    """The state as the API writes it; the SDK has enumerations."""
    return getattr(entity.state, "value", entity.state)


def ended(order: ServiceOrder, context: Context) -> ServiceOrder:
    """The order when it has ended; each of its states on the way is read, too."""
    end = time.monotonic() + 60
    while state(order) in OPEN and time.monotonic() < end:
        time.sleep(0.05)
        order = order.read(context)
    expect("the order has ended", state(order) not in OPEN, order.state)
    return order


def service_orders(context: Context) -> None:
    """Orders that are completed, fail in part, wait, change, and are cancelled."""
    esim = {"countryCode": "PT", "email": "sdk@doe.com", "deviceType": "ios"}
    items = [
        item(1, "mobile-subscription", iccid="89461177710009900803"),
        item(2, "vCPE"),
        item(3, "esim", productId="a3u3z000000PZBhAAO", **esim),
    ]
    relation = {"relationshipType": "reliesOn", "orderItem": {"itemId": "1"}}
    items[2]["serviceOrderItemRelationship"] = [relation]
    order = ServiceOrder.from_dict({"serviceOrderItem": items}, strict=True).create(context)
    expect("the order is placed", isinstance(order, ServiceOrder), order)
    order = ended(order, context)
    expect("a part is done", state(order) == "partial", order.state)
    expect("milestones are read", len(order.milestone) == 3, order.milestone)
    expect("errors are read", order.errorMessage[0].code == "UNKNOWN_SPECIFICATION", order)
    later = {"requestedStartDate": "2030-01-01T00:00:00Z", "serviceOrderItem": items[:1]}
    order = ServiceOrder.from_dict(later, strict=True).create(context)
    merge = {"content-type": "application/merge-patch+json"}
    order = order.update({"description": "sdk"}, context, merge)
    expect("the order is changed", order.description == "sdk", order)
    task = CancelServiceOrder.from_dict({"serviceOrder": {"id": order.id}}, strict=True)
    task = task.create(context)
    order = ended(order, context)
    expect("the order is cancelled", state(order) == "cancelled", order.state)
    expect("the task is done", state(task.read(context)) == "done", task)
    orders = ServiceOrder.query_get("limit=100", context)
    expect("orders are listed", {"partial", "cancelled"} <= {state(each) for each in orders}, orders)
    tasks = CancelServiceOrder.query_get("", context)
    expect("requests are listed", task.id in {each.id for each in tasks}, tasks)
    order.delete(context)
    expect("the order is deleted", ServiceOrder.from_id(order.id, context) is None, order.id)


def product_orders(context: Context, base: str) -> None:
    """The bodies of TMF622."""

    def call(method: str, path: str, body: dict | None = None) -> dict | list:
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(base + path, data, context.headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)

    body = {
        "relatedParty": [{"id": "porto"}],
        "requestedStartDate": "2030-01-01T00:00:00Z",
        "productOrderItem": [
            {"id": "1", "action": "add", "productOffering": {"id": "mobile-subscription"}},
        ],
    }
    placed = call("POST", f"{PRODUCTS}/productOrder", body)
    ProductOrder.from_dict(placed, strict=True)
    task = call("POST", f"{PRODUCTS}/cancelProductOrder", {"productOrder": {"id": placed["id"]}})
    CancelProductOrder.from_dict(task, strict=True)
    end = time.monotonic() + 60
    order = ProductOrder.from_dict(call("GET", placed["href"]), strict=True)
    while state(order) in OPEN and time.monotonic() < end:
        order = ProductOrder.from_dict(call("GET", placed["href"]), strict=True)
    expect("the order is cancelled", state(order) == "cancelled", order.state)
    for each in call("GET", f"{PRODUCTS}/productOrder?limit=100&id={order.id}"):
        ProductOrder.from_dict(each, strict=True)
    for each in call("GET", f"{PRODUCTS}/cancelProductOrder?id={task['id']}"):
        CancelProductOrder.from_dict(each, strict=True)


def read(base: str, authorization: str) -> bool:
    """Whether every response was read. A tenant of its own: lists have what others have sent."""
    headers = {"Content-Type": "application/json", "Authorization": authorization}
    logger = logging.getLogger("sdk")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    context = Context(
        api_base_url=f"{base}/tmf-api", headers=headers, strict_parsing=True, logger=logger
    )
    try:
        service_orders(context)
        product_orders(context, base)
    except (ValueError, TypeError, AttributeError, OSError) as error:
        print(f"tmforum: FAILED, {type(error).__name__}: {error}", flush=True)
        return False
    print("tmforum: ok", flush=True)
    return True
