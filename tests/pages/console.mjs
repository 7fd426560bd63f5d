// The console in a real browser: a link opens it, an order placed over HTTP is seen moving, an order
// whose effect is unknown is retried and resolved, and every page is readable by a screen reader, on
// a phone, in the light and in the dark.
//
// Arguments: the local cloud's program, the browser, the folder of the packages, a folder for files,
// the folder of the screenshots.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { packagesOf, startBrowser, watchedPage } from "./browser.mjs";
import { startCloud } from "./cloud.mjs";

const [program, chromium, modules, folder, screenshots] = process.argv.slice(2);
const PHONE = 390;
const packages = packagesOf(modules);
const axe = readFileSync(packages.resolve("axe-core/axe.min.js"), "utf8");

/** What a screen reader stumbles over. */
async function barriers(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    window.axe.run(document, { resultTypes: ["violations"] }),
  );
  return violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(" ")}`);
}

/** Places an order for SIM and number `n` over HTTP; its id. */
async function placed(cloud, n) {
  const { id, secret } = cloud.client("demo-ecc-1");
  const response = await fetch(`${cloud.base}/ecc/v1/subscriptions`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`,
    },
    body: JSON.stringify({ iccid: n.iccid, msisdn: n.msisdn }),
  });
  assert.equal(response.status, 202, await response.clone().text());
  return String((await response.json()).orderId);
}

/** What the network does with the operations that follow. */
async function network(cloud, fault) {
  const response = await fetch(`${cloud.network}/faults`, {
    method: fault ? "PUT" : "DELETE",
    headers: { "content-type": "application/json" },
    body: fault && JSON.stringify(fault),
  });
  assert(response.ok, `${response.status}`);
}

async function signedIn(page, cloud) {
  await page.goto(cloud.consoleLink);
  await page.getByRole("button", { name: "Open the console" }).click();
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  const cookies = await page.context().cookies();
  const [cookie] = cookies.filter((one) => one.name === "orderwire-console");
  assert(cookie.httpOnly && cookie.secure && cookie.sameSite === "Strict", JSON.stringify(cookie));
}

async function search(page, text) {
  await page.getByLabel("Order, number, SIM or PON").fill(text);
  await page.getByRole("button", { name: "Search" }).click();
}

/** A number is found, and its order is seen moving without a reload and without a number in the URL. */
async function anOrderIsSeenMoving(page, cloud) {
  await network(cloud, { mode: "unavailable" });
  const order = await placed(cloud, { iccid: "89461177710001700003", msisdn: "46708421488" });
  await search(page, "46708421488");
  await page.waitForURL(`**/console/orders/${order}`);
  await page.getByText("PROVISIONING").first().waitFor();
  await network(cloud);
  await page.locator(".state", { hasText: "COMPLETED" }).waitFor({ timeout: 60_000 });
  assert((await page.locator("svg circle").count()) >= 2);
}

/** An order whose effect is unknown is listed, and ends as the operator decides. */
async function aStuckOrderIsResolved(page, cloud) {
  await network(cloud, { mode: "error500" });
  const order = await placed(cloud, { iccid: "89461177710001700011", msisdn: "46708421499" });
  await page.goto(`${cloud.base}/console/orders/${order}`);
  await page.getByRole("link", { name: "Resolve or retry" }).click({ timeout: 60_000 });
  await page.getByLabel("CANCELED: it had no effect").check();
  await page.getByLabel("Why, in words that its client may read").fill("the network has nothing");
  await page.getByRole("button", { name: "Resolve the order" }).click();
  await page.getByRole("status").getByText("ended as you decided").waitFor();
  await page.locator(".state", { hasText: "CANCELED" }).waitFor();
  await network(cloud);
  return order;
}

async function everyPageIsRight(browser, cloud, cookies, orders) {
  const found = [];
  const paths = [
    "/console",
    "/console/tenants",
    "/console/tenants/demo-1",
    "/console/registry",
    ...orders.map((order) => `/console/orders/${order}`),
    "/console/links/none",
    "/console/orders/nothing",
  ];
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [1280, PHONE]) {
      const viewport = { width, height: 800 };
      const { page, wrong } = await watchedPage(browser, cloud.base, { colorScheme, viewport });
      await page.context().addCookies(cookies);
      for (const where of paths) {
        await page.goto(cloud.base + where);
        const here = [...(await barriers(page)), ...wrong.splice(0)];
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        if (wide > width) here.push(`${wide} pixels wide`);
        // A page that does not exist says so to the browser's console as well.
        const expected = where === "/console/orders/nothing" ? /404|ERR_HTTP/ : /(?!)/;
        const left = here.filter((one) => !expected.test(one));
        found.push(...left.map((one) => `${where}, ${colorScheme}, ${width}: ${one}`));
      }
      await page.context().close();
    }
  }
  assert.deepEqual(found, []);
}

rmSync(folder, { recursive: true, force: true });
[folder, screenshots].forEach((one) => mkdirSync(one, { recursive: true }));
// An order whose effect is unknown needs intervention within seconds.
const few = ["WorkMaxReceives=2", "WorkVisibilitySeconds=2", "WorkLeaseSeconds=2"];
const cloud = await startCloud(program, folder, few.flatMap((one) => ["--param", one]));
const browser = await startBrowser(packages, chromium);
try {
  const { page, wrong } = await watchedPage(browser, cloud.base);
  await signedIn(page, cloud);
  await anOrderIsSeenMoving(page, cloud);
  const order = page.url().split("/").pop();
  console.log("anOrderIsSeenMoving: holds");
  const stuck = await aStuckOrderIsResolved(page, cloud);
  console.log("aStuckOrderIsResolved: holds");
  await page.screenshot({ path: path.join(screenshots, "console.png") });
  assert.deepEqual(wrong, []);
  await everyPageIsRight(browser, cloud, await page.context().cookies(), [order, stuck]);
  console.log("everyPageIsRight: holds");
} finally {
  await browser.close();
  await cloud.stop();
}
