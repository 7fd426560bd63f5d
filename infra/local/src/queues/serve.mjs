// Serves SQS with fauxqs on a free loopback port, prints the port on standard output,
// and exits when standard input closes, so that it never outlives its parent.
// Arguments: folder of the fauxqs package, region, data folder ("" keeps all in memory), port (0
// for a free one).
import { register } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, region, dataDir, port] = process.argv.slice(1);
const [major, minor] = process.versions.node.split(".").map(Number);
const hasSqlite = major > 22 || (major === 22 && minor >= 5);

// fauxqs imports node:sqlite (Node 22.5) even when it stores nothing on disk.
// On older versions an empty module replaces it, so that it runs in memory.
if (!hasSqlite) {
  const standIn = "data:text/javascript,export class DatabaseSync {}";
  const hook = `export async function resolve(specifier, context, next) {
    return specifier === "node:sqlite"
      ? { url: ${JSON.stringify(standIn)}, shortCircuit: true } : next(specifier, context);
  }`;
  register("data:text/javascript," + encodeURIComponent(hook));
}

process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
process.stdin.on("error", () => process.exit(0));

const load = (file) => import(pathToFileURL(join(folder, "dist", file)).href);
const { buildApp } = await load("app.js");
const { SqsStore } = await load("sqs/sqsStore.js");
const { SnsStore } = await load("sns/snsStore.js");
const sqsStore = new SqsStore();
const snsStore = new SnsStore();
sqsStore.region = region;
const keeps = Boolean(dataDir) && hasSqlite;
if (keeps) {
  const { PersistenceManager } = await load("persistence.js");
  const persistence = new PersistenceManager(dataDir);
  // Whoever had received a message is gone with the run before: it is to be had at once.
  persistence.db.exec(`UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL
    WHERE visibility_deadline IS NOT NULL`);
  // The package's own statement sets a count to NULL that must not be NULL: it fails, and the
  // message is lost until the next start.
  const ready = persistence.db.prepare(`UPDATE sqs_messages
    SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?`);
  persistence.updateMessageReady = (id) => ready.run(id);
  persistence.loadSqsAndSns(sqsStore, snsStore);
  sqsStore.persistence = persistence;
  for (const queue of sqsStore.allQueues()) queue.persistence = persistence;
}
const app = buildApp({ logger: false, stores: { sqsStore, snsStore } });
await app.listen({ port: Number(port), host: "127.0.0.1" });
console.log(JSON.stringify({ port: app.server.address().port, keeps }));
