// A local cloud with the demo clients, as `cargo xtask dev` starts it.

import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const PATIENCE_MS = 120_000;

/** Starts `program` with further options; its ready file and logs are in `folder`. */
export async function startCloud(program, folder, options = []) {
  const ready = path.join(folder, "ready.json");
  const logs = path.join(folder, "logs");
  const args = ["--port", "0", "--ready-file", ready, "--logs", logs, ...options];
  const child = spawn(program, [...args, "--stop-with-stdin", "--quiet"], {
    stdio: ["pipe", "ignore", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  for (const end = Date.now() + PATIENCE_MS; !existsSync(ready); await sleep(50)) {
    if (child.exitCode !== null || Date.now() > end) throw new Error("no local cloud");
  }
  const { baseUrl, clients, consoleLink, network } = JSON.parse(readFileSync(ready, "utf8"));
  return {
    base: baseUrl.replace(/\/$/, ""),
    /** Opens the console once. */
    consoleLink,
    /** The simulated network. */
    network: network.url,
    /** A demo client: id and secret. */
    client: (id) => clients.find((client) => client.id === id),
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}
