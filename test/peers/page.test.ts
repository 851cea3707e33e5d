/** The page in a real browser: what it says, to whom, and what it does not do. */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { seriousFaults } from "./support/axe.ts";
import { launchBrowser, type Misdeeds, noBrowser, watched } from "./support/browser.ts";
import { HOSTILE, PageWorld } from "./support/page_world.ts";
import { until } from "./support/until.ts";

const WAIT_MS = 120_000;
const VIEWS = ["#/", "#/endpoint/flapping", "#/targets", "#/rules", "#/config"];

describe("the page in a browser", { skip: noBrowser() }, () => {
  let world: PageWorld;
  let browser: Browser;
  const misdeeds: Misdeeds[] = [];

  before(async () => {
    world = await PageWorld.open();
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await world?.close();
  });

  async function open(
    hash: string,
    options: Parameters<Browser["newContext"]>[0] = {},
  ): Promise<Page> {
    const context: BrowserContext = await browser.newContext(options);
    context.setDefaultTimeout(WAIT_MS);
    const page = await context.newPage();
    misdeeds.push(watched(page, world.origin));
    await page.goto(`${world.origin}/${hash}`);
    await page.locator("h1").waitFor();
    return page;
  }

  /** The view is there, and has been told what it shows. */
  async function filled(page: Page, hash: string): Promise<void> {
    const sign: Readonly<Record<string, string>> = {
      "#/": ".endpoints li",
      "#/endpoint/flapping": "#sum-mark.closes",
      "#/targets": "table tbody tr",
      "#/rules": "#endpoint option",
      "#/config": "pre:not(:empty)",
    };
    await page.locator(sign[hash]!).first().waitFor({ state: "attached" });
  }

  it("says that an endpoint goes down and that it is back, without being loaded again", async () => {
    const page = await open("#/");
    const row = page.locator(".endpoints li", { hasText: "flapping" });
    await row.getByText(/^sending, /).waitFor();
    world.answers.set("flapping", [503, HOSTILE]);
    await row.getByText(/^down for \d+ .*: .*503.*; .*drops what is older than 2 h in /).waitFor();
    await row.getByText("down", { exact: true }).waitFor();
    assert.match(await page.title(), /^1 of 3 down · /);
    assert.ok((await row.textContent())!.includes("<img src=x"), "it is a text");
    await page.locator("#live", { hasText: "flapping: down for" }).waitFor({ state: "attached" });
    world.answers.delete("flapping");
    await row.getByText(/^sending, /).waitFor();
    assert.match(await page.title(), /^Endpoints · /);
    assert.equal(misdeeds.at(-1)!.loads, 1);
    await page.context().close();
  });

  it("shows one endpoint: what waits, how it went, what it answered, and that the sum closes", async () => {
    world.answers.set("flapping", [503, HOSTILE]);
    const page = await open("#/endpoint/flapping");
    await page.locator("#state", { hasText: /^down for/ }).waitFor();
    await page.locator("#sum-mark", { hasText: "The sum closes." }).waitFor();
    await page.locator(".ages li").first().waitFor();
    await page.locator(".plot canvas").first().waitFor();
    const answers = page.getByRole("region", { name: /^Last answers/ });
    await answers.getByText("503").first().waitFor();
    assert.ok((await answers.textContent())!.includes("<script>window.hacked=1</script>"));
    await until("a plot has points", async () => {
      const label = await page.getByRole("img").first().getAttribute("aria-label");
      return /in [1-9]/.test(label ?? "");
    });
    await page.getByRole("button", { name: "24 hours" }).click();
    await page.locator("button[aria-pressed=true]", { hasText: "24 hours" }).waitFor();
    world.answers.delete("flapping");
    await page.locator("#state", { hasText: /^sending, |^idle/ }).waitFor();
    await page.context().close();
  });

  it("shows what an endpoint refused for good, and sends it again when the endpoint is mended", async () => {
    world.answers.set("refusing", [400, HOSTILE]);
    const page = await open("#/endpoint/refusing");
    const requests = page.getByRole("region", { name: /^Requests/ });
    await requests.getByText("400").first().waitFor();
    assert.ok((await requests.textContent())!.includes("<img src=x"));
    world.answers.delete("refusing");
    await page.getByRole("button", { name: "Send all of them again" }).click();
    await page.getByText(/^\d+ requests with [\d,]+ signals are sent again\.$/).first().waitFor();
    await page.getByText("Nothing that was refused is kept.").waitFor();
    await page.locator("#sum-mark", { hasText: "The sum closes." }).waitFor();
    await page.context().close();
  });

  it("finds targets by their health and their words, and shows what is wrong with them", async () => {
    const page = await open("#/targets");
    await page.getByText("1 to 4 of 4").waitFor();
    await page.getByLabel("Health").selectOption("down");
    await page.getByText("1 to 1 of 1").waitFor();
    const row = page.locator(".target-down");
    assert.match((await row.textContent())!, /bad.*500/);
    assert.ok((await row.textContent())!.includes("onerror="));
    await page.getByLabel("Health").selectOption("");
    await page.getByLabel("Address, labels or error").fill("good-2");
    await page.getByText("1 to 1 of 1").waitFor();
    await page.context().close();
  });

  it("tries rules on the series that come in", async () => {
    const page = await open("#/rules");
    await page.locator("#sample", { hasText: /series with/ }).waitFor();
    await page.getByRole("button", { name: "Try", exact: true }).click();
    await page.locator("#said", { hasText: /^They save \d/ }).waitFor();
    await page.getByText(/go_things\{/).first().waitFor();
    await page.getByLabel("Rules, as YAML").fill("- regex: (\n  action: labeldrop");
    await page.getByRole("button", { name: "Try", exact: true }).click();
    await page.locator("#problems", { hasText: /^line 1: rule 1, regex/ }).waitFor();
    await page.context().close();
  });

  it("fits a screen of 320 pixels", async () => {
    for (const hash of VIEWS) {
      const page = await open(hash, { viewport: { width: 320, height: 640 } });
      await filled(page, hash);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 320, `${hash}: ${width} pixels`);
      await page.context().close();
    }
  });

  it("is reached and operated by the keyboard alone", async () => {
    for (const hash of VIEWS) {
      const page = await open(hash);
      await filled(page, hash);
      assert.deepEqual(await unreached(page), [], hash);
      await page.context().close();
    }
    const page = await open("#/");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "skip");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "main");
    await tabTo(page, "steady");
    await page.keyboard.press("Enter");
    await page.locator("h1", { hasText: "steady" }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), "H1");
    await tabTo(page, "24 hours");
    await page.keyboard.press("Space");
    await page.locator("button[aria-pressed=true]", { hasText: "24 hours" }).waitFor();
    await tabTo(page, "Signals a second as a table");
    await page.keyboard.press("Enter");
    await page.locator("details[open]").waitFor();
    await page.context().close();
  });

  for (const colorScheme of ["light", "dark"] as const) {
    it(`has nothing serious for axe to find when it is ${colorScheme}`, async () => {
      for (const hash of VIEWS) {
        const page = await open(hash, { colorScheme, reducedMotion: "reduce" });
        await filled(page, hash);
        assert.deepEqual(await seriousFaults(page), [], hash);
        await page.context().close();
      }
    });
  }

  it("asks nobody else, breaks no rule of its policy, and runs nothing that others say", async () => {
    const page = await open("#/");
    await filled(page, "#/");
    assert.equal(await page.evaluate(() => "hacked" in window), false);
    assert.equal(await page.locator("main img, main script").count(), 0);
    await page.context().close();
    assert.ok(misdeeds.length > VIEWS.length);
    assert.deepEqual(misdeeds.flatMap(({ requests }) => requests), []);
    assert.deepEqual(misdeeds.flatMap(({ dialogs }) => dialogs), []);
    assert.deepEqual(misdeeds.flatMap(({ errors }) => errors), []);
  });

  it("says that it has lost walq, and ends with it", async () => {
    const page = await open("#/");
    await filled(page, "#/");
    await world.walq.program.stop();
    await page.getByText(/^No connection to walq/).waitFor();
    await page.context().close();
  });
});

