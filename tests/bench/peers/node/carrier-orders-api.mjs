// Carrier orders: create.

import { randomBytes } from "node:crypto";

import { TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";

import { Problem, cached, check, dynamo, get, handler, object, shard, table, warm, watchdog } from "./api.mjs";
import { take } from "./permits.mjs";
import { run } from "./runtime.mjs";
import { order as validOrder } from "schema:order";

const party = cached(async (id) => (await get(`PARTY#${id}`, "PARTY"))?.party);
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A time-ordered id: 48 bits of time and 80 random ones. */
function orderId(now) {
  let [time, text] = [now, ""];
  for (let n = 0; n < 10; n += 1) {
    text = ALPHABET[time % 32] + text;
    time = Math.floor(time / 32);
  }
  for (const byte of randomBytes(16)) text += ALPHABET[byte % 32];
  return `ORD-${text}`;
}

/** What is wrong with the content of an order. */
function findings(order, seller, now) {
  const messages = [];
  const fatal = (field, information) => messages.push({ field, information });
  for (const name of ["orderDate", "requestedCompletionDate", "requestedStartDate"]) {
    if (order[name] !== undefined && Number.isNaN(Date.parse(order[name]))) fatal(`/${name}`, "not a valid date");
  }
  if (Date.parse(order.requestedCompletionDate) < now) fatal("/requestedCompletionDate", "in the past");
  if (!seller) fatal("/sellerId", "no such Seller here");
  const references = new Set();
  order.orderItems.forEach((item, index) => {
    if (references.has(item.orderItemReference)) fatal(`/orderItems/${index}/orderItemReference`, "repeated");
    references.add(item.orderItemReference);
    const wanted = item.orderItemDetail?.productSpecification;
    if (!wanted || !["INSTALL", "CHANGE"].includes(item.action)) return;
    const fits = (product) =>
      (wanted.code === undefined || wanted.code === product.code) &&
      (wanted.name === undefined || wanted.name === product.name);
    if (!(seller?.products ?? []).some(fits)) fatal(`/orderItems/${index}/orderItemDetail/productSpecification`, "unknown");
  });
  return messages;
}

function writes(order, id, now, { caller, correlation }) {
  const { objectType: _, ...document } = order;
  const listed = new Date(order.orderDate).toISOString().replace(".000Z", "Z");
  const due = now + watchdog;
  const put = (item) => ({
    Put: {
      TableName: table,
      Item: marshall(item, { removeUndefinedValues: true }),
      ConditionExpression: "attribute_not_exists(pk)",
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    },
  });
  const items = order.orderItems.map((item) => ({ reference: item.orderItemReference, status: "ACKNOWLEDGED" }));
  return [
    put({ pk: `PON#${order.buyerId}#${order.buyerPurchaseOrderNumber}`, sk: "CLAIM", order: id }),
    put({
      pk: `ORDER#${id}`, sk: "ORDER", kind: "carrier", status: "ACKNOWLEDGED", buyer: order.buyerId,
      seller: order.sellerId, pon: order.buyerPurchaseOrderNumber, version: order.buyerOrderVersion,
      desired: order.desiredResponses, requestedCompletion: order.requestedCompletionDate, tenant: caller.tenant,
      correlationId: correlation, revision: 1, sequence: 1, publishedSequence: 0, workSeq: 1, fence: 0, attempts: 0,
      notificationCount: 0, pushedCount: 0, statusRequestCount: 0, answeredCount: 0, entityTag: 1,
      history: [{ at: now, status: "ACKNOWLEDGED" }],
      progress: { status: "ACKNOWLEDGED", items, notificationVersion: 0 },
      workBy: due, dueAt: due, dueShard: shard(id), ownerKey: `BUYER#${order.buyerId}`, ownerSort: `${listed}#${id}`,
    }),
    put({
      pk: `ORDER#${id}`, sk: "BODY", document: JSON.stringify(document),
      ownerKey: `SELLER#${order.sellerId}`, ownerSort: `${listed}#${id}`,
    }),
  ];
}

async function create(request) {
  const { event, caller } = request;
  const order = object(event);
  check(validOrder, order);
  if (!(caller.parties ?? []).includes(order.buyerId)) {
    throw new Problem(400, "INVALID_REQUEST", "not a party of this client");
  }
  await party(order.buyerId);
  const seller = await party(order.sellerId);
  const now = Date.now();
  const messages = findings(order, seller, now);
  if (messages.length > 0) throw new Problem(422, "NOT_ACCEPTED", "see the messages", { messages });
  const id = orderId(now);
  const permit = take(table, `buyer ${order.buyerId}`, now);
  const items = [...writes(order, id, now, request), ...permit.writes];
  try {
    await dynamo.send(new TransactWriteItemsCommand({ TransactItems: items }));
  } catch (error) {
    if (error.name !== "TransactionCanceledException") throw error;
    permit.returned();
    throw new Problem(409, "ORDER_NUMBER_TAKEN", "the number is taken");
  }
  permit.used();
  const link = {
    objectType: "link", href: `https://${event.headers.host}/orders/${id}`, rel: "self",
    title: "Retrieve the Order", method: "get", type: "application/json",
  };
  const body = {
    ...order, id, link, orderStatus: "ACKNOWLEDGED",
    orderItems: order.orderItems.map((item) => ({ ...item, orderItemStatus: "ACKNOWLEDGED" })),
  };
  return { status: 201, headers: { location: `/orders/${id}`, etag: '"1"' }, body };
}

const routes = { "POST /orders": { name: "create_carrier_order", role: "buyer", operation: create } };

warm().then(() => run(handler(routes)));
