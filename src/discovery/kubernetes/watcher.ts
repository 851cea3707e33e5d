import { backoffMs } from "../../actor/backoff.ts";
import { sleep } from "../../actor/sleep.ts";
import { messageOf } from "../../errors.ts";
import { type DiscoveryClient, DiscoveryError } from "../client.ts";
import type { DiscoveryDependencies } from "../dependencies.ts";
import type { FailureLog } from "../failure_log.ts";
import { JsonLines } from "./json_lines.ts";
import type { MetaObject } from "./objects.ts";
import { list, object, text } from "./parse.ts";
import type { Resource } from "./resources.ts";

/** Objects in one page of a list, as kubectl asks for them. */
const PAGE_OBJECTS = 500;
const LIST_MS_MAX = 60_000;
/** A watch is asked to end after between one and two times this, so that not all come back at once. */
const WATCH_MS_MIN = 300_000;
/** What is waited for the end of a watch that should have come. */
const WATCH_END_MS = 30_000;
const AGAIN_FIRST_MS = 1_000;
const AGAIN_MAX_MS = 30_000;
/** What was asked for is no longer known: all has to be listed again. */
const GONE = 410;

/** What is watched. */
export interface WatchOptions<Kind extends MetaObject> {
  readonly resource: Resource<Kind>;
  /** Without a slash at its end. */
  readonly server: string;
  /** Undefined is all of them. */
  readonly namespace: string | undefined;
  /** Which objects; empty texts are all. */
  readonly selector: { readonly label: string; readonly field: string };
  /** Told the keys of objects that are new, have changed or are gone; none when a list cannot be had. */
  readonly onChange: (keys: readonly string[]) => void;
}

/** What watches work with. */
export interface WatchContext {
  readonly client: DiscoveryClient;
  readonly dependencies: DiscoveryDependencies;
  readonly failures: FailureLog;
}

/**
 * Knows all objects of a kind, always as they are: by a list and, from that on, a watch
 * (Kubernetes API Concepts, "Efficient detection of changes"). While the API cannot be reached
 * it knows those of before.
 */
export class ObjectWatch<Kind extends MetaObject> {
  readonly #options: WatchOptions<Kind>;
  readonly #context: WatchContext;
  #objects: Map<string, Kind> = new Map();
  #isSynced = false;
  #hasFailed = false;
  #failures = 0;
  /** Of the newest state that is known. */
  #version = "";

  constructor(options: WatchOptions<Kind>, context: WatchContext) {
    this.#options = options;
    this.#context = context;
  }