/** Only when they are asked for: they are never the same twice. */
const TAKES_PICTURES = process.env["WALQ_SCREENSHOTS"] === undefined
  ? "WALQ_SCREENSHOTS is not set"
  : false;
const PICTURES: Readonly<Record<string, readonly [hash: string, width: number, height: number]>> = {
  endpoints: ["#/", 1000, 420],
  endpoint: ["#/endpoint/grafana", 1000, 1000],
  targets: ["#/targets", 1000, 460],
  rules: ["#/rules", 1000, 800],
  phone: ["#/endpoint/grafana", 320, 640],
};

describe("pictures for docs/page.md", { skip: noBrowser() || TAKES_PICTURES }, () => {
  it("are taken", async () => {
    const endpoints = ["mimir", "grafana", "victoria"];
    const world = await PageWorld.open({ endpoints, words: "the third rack" });
    const browser = await launchBrowser();
    const page = await browser.newPage();
    await page.goto(`${world.origin}/#/rules`);
    await until("it has gone well for a while", () => (world.taken.get("grafana") ?? 0) > 45);
    world.answers.set("grafana", [503, "the ingesters are not ready"]);
    mkdirSync("docs/page", { recursive: true });
    for (const [name, [hash, width, height]] of Object.entries(PICTURES)) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme: name === "phone" ? "dark" : "light" });
      await page.goto(`${world.origin}/${hash}`);
      if (hash === "#/") await page.getByText(/^down for [4-9]\d s/).waitFor({ timeout: WAIT_MS });
      if (hash === "#/rules") {
        await page.locator("#sample", { hasText: /series with/ }).waitFor();
        await page.getByRole("button", { name: "Try", exact: true }).click();
        await page.locator("#said", { hasText: /^They save/ }).waitFor();
      }
      if (hash.startsWith("#/endpoint")) await page.locator(".plot canvas").first().waitFor();
      if (hash === "#/targets") await page.locator("table tbody tr").first().waitFor();
      await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
      await page.screenshot({ path: `docs/page/${name}.png` });
    }
    await browser.close();
    await world.close();
  });
});

/** What can be operated and has not had the focus after a round with the tab key. */
async function unreached(page: Page): Promise<string[]> {
  const wanted = await page.evaluate(() => {
    const all = document.querySelectorAll<HTMLElement>(
      "a[href], button:not(:disabled), input, select, textarea, summary, [tabindex='0']",
    );
    const seen = [...all].filter((one) => one.checkVisibility());
    for (const [at, one] of seen.entries()) one.dataset["stop"] = String(at);
    return seen.map((one) => one.outerHTML.slice(0, 80));
  });
  const reached = new Set<string>();
  for (let press = 0; press < wanted.length + 20; press++) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() =>
      (document.activeElement as HTMLElement)?.dataset["stop"]
    );
    if (stop !== undefined) reached.add(stop);
  }
  return wanted.filter((_, at) => !reached.has(String(at)));
}

/** Goes on with the tab key until what has the focus says this. */
async function tabTo(page: Page, text: string): Promise<void> {
  for (let press = 0; press < 200; press++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.activeElement?.textContent) === text) return;
  }
  throw new Error(`the tab key does not lead to ${text}`);
}
