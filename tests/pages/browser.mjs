// A browser that notes whatever a page does wrong.

import { createRequire } from "node:module";
import path from "node:path";

/** Packages that are installed under `.tools`. */
export function packagesOf(modules) {
  return createRequire(path.join(modules, "package.json"));
}

/** Starts the browser at `executablePath`. */
export async function startBrowser(packages, executablePath) {
  const { chromium } = packages("playwright-core");
  // As root, in a container, there is no sandbox to have.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath, args });
}

/** A page, and the list of what went wrong on it: errors, and requests to other origins. */
export async function watchedPage(browser, base, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const wrong = [];
  page.on("console", (message) => {
    if (message.type() === "error") wrong.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => wrong.push(`error: ${error.message}`));
  page.on("requestfailed", (request) => {
    // The browser gives up what a navigation leaves behind.
    if (request.failure()?.errorText !== "net::ERR_ABORTED") wrong.push(`failed: ${request.url()}`);
  });
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol !== "data:" && url.origin !== base) wrong.push(`elsewhere: ${url}`);
  });
  await page.exposeFunction("noteViolation", (what) => wrong.push(`policy: ${what}`));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      window.noteViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
    });
  });
  return { page, wrong };
}
