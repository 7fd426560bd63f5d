// The documentation in a real browser: every page without an error and without a violation of its
// policy, readable by a screen reader and on a phone; and the example of each API, placed by "Try it
// out" as it stands, becomes an order.
//
// Arguments: the local cloud's program, the browser, the folder of the packages, a folder for files,
// the folder of the screenshots.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { packagesOf, startBrowser, watchedPage } from "./browser.mjs";
import { startCloud } from "./cloud.mjs";

const [program, chromium, modules, folder, screenshots] = process.argv.slice(2);
const TALL = { width: 1200, height: 1150 };
const packages = packagesOf(modules);
const axe = readFileSync(packages.resolve("axe-core/axe.min.js"), "utf8");

/** What a screen reader stumbles over. The API pages' inside is other people's. */
async function barriers(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    window.axe.run({ exclude: [["#reference"]] }, { resultTypes: ["violations"] }),
  );
  return violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(" ")}`);
}

/** The paths of all pages, by the navigation. */
async function paths(page) {
  const links = page.locator("nav a");
  return links.evaluateAll((all) => all.map((link) => link.getAttribute("href")));
}

/** Not the page of an API, which is drawn for a light background and a wide screen. */
const isGuide = (where) => !where.startsWith("/docs/api/");

async function open(page, base, where) {
  const response = await page.goto(base + where, { waitUntil: "networkidle" });
  assert.equal(response.status(), 200, where);
  if (!isGuide(where)) await page.locator(".opblock").first().waitFor();
}

async function everyPageIsRight(browser, base) {
  const found = [];
  for (const colorScheme of ["light", "dark"]) {
    const { page, wrong } = await watchedPage(browser, base, { colorScheme });
    await open(page, base, "/docs");
    const all = await paths(page);
    assert(all.length > 10, `${all}`);
    for (const where of colorScheme === "dark" ? all.filter(isGuide) : all) {
      await open(page, base, where);
      const here = [...(await barriers(page)), ...wrong.splice(0)];
      found.push(...here.map((one) => `${where}, ${colorScheme}: ${one}`));
    }
    await page.context().close();
  }
  assert.deepEqual(found, []);
}

async function everyGuideFitsAPhone(browser, base) {
  const { page } = await watchedPage(browser, base, { viewport: { width: 360, height: 740 } });
  await open(page, base, "/docs");
  for (const where of (await paths(page)).filter(isGuide)) {
    await open(page, base, where);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert(width <= 360, `${where} is ${width} pixels wide`);
  }
  await page.context().close();
}

/** The fields for id and secret of a client, by how it shows them. */
const FIELDS = {
  client: ['[name="username"]', '[name="password"]'],
  token: ['[data-name="clientId"]', '[data-name="clientSecret"]'],
};

/** Gives the page the credentials of a client. */
async function authorize(page, { id, secret }, scheme) {
  await page.locator(".scheme-container .btn.authorize").click();
  const [name, password] = FIELDS[scheme];
  const dialog = page.locator(".modal-ux");
  const form = dialog.locator(".auth-container").filter({ has: page.locator(name) });
  await form.locator(name).fill(id);
  await form.locator(password).fill(secret);
  await form.locator("button.authorize").click();
  // The fields are gone when it has worked.
  await dialog.locator("button", { hasText: "Logout" }).waitFor();
  await dialog.locator(".btn-done").first().click();
}

/** Executes an operation with "Try it out": status and body. */
async function execute(page, operation, parameters = {}) {
  const block = page.locator(`[id$="-${operation}"]`);
  if (!(await block.locator(".opblock-body").isVisible())) {
    await block.locator(".opblock-summary-control").click();
    await block.locator(".try-out__btn").click();
  }
  for (const [name, value] of Object.entries(parameters)) {
    await block.locator(`tr[data-param-name="${name}"] input`).fill(value);
  }
  const [response] = await Promise.all([
    page.waitForResponse((one) => one.request().resourceType() === "fetch"),
    block.locator(".execute").click(),
  ]);
  await block.locator(".live-responses-table .response").waitFor();
  return { status: response.status(), body: await response.json() };
}

async function tried(browser, cloud, [api, client, scheme], steps) {
  const { page, wrong } = await watchedPage(browser, cloud.base, { viewport: TALL });
  await open(page, cloud.base, `/docs/api/${api}`);
  await authorize(page, cloud.client(client), scheme);
  await steps(page);
  assert.deepEqual(wrong, [], api);
  await page.context().close();
}

/** Repeats an operation until it shows this status of an order. */
async function until(wanted, page, operation, parameters, statusOf) {
  for (const end = Date.now() + 20_000; ; await page.waitForTimeout(300)) {
    const { status, body } = await execute(page, operation, parameters);
    assert.equal(status, 200, JSON.stringify(body));
    if (statusOf(body) === wanted) return;
    assert(Date.now() < end, `not ${wanted}: ${JSON.stringify(body)}`);
  }
}

async function everyExampleIsAnOrder(browser, cloud) {
  await tried(browser, cloud, ["ecc", "demo-ecc-1", "client"], async (page) => {
    const placed = await execute(page, "create_subscription");
    assert.equal(placed.status, 202, JSON.stringify(placed.body));
    const order = { orderid: String(placed.body.orderId) };
    await until("COMPLETED", page, "get_provisioning_order", order, (body) => body.status);
    await showOnlyTheResponse(page.locator('[id$="-get_provisioning_order"]'));
    await screenshot(page, "docs-try-it");
  });
  await tried(browser, cloud, ["carrier", "demo-buyer", "client"], async (page) => {
    const placed = await execute(page, "create_carrier_order");
    assert.equal(placed.status, 201, JSON.stringify(placed.body));
  });
  await tried(browser, cloud, ["esim", "demo-reseller", "token"], async (page) => {
    const placed = await execute(page, "create_esim_order");
    assert.equal(placed.status, 201, JSON.stringify(placed.body));
  });
}

/** For a picture: the command to paste holds the secret. */
async function showOnlyTheResponse(block) {
  await block.locator(".curl-command").evaluate((element) => {
    element.style.display = "none";
  });
  await block.evaluate((element) => element.scrollIntoView());
}

async function screenshot(page, name) {
  await page.screenshot({ path: path.join(screenshots, `${name}.png`) });
}

rmSync(folder, { recursive: true, force: true });
[folder, screenshots].forEach((one) => mkdirSync(one, { recursive: true }));
const cloud = await startCloud(program, folder);
const browser = await startBrowser(packages, chromium);
try {
  for (const step of [everyPageIsRight, everyGuideFitsAPhone]) {
    await step(browser, cloud.base);
    console.log(`${step.name}: holds`);
  }
  await everyExampleIsAnOrder(browser, cloud);
  console.log("everyExampleIsAnOrder: holds");
} finally {
  await browser.close();
  await cloud.stop();
}
