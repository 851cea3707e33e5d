/** The page in a real browser on the other runtimes, and behind TLS and a login on each: a short form of the test of the page. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { seriousFaults } from "./support/axe.ts";
import { launchBrowser, noBrowser, watched } from "./support/browser.ts";
import { HOSTILE, LOGIN, PageWorld } from "./support/page_world.ts";
import { until } from "./support/until.ts";
import { RUNTIMES } from "./support/walq.ts";

const WAIT_MS = 120_000;
/** On Node without TLS all of it is tried by page.test.ts. */
const PLACES = RUNTIMES.flatMap((runtime) =>
  [false, true].map((isSecure) => ({ runtime, isSecure }))
).filter(({ runtime, isSecure }) => isSecure || runtime !== "node");

describe("the page in a browser", { skip: noBrowser(), concurrency: true }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser?.close());

  for (const { runtime, isSecure } of PLACES) {
    it(`works on ${runtime}${isSecure ? " behind TLS and a login" : ""}`, async () => {
      const world = await PageWorld.open({
        runtime,
        isSecure,
        endpoints: ["flapping"],
        targets: 1,
      });
      try {
        await isAsItShould(browser, world, isSecure);
      } finally {
        await world.close();
      }
    });
  }
});

async function isAsItShould(browser: Browser, world: PageWorld, isSecure: boolean): Promise<void> {
  const secure = { ignoreHTTPSErrors: true, httpCredentials: LOGIN };
  const context = await browser.newContext({ reducedMotion: "reduce", ...isSecure && secure });
  context.setDefaultTimeout(WAIT_MS);
  const page = await context.newPage();
  const misdeeds = watched(page, world.origin);
  const asked: string[] = [];
  page.on("requestfinished", (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(`${world.origin}/`);
  const row = page.locator(".endpoints li", { hasText: "flapping" });
  await row.getByText(/^sending, /).waitFor();
  world.answers.set("flapping", [503, HOSTILE]);
  await row.getByText(/^down for \d+ .*: .*503/).waitFor();
  assert.ok((await row.textContent())!.includes("<img src=x"), "it is a text");
  assert.ok((await row.textContent())!.includes("\\u202e"), "nothing in it turns it around");
  assert.deepEqual(await seriousFaults(page), []);
  await until("the page has said that it reads", () => asked.includes("/page/read"));
  world.answers.delete("flapping");
  await row.getByText(/^sending, /).waitFor();
  await showsConfiguration(page);
  assert.deepEqual(misdeeds, { requests: [], errors: [], dialogs: [], loads: 1 });
  assert.equal(await page.evaluate(() => "hacked" in window), false);
  await context.close();
}

async function showsConfiguration(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Configuration" }).click();
  await page.locator("pre", { hasText: "remote_write:" }).waitFor();
}
