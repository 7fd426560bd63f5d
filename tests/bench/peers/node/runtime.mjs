// The Lambda Runtime API: one invocation after the other over one connection.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

import { Agent, request } from "node:http";

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new Agent({ keepAlive: true, maxSockets: 1, noDelay: true });
const base = "/2018-06-01/runtime/invocation/";

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    const sent = request({ host, port, agent, method, path, headers }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => {
        resolve({ headers: response.headers, body: Buffer.concat(chunks).toString("utf8") });
      });
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Answers invocations with `handler` until the runtime is gone. */
export async function run(handler) {
  for (;;) {
    const next = await call("GET", `${base}next`);
    const id = next.headers["lambda-runtime-aws-request-id"];
    const answer = await handler(JSON.parse(next.body));
    await call("POST", `${base}${id}/response`, JSON.stringify(answer));
  }
}
