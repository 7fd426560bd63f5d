// ECC subscriptions: read, and change.

import { TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";

import { Problem, check, dynamo, get, handler, object, shard, table, warm, watchdog } from "./api.mjs";
import { take } from "./permits.mjs";
import { run } from "./runtime.mjs";
import { changeSubscription } from "schema:changeSubscription";

const ATTEMPTS = 4;
const pointers = new Map();

/** The key of a subscription, whose id has the SIM that it was created with. */
function keyOf(id) {
  const bits = BigInt(`0x${id.replaceAll("-", "")}`);
  const number = (((bits >> 64n) & 0xfffn) << 62n) | (bits & ((1n << 62n) - 1n));
  return `ICCID#89${String(number).slice(1)}`;
}

/** The caller's subscription that the path names. */
async function find(event, caller) {
  const reference = event.pathParameters.subscription;
  const [kind, number] = reference.split(":");
  const valid = { msisdn: /^\+?\d{5,15}$/, iccid: /^89\d{16,20}$/, imsi: /^\d{14,15}$/ }[kind];
  if (!valid?.test(number ?? "")) throw new Problem(400, "INVALID_REQUEST", "not a subscription");
  const plain = number.replace("+", "");
  const known = pointers.get(reference);
  let found = known && (await get(known, "CLAIM"));
  if (found?.[kind] !== plain) {
    const claim = await get(`${kind.toUpperCase()}#${plain}`, "CLAIM");
    if (!claim || claim.void) throw new Problem(404, "NOT_FOUND", "not found");
    found = claim.iccid ? claim : await get(keyOf(claim.subscription), "CLAIM");
    if (found?.[kind] === plain) {
      if (pointers.size >= 10_000) pointers.clear();
      pointers.set(reference, found.pk);
    }
  }
  if (found?.[kind] !== plain || found.tenant !== caller.tenant) throw new Problem(404, "NOT_FOUND", "not found");
  return found;
}

async function read({ event, caller }) {
  const found = await find(event, caller);
  const body = {
    msisdn: found.msisdn,
    iccid: found.iccid,
    imsi: found.imsi,
    state: found.state,
    blocked: found.blocked ?? false,
    "odb-profile": found.odbProfile ?? 0,
    "static-ip": found.staticIp ?? null,
    "apn-ids": found.apnIds ?? [],
    tags: found.tags ?? [],
    services: (found.services ?? []).map((service) => ({
      id: service.id,
      instance: service.instance,
      limit: service.settings?.limit,
      "forward-number": service.settings?.forwardNumber,
      mode: service.mode,
    })),
    outstandingOrder: found.outstandingOrder ?? null,
  };
  return { status: 200, body };
}

const NAMES = {
  msisdn: "msisdn", iccid: "iccid", blocked: "blocked", state: "state", "odb-profile": "odbProfile",
  "static-ip": "staticIp", "apn-ids": "apnIds", "a2p-voice-app-key": "a2pVoiceAppKey", tags: "tags",
};
const DEFAULTS = { blocked: false, odbProfile: 0, staticIp: null, apnIds: [], tags: [] };

/** What of a change differs from the subscription. */
function difference(found, body) {
  const change = {};
  for (const [name, value] of Object.entries(body)) {
    const attribute = NAMES[name];
    const now = found[attribute] ?? DEFAULTS[attribute];
    if (JSON.stringify(now) !== JSON.stringify(value)) change[attribute] = value;
  }
  return change;
}

function writes(found, change, order, now, { caller, correlation }) {
  const due = now + watchdog;
  const item = {
    pk: `ORDER#${order}`, sk: "ORDER", kind: "ecc", status: "PROVISIONING", operation: "CHANGE",
    subscription: found.id, tenant: caller.tenant, iccid: found.iccid, msisdn: found.msisdn, imsi: found.imsi,
    change, orderDate: now, correlationId: correlation, revision: 1, sequence: 1, publishedSequence: 0,
    workSeq: 1, fence: 0, attempts: 0, workBy: due, dueAt: due, dueShard: shard(order),
  };
  return [
    {
      Put: {
        TableName: table,
        Item: marshall(item, { removeUndefinedValues: true }),
        ConditionExpression: "attribute_not_exists(pk)",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      },
    },
    {
      Update: {
        TableName: table,
        Key: marshall({ pk: found.pk, sk: found.sk }),
        UpdateExpression: "SET outstandingOrder = :order, revision = revision + :one",
        ConditionExpression: "revision = :revision AND attribute_not_exists(outstandingOrder)",
        ExpressionAttributeValues: marshall({ ":order": order, ":one": 1, ":revision": found.revision }),
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      },
    },
  ];
}

async function change(request) {
  const body = object(request.event);
  check(changeSubscription, body);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const found = await find(request.event, request.caller);
    if (found.outstandingOrder) {
      throw new Problem(409, "ORDER_OUTSTANDING", "an order is outstanding", { orderId: found.outstandingOrder });
    }
    const differs = difference(found, body);
    if (Object.keys(differs).length === 0) return { status: 204 };
    const now = Date.now();
    const order = now * 512 + Math.floor(Math.random() * 512);
    const permit = take(table, request.caller.tenant, now);
    const items = [...writes(found, differs, order, now, request), ...permit.writes];
    try {
      await dynamo.send(new TransactWriteItemsCommand({ TransactItems: items }));
    } catch (error) {
      if (error.name !== "TransactionCanceledException") throw error;
      permit.returned();
      continue;
    }
    permit.used();
    return { status: 202, headers: { location: `/ecc/v1/orders/${order}` }, body: { orderId: order, orders: [order] } };
  }
  throw new Problem(503, "UNAVAILABLE", "contended");
}

const path = "/ecc/v1/subscriptions/{subscription}";
const routes = {
  [`GET ${path}`]: { name: "get_subscription", role: "ecc", operation: read },
  [`PATCH ${path}`]: { name: "change_subscription", role: "ecc", operation: change },
};

warm().then(() => run(handler(routes)));
