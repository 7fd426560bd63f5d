// What every endpoint does: caller, role, body, outcome, one log line.

import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";

export const table = process.env.ORDERS_TABLE_NAME;
export const watchdog = Number(process.env.ORDER_WATCHDOG_SECONDS) * 1000;
export const dynamo = new DynamoDBClient({ maxAttempts: 4 });

const PEPPER = process.env.CREDENTIAL_PEPPER;
const KNOWN_MILLIS = 60_000;
const LARGEST_BODY = 256 * 1024;

/** A refusal, as a problem (RFC 9457). */
export class Problem extends Error {
  constructor(status, code, detail, more = {}) {
    super(detail);
    Object.assign(this, { status, code, more });
  }
}

export async function get(pk, sk) {
  const command = new GetItemCommand({
    TableName: table,
    Key: marshall({ pk, sk }),
    ConsistentRead: true,
  });
  const { Item } = await dynamo.send(command);
  return Item && unmarshall(Item);
}

/** Keeps what `load` returns for a minute. */
export function cached(load) {
  const known = new Map();
  return async (key) => {
    const found = known.get(key);
    const now = Date.now();
    if (found && now - found.at < KNOWN_MILLIS) return found.value;
    const value = await load(key);
    if (known.size >= 1024) known.clear();
    known.set(key, { value, at: now });
    return value;
  };
}

const client = cached((id) => get(`CLIENT#${id}`, "CLIENT"));

/** The tenant's requests in this process: 200 a second, bursts of 400. */
const buckets = new Map();

function throttle(tenant) {
  const now = Date.now();
  const bucket = buckets.get(tenant) ?? { tokens: 400, at: now };
  bucket.tokens = Math.min(400, bucket.tokens + ((now - bucket.at) / 1000) * 200);
  bucket.at = now;
  buckets.set(tenant, bucket);
  if (bucket.tokens < 1) throw new Problem(429, "TOO_MANY_REQUESTS", "too many requests");
  bucket.tokens -= 1;
}

async function authenticate(event, role) {
  const header = event.headers.authorization ?? "";
  const [scheme, credential] = header.split(" ");
  if (scheme?.toLowerCase() !== "basic" || !credential) throw new Problem(401, "UNAUTHORIZED", "no credential");
  const text = Buffer.from(credential, "base64").toString("utf8");
  const colon = text.indexOf(":");
  const [id, secret] = [text.slice(0, colon), text.slice(colon + 1)];
  if (colon < 1 || !/^[A-Za-z0-9._-]{1,64}$/.test(id)) throw new Problem(401, "UNAUTHORIZED", "no credential");
  const known = await client(id);
  const presented = Buffer.from(createHmac("sha256", PEPPER).update(secret).digest("base64url"));
  const matches = (known?.secrets ?? []).filter((hash) => {
    // After the name of the pepper and a dot.
    const stored = Buffer.from(hash.slice(hash.lastIndexOf(".") + 1));
    return stored.length === presented.length && timingSafeEqual(stored, presented);
  });
  if (matches.length === 0 || known.disabled) throw new Problem(401, "UNAUTHORIZED", "wrong credential");
  throttle(known.tenant);
  if (!known.roles.includes(role)) throw new Problem(403, "FORBIDDEN", "not allowed");
  return known;
}

/** The JSON object in the body of a request. */
export function object(event) {
  const media = (event.headers["content-type"] ?? "").split(";")[0].trim();
  if (media !== "application/json") throw new Problem(415, "UNSUPPORTED_MEDIA_TYPE", "not JSON");
  const text = event.isBase64Encoded ? Buffer.from(event.body, "base64").toString("utf8") : (event.body ?? "");
  if (Buffer.byteLength(text) > LARGEST_BODY) throw new Problem(413, "TOO_LARGE", "too large");
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Problem(400, "INVALID_REQUEST", "not JSON");
  }
  if (body === null || typeof body !== "object" || Array.isArray(body)) {
    throw new Problem(400, "INVALID_REQUEST", "not a JSON object");
  }
  return body;
}

/** Checks a body by a compiled schema. */
export function check(validate, body) {
  if (validate(body)) return;
  const errors = validate.errors.map((error) => ({ pointer: error.instancePath, message: error.message }));
  throw new Problem(400, "INVALID_REQUEST", "violations", { errors });
}

/** The index of the watchdog: one of 16 shards. */
export function shard(id) {
  let hash = 2166136261;
  for (const byte of Buffer.from(String(id))) hash = Math.imul(hash ^ byte, 16777619) >>> 0;
  return `DUE#${String(hash % 16).padStart(2, "0")}`;
}

/** A handler of gateway events by routes: key, role, operation. */
export function handler(routes) {
  return async (event) => {
    const begin = performance.now();
    const correlation = event.headers["x-correlation-id"] ?? randomUUID();
    const headers = {
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "strict-transport-security": "max-age=31536000; includeSubDomains",
      "x-correlation-id": correlation,
    };
    const route = routes[event.routeKey];
    let outcome;
    let tenant;
    try {
      if (!route) throw new Problem(404, "NOT_FOUND", "not found");
      const caller = await authenticate(event, route.role);
      tenant = caller.tenant;
      outcome = await route.operation({ event, caller, correlation });
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem(500, "INTERNAL", "internal error");
      if (problem !== error) console.error(error);
      const body = { type: "about:blank", status: problem.status, code: problem.code, detail: problem.message, ...problem.more };
      outcome = { status: problem.status, headers: { "content-type": "application/problem+json" }, body };
    }
    const line = {
      level: "INFO", message: "answered", operation: route?.name, status: outcome.status,
      ms: Math.round(performance.now() - begin), correlation_id: correlation, tenant,
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    if (outcome.body !== undefined) headers["content-type"] ??= "application/json";
    return {
      statusCode: outcome.status,
      headers: { ...headers, ...outcome.headers },
      body: outcome.body === undefined ? undefined : JSON.stringify(outcome.body),
      isBase64Encoded: false,
      cookies: [],
    };
  };
}

/** Connects while the function is initialised. */
export async function warm() {
  await get("WARM", "WARM").catch(() => undefined);
}
