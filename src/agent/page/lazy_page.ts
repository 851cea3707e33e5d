/** The page at `/`, of which nothing is loaded before it is needed. */
import type { Hono } from "hono";
import type { CancelTimer } from "../../contracts.ts";
import { allowOnly } from "../../receive/allow_only.ts";
import type { Incoming } from "../host.ts";
import type { AnswerPage, PageDependencies, PagePath } from "./page_dependencies.ts";

/** A start is not held up by it: the history begins a little later. */
const START_MS = 10_000;

/** Paths are from where the page is, so that they work under any prefix. */
const PATHS: Readonly<Record<Exclude<PagePath, "html">, string>> = {
  script: "/page/app.js",
  style: "/page/style.css",
  events: "/page/events",
  read: "/page/read",
  rules: "/page/rules",
  trial: "/page/try-rules",
  sample: "/page/sample",
};

/** Those that a page of somebody else's may not ask for. */
const POSTED: ReadonlySet<PagePath> = new Set(["read", "trial", "sample"]);

/** Where the page is. */
export interface PagePlace {
  readonly app: Hono<{ Bindings: Incoming }>;
  /** The same without the prefix, for the path that is the prefix and a slash. */
  readonly root: Hono<{ Bindings: Incoming }>;
  readonly prefix: string;
}

/** Loads the page when somebody asks for it, or when there is a history to begin with. */
export class LazyPage {
  readonly #of: PageDependencies;
  #page: Promise<AnswerPage> | undefined;
  #cancelStart: CancelTimer | undefined;
  #isClosed = false;

  constructor(dependencies: PageDependencies) {
    this.#of = dependencies;
  }

  /** The queue is open. */
  start(): void {
    if (this.#isClosed) return;
    this.#cancelStart = this.#of.clock.after(START_MS, () => {
      // What cannot be loaded now, for want of descriptors, may be loaded later.
      this.#load().catch(() => this.start());
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelStart?.();
    this.#page?.then((page) => page.close(), () => {});
  }

  route({ app, root, prefix }: PagePlace): void {
    // Addresses on the page are from where it is: without the slash that is elsewhere.
    if (prefix !== "") {
      app.get("/", (c) => c.redirect(`${lastOf(prefix)}/`, 307));
      allowOnly(app, "/", "GET, HEAD");
    }
    root.get(`${prefix}/`, (c) => this.#answer("html", c.req.raw, c.env));
    allowOnly(root, `${prefix}/`, "GET, HEAD");
    for (const [name, path] of Object.entries(PATHS) as [PagePath, string][]) {
      const isPost = POSTED.has(name);
      const handle = isPost ? app.post.bind(app) : app.get.bind(app);
      handle(path, (c) => this.#answer(name, c.req.raw, c.env));
      allowOnly(app, path, isPost ? "POST" : "GET, HEAD");
    }
  }

  async #answer(path: PagePath, request: Request, incoming: Incoming): Promise<Response> {
    const page = await this.#load();
    return await page.answer(path, request, incoming);
  }

  #load(): Promise<AnswerPage> {
    return this.#page ??= this.#open().catch((error) => {
      this.#page = undefined;
      throw error;
    });
  }

  async #open(): Promise<AnswerPage> {
    const { Page } = await import("./page.ts");
    const page = new Page(this.#of);
    if (this.#isClosed) page.close();
    else page.start();
    return page;
  }
}

/** A relative address leads on from it. */
function lastOf(prefix: string): string {
  return prefix.slice(prefix.lastIndexOf("/") + 1);
}