  /** It has been listed once. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** It could not be asked, at least once. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  get(key: string): Kind | undefined {
    return this.#objects.get(key);
  }

  /** Goes on until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#version === "") await this.#list(signal);
        await this.#watch(signal);
        this.#failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof DiscoveryError && error.status === GONE) {
          this.#version = "";
          // Once at once: what is asked for next is all there is.
          if (this.#failures++ === 0) continue;
        } else this.#complain(error);
        await this.#pause(signal);
      }
    }
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#context.dependencies.platform;
    const waitMs = backoffMs(this.#failures++, AGAIN_FIRST_MS, AGAIN_MAX_MS);
    await sleep(clock, waitMs * (1 + random() / 2), signal);
  }

  #complain(error: unknown): void {
    const { dependencies, failures } = this.#context;
    dependencies.stats.count("kubernetes_failures");
    const { resource, namespace, onChange } = this.#options;
    this.#hasFailed = true;
    if (!this.#isSynced) onChange([]);
    failures.tell(
      "cannot ask Kubernetes; the targets that are known stay in force",
      messageOf(error),
      { resource: resource.plural, namespace },
    );
  }

  async #list(signal: AbortSignal): Promise<void> {
    const found = new Map<string, Kind>();
    let version = "";
    for (let next: string | undefined = "", page = 0; next !== undefined; page++) {
      const query: Record<string, string> = { limit: String(PAGE_OBJECTS) };
      if (page > 0) query["continue"] = next;
      // From the memory of the API, which costs it least. Not when that has been too old once.
      else if (!this.#isSynced) query["resourceVersion"] = "0";
      const request = { url: this.#url(query), headers: JSON_ONLY, timeoutMs: LIST_MS_MAX };
      const { value } = await this.#context.client.getJson(request, signal);
      const { items, metadata } = object(value);
      if (!Array.isArray(items)) throw new DiscoveryError("a list of Kubernetes has no items");
      for (const item of list(items)) this.#put(found, item);
      version = text(object(metadata)["resourceVersion"]);
      next = text(object(metadata)["continue"]) || undefined;
    }
    this.#version = version;
    this.#failures = 0;
    const gone = [...this.#objects.keys()].filter((key) => !found.has(key));
    this.#objects = found;
    this.#isSynced = true;
    this.#options.onChange([...found.keys(), ...gone]);
  }

  /** Ends without an error when the API ends it. */
  async #watch(signal: AbortSignal): Promise<void> {
    const { client, dependencies } = this.#context;
    const seconds = Math.round(WATCH_MS_MIN / 1000 * (1 + dependencies.platform.random()));
    const url = this.#url({
      watch: "true",
      allowWatchBookmarks: "true",
      resourceVersion: this.#version,
      timeoutSeconds: String(seconds),
    });
    const lines = new JsonLines((event) => this.#take(object(event)));
    const request = { url, headers: JSON_ONLY, timeoutMs: seconds * 1000 + WATCH_END_MS };
    const beganMs = dependencies.platform.clock.monotonicMs();
    const versionBefore = this.#version;
    await client.stream(request, (bytes) => lines.add(bytes), signal);
    // One that ends at once and says nothing would be asked again and again.
    const tookMs = dependencies.platform.clock.monotonicMs() - beganMs;
    if (tookMs < AGAIN_FIRST_MS && this.#version === versionBefore) await this.#pause(signal);
  }

  /** @throws {DiscoveryError} for an event that ends the watch. */
  #take({ type, object: about }: Readonly<Record<string, unknown>>): void {
    if (type === "ERROR") {
      const { code, message } = object(about);
      const status = typeof code === "number" ? code : undefined;
      throw new DiscoveryError(`the watch has ended: ${text(message)}`, status);
    }
    const version = text(object(object(about)["metadata"])["resourceVersion"]);
    if (version !== "") this.#version = version;
    if (type !== "ADDED" && type !== "MODIFIED" && type !== "DELETED") return;
    this.#failures = 0;
    const key = type === "DELETED" ? this.#remove(about) : this.#put(this.#objects, about);
    if (key !== undefined) this.#options.onChange([key]);
  }

  /** The key of what was put; undefined for what is no object. */
  #put(into: Map<string, Kind>, json: unknown): string | undefined {
    try {
      const parsed = this.#options.resource.parse(json);
      const key = keyOf(parsed.meta);
      into.set(key, parsed);
      return key;
    } catch (error) {
      this.#complain(error);
      return undefined;
    }
  }

  #remove(json: unknown): string | undefined {
    const { name, namespace } = object(object(json)["metadata"]);
    const key = keyOf({ name: text(name), namespace: text(namespace) });
    return this.#objects.delete(key) ? key : undefined;
  }

  #url(query: Readonly<Record<string, string>>): string {
    const { server, resource, namespace, selector } = this.#options;
    const place = namespace === undefined || !resource.isNamespaced
      ? ""
      : `namespaces/${encodeURIComponent(namespace)}/`;
    const all = new URLSearchParams(query);
    if (selector.label !== "") all.set("labelSelector", selector.label);
    if (selector.field !== "") all.set("fieldSelector", selector.field);
    return `${server}/${resource.api}/${place}${resource.plural}?${all}`;
  }
}

const JSON_ONLY = { accept: "application/json" };

/** By which an object is known among those of its kind. */
export function keyOf({ name, namespace }: { name: string; namespace: string }): string {
  return namespace === "" ? name : `${namespace}/${name}`;
}
