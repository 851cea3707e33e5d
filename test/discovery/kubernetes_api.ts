import type { HttpRequest } from "../../src/contracts.ts";
import { makeAnswer, type ScriptedAnswer } from "../../src/testing/memory.ts";
import { json } from "./support.ts";

/** An object as the API has it. */
export interface ApiObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
}

interface OpenWatch {
  readonly path: string;
  readonly request: HttpRequest;
  readonly end: () => void;
  readonly fail: (error: unknown) => void;
}

const OK = { status: 200, header: (): undefined => undefined };

/**
 * The API of a Kubernetes, played from its documentation ("Kubernetes API Concepts"): lists
 * in pages, watches from a resource version on, and what it does when that is too old.
 */
export class KubernetesApi {
  readonly asked: HttpRequest[] = [];
  /** By the path of their list, without a namespace. */
  readonly objects: Map<string, ApiObject[]> = new Map();
  version = 100;
  /** The largest page that it gives, whatever is asked for. */
  pageMax: number = Infinity;
  /** Answers to requests before all else. */
  refuse: (request: HttpRequest) => ScriptedAnswer | undefined = () => undefined;
  #watches: OpenWatch[] = [];

  get watches(): number {
    return this.#watches.length;
  }

  put(path: string, ...objects: readonly ApiObject[]): void {
    for (const object of objects) {
      const others = (this.objects.get(path) ?? []).filter((one) => !isSame(one, object));
      const type = others.length === (this.objects.get(path) ?? []).length ? "ADDED" : "MODIFIED";
      this.objects.set(path, [...others, object]);
      this.#event(path, type, object);
    }
  }

  remove(path: string, object: ApiObject): void {
    this.objects.set(path, (this.objects.get(path) ?? []).filter((one) => !isSame(one, object)));
    this.#event(path, "DELETED", object);
  }

  /** Changes what is there without a word to those who watch. */
  putUnseen(path: string, ...objects: readonly ApiObject[]): void {
    this.version++;
    this.objects.set(path, [...objects]);
  }

  /** To all who watch. */
  send(text: string): void {
    for (const { request, fail } of [...this.#watches]) {
      try {
        request.onBody?.(new TextEncoder().encode(text), OK);
      } catch (error) {
        // Then the client hangs up.
        this.#watches = this.#watches.filter((one) => one.request !== request);
        fail(error);
      }
    }
  }

  bookmark(): void {
    this.version++;
    const metadata = { resourceVersion: String(this.version), annotations: {} };
    this.send(`${JSON.stringify({ type: "BOOKMARK", object: { kind: "Pod", metadata } })}\n`);
  }

  /** The watches end as they do when their time is over. */
  endWatches(): void {
    for (const { end } of this.#watches.splice(0)) end();
  }

  /** The connections break. */
  cutWatches(): void {
    for (const { fail } of this.#watches.splice(0)) fail(new Error("connection reset by peer"));
  }

  readonly script = async (request: HttpRequest, signal: AbortSignal): Promise<ScriptedAnswer> => {
    this.asked.push(request);
    const refused = this.refuse(request);
    if (refused !== undefined) return refused;
    const { pathname, searchParams } = new URL(request.url);
    const [, before, namespace, plural] = /^\/(.*?)\/(?:namespaces\/([^/]+)\/)?([^/]+)$/
      .exec(pathname)!;
    const path = `/${before}/${plural}`;
    if (searchParams.get("watch") === "true") return await this.#watch(path, request, signal);
    const all = (this.objects.get(path) ?? []).filter(({ metadata }) =>
      namespace === undefined || metadata.namespace === namespace
    );
    const start = Number(searchParams.get("continue") ?? 0);
    const limit = Math.min(Number(searchParams.get("limit") ?? Infinity), this.pageMax);
    const items = all.slice(start, start + limit);
    const left = all.length - start - items.length;
    const metadata = {
      resourceVersion: String(this.version),
      ...(left > 0 && { continue: String(start + items.length), remainingItemCount: left }),
    };
    return json({ kind: "List", apiVersion: "v1", metadata, items });
  };

  #watch(path: string, request: HttpRequest, signal: AbortSignal): Promise<ScriptedAnswer> {
    return new Promise((resolve, reject) => {
      const end = (): void => resolve(makeAnswer(200));
      const watch = { path, request, end, fail: reject };
      this.#watches.push(watch);
      signal.addEventListener("abort", () => {
        this.#watches = this.#watches.filter((one) => one !== watch);
      });
    });
  }

  #event(path: string, type: string, object: ApiObject): void {
    this.version++;
    const metadata = { ...object.metadata, resourceVersion: String(this.version) };
    const line = `${JSON.stringify({ type, object: { ...object, metadata } })}\n`;
    for (const { path: watched, request } of this.#watches) {
      if (watched !== path) continue;
      const bytes = new TextEncoder().encode(line);
      // In the middle of a character, perhaps: the network knows nothing of lines.
      const half = bytes.length >> 1;
      for (const piece of [bytes.subarray(0, half), bytes.subarray(half)]) {
        request.onBody?.(piece, OK);
        // Its room is used again.
        piece.fill(0);
      }
    }
  }
}

function isSame(a: ApiObject, b: ApiObject): boolean {
  return a.metadata.name === b.metadata.name && a.metadata.namespace === b.metadata.namespace;
}
