// At most 2,000 orders of an owner in ten seconds, over all processes: permits are taken in blocks
// of ten, by a write in the transaction that places an order.

const WINDOW = 10_000;
const MOST = 2_000;
const BLOCK = 10;
const owners = new Map();

/** A permit for one order, and the write that it needs, if any. */
export function take(table, owner, now) {
  const window = Math.floor(now / WINDOW);
  const known = owners.get(owner);
  if (known?.window === window && known.left > 0) {
    known.left -= 1;
    return { writes: [], used() {}, returned() { known.left += 1; } };
  }
  const write = {
    Update: {
      TableName: table,
      Key: { pk: { S: `RATE#${owner}` }, sk: { S: `ORDERS#${window}` } },
      UpdateExpression: "SET expiresAt = :expires ADD taken :block",
      ConditionExpression: "attribute_not_exists(taken) OR taken <= :most",
      ExpressionAttributeValues: {
        ":expires": { N: String(Math.floor(now / 1000) + 3_610) },
        ":block": { N: String(BLOCK) },
        ":most": { N: String(MOST - BLOCK) },
      },
    },
  };
  return { writes: [write], used() { owners.set(owner, { window, left: BLOCK - 1 }); }, returned() {} };
}
