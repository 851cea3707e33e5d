/** Debian's chromium, started so that it asks nobody for anything by itself. */
import { existsSync } from "node:fs";
import process from "node:process";
import { type Browser, chromium, type Page } from "playwright-core";

const PATHS: readonly string[] = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];

/** What a browser does at its start, which no page has asked for. */
const QUIET: readonly string[] = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-default-apps",
  "--disable-domain-reliability",
  "--disable-sync",
  "--metrics-recording-only",
  "--no-first-run",
  "--no-pings",
];

/** Why there is none; false where there is one. */
export function noBrowser(): string | false {
  return PATHS.some(existsSync) ? false : "not installed: chromium";
}

export function launchBrowser(): Promise<Browser> {
  // Root has no sandbox.
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const executablePath = PATHS.find(existsSync)!;
  return chromium.launch({ executablePath, args: [...QUIET, ...sandbox] });
}

/** What a page did that it should not. */
export interface Misdeeds {
  /** Addresses of others. */
  readonly requests: string[];
  /** What the policy of the page forbids, and what broke. */
  readonly errors: string[];
  readonly dialogs: string[];
  /** How often a document was loaded. */
  loads: number;
}

/** Writes down what a page does, from its first request on. */
export function watched(page: Page, origin: string): Misdeeds {
  const misdeeds: Misdeeds = { requests: [], errors: [], dialogs: [], loads: 0 };
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith("data:")) misdeeds.requests.push(url);
    if (request.isNavigationRequest()) misdeeds.loads++;
  });
  page.on("console", (message) => {
    if (message.type() === "error") misdeeds.errors.push(message.text());
  });
  page.on("pageerror", (error) => misdeeds.errors.push(String(error)));
  page.on("dialog", (dialog) => {
    misdeeds.dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  return misdeeds;
}
