// Verifies a message: `verify(secret, headers, body)`. Node 20 or newer, nothing to install.
import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const TOLERANCE_SECONDS = 5 * 60;

/// Whether the message was signed with the secret, and not long ago. `body` is a Buffer: the bytes
/// as they came. Header names are lower case, as Node has them.
export function verify(secret, headers, body, now = Date.now() / 1000) {
  const id = headers["webhook-id"] ?? "";
  const timestamp = headers["webhook-timestamp"] ?? "";
  const signatures = headers["webhook-signature"] ?? "";
  if (id === "" || !/^[0-9]+$/.test(timestamp)) return false;
  if (Math.abs(now - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const hmac = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body);
  const expected = Buffer.from(`v1,${hmac.digest("base64")}`);
  return signatures.split(" ").some((signature) => {
    const given = Buffer.from(signature);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

// node verify.mjs SECRET ID TIMESTAMP SIGNATURES NOW < body
if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [secret, id, timestamp, signatures, now] = process.argv.slice(2);
  const headers = {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": signatures,
  };
  process.exit(verify(secret, headers, readFileSync(0), Number(now)) ? 0 : 1);
}
