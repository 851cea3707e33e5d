import type { CancelTimer, Clock, FileSystem } from "../../contracts.ts";
import type { Choice } from "./choice.ts";
import { EventStream } from "./event_stream.ts";
import { filesEvent } from "./files.ts";
import { History, SAMPLE_MS } from "./history.ts";
import type { EndpointLine } from "./protocol.ts";
import { queueLine } from "./queue_line.ts";
import { ReadingCheck } from "./reading_check.ts";
import { SampleKeeper } from "./sample_keeper.ts";
import type { PageSubject } from "./subject.ts";
import { targetsEvent } from "./targets.ts";
import { endpointEvent, lineOf, type ViewContext } from "./view.ts";

/** Who may look at once: each costs a little all the time. */
export const CLIENTS_MAX = 16;
/** How often those who look are told what has changed. */
export const TICK_MS = 2_000;
/** How often the disk is asked: for files that were set aside, and for its room. */
const DISK_TICKS = 8;

/** What a {@link PageHub} works with. */
export interface HubDependencies {
  readonly clock: Clock;
  readonly subject: () => PageSubject;
  readonly files?: Pick<FileSystem, "freeBytes"> | undefined;
}

/** One who looks. */
interface Client {
  readonly stream: EventStream;
  readonly choice: Choice;
  /** What was told last, as JSON, by what it is about. */
  readonly told: Map<string, string>;
  readonly reading: ReadingCheck;
  endLook: () => void;
}

/** Remembers how the queue was, and tells those who look how it is. Without anybody it only remembers. */
export class PageHub {
  readonly sample: SampleKeeper;
  readonly #clock: Clock;
  readonly #of: HubDependencies;
  readonly #history = new History();
  readonly #clients = new Set<Client>();
  #cancelSampling: CancelTimer | undefined;
  #cancelTick: CancelTimer | undefined;
  #sampledMs = 0;
  #ticks = 0;
  #freeBytes: number | undefined;
  #isClosed = false;

  constructor(dependencies: HubDependencies) {
    this.#of = dependencies;
    this.#clock = dependencies.clock;
    this.sample = new SampleKeeper(this.#clock, () => this.#of.subject().queue);
  }

  /** How many look. */
  get clients(): number {
    return this.#clients.size;
  }

  /** The queue is open: what it does is remembered from now on. */
  start(): void {
    if (this.#isClosed || this.#cancelSampling !== undefined) return;
    this.#see();
  }

  /** Nobody is told anything any more. */
  close(): void {
    this.#isClosed = true;
    this.#cancelSampling?.();
    this.#cancelTick?.();
    this.sample.stop();
    for (const { stream } of [...this.#clients]) stream.close();
  }

  /** The events of somebody who looks; undefined where too many do. */
  open(choice: Choice): ReadableStream<Uint8Array> | undefined {
    if (this.#isClosed || this.#clients.size >= CLIENTS_MAX) return undefined;
    const stream = new EventStream(() => {
      client.endLook();
      this.#clients.delete(client);
    });
    const endLook = choice.view === "rules" ? this.sample.look() : () => {};
    const reading = new ReadingCheck(this.#clock);
    const client: Client = { stream, choice, told: new Map(), reading, endLook };
    this.#clients.add(client);
    const context = this.#context();
    this.#show(client, context, context && linesOf(context));
    this.#showFromDisk(client);
    this.#askWhetherItReads(client);
    void this.#lookAtDisk();
    this.#tickSoon();
    return stream.body;
  }

  /** Somebody has read what the event `read` asked. */
  answered(question: string): void {
    for (const { reading } of this.#clients) reading.answer(question);
  }

  /** Asked often enough that whoever is between takes no connection for an idle one. */
  #askWhetherItReads({ reading, stream }: Client): void {
    const question = reading.question();
    if (question !== undefined) stream.send("read", JSON.stringify(question));
  }

  #see(): void {
    const { queue } = this.#of.subject();
    if (queue !== undefined) {
      this.#history.see(queue.stats().endpoints, this.#clock.monotonicMs());
      this.#sampledMs = this.#clock.nowMs();
    }
    this.#cancelSampling = this.#clock.after(SAMPLE_MS, () => this.#see());
  }

  #tickSoon(): void {
    this.#cancelTick ??= this.#clock.after(TICK_MS, () => {
      this.#cancelTick = undefined;
      if (this.#clients.size === 0) return;
      this.#tick();
      this.#tickSoon();
    });
  }

  #tick(): void {
    const isForDisk = ++this.#ticks % DISK_TICKS === 0;
    if (isForDisk) void this.#lookAtDisk();
    const context = this.#context();
    const lines = context && linesOf(context);
    for (const client of [...this.#clients]) {
      if (client.reading.isOverdue) {
        client.stream.cut();
        continue;
      }
      this.#show(client, context, lines);
      if (isForDisk) this.#showFromDisk(client);
      this.#askWhetherItReads(client);
    }
  }

  #context(): ViewContext | undefined {
    const { queue, titles } = this.#of.subject();
    if (queue === undefined) return undefined;
    return {
      queue: queue.stats(),
      nowMs: this.#clock.nowMs(),
      ratesOf: memo((name: string) => this.#history.rates(name)),
      detailsOf: memo((name: string) => queue.details?.(name)),
      freeBytes: this.#freeBytes,
      titles,
    };
  }

  #show(
    client: Client,
    context: ViewContext | undefined,
    lines: readonly EndpointLine[] = [],
  ): void {
    const { choice } = client;
    const subject = this.#of.subject();
    this.#tell(client, "queue", queueLine(subject, context?.queue, lines));
    if (choice.view === "targets") {
      this.#tell(client, "targets", targetsEvent(subject.pools, choice.targets));
    } else if (choice.view === "rules") {
      this.#tell(client, "sample", this.sample.event);
      this.#tell(client, "names", lines.map(({ name, title }) => [name, title]));
    } else if (context === undefined) return;
    else if (choice.view === "overview") this.#showOverview(client, lines);
    else this.#showEndpoint(client, context);
  }

  /** Those lines that have changed. */
  #showOverview(client: Client, lines: readonly EndpointLine[]): void {
    const changed = lines.filter((line) => this.#isNews(client, `line ${line.name}`, line));
    const names = lines.map(({ name }) => name);
    const isReordered = this.#isNews(client, "names", names);
    if (isReordered) this.#forgetOthers(client, new Set(names));
    if (!isReordered && changed.length === 0) return;
    this.#send(client, "overview", { ...isReordered && { names }, lines: changed });
  }

  /** A name that comes again is told again. */
  #forgetOthers({ told }: Client, names: ReadonlySet<string>): void {
    for (const key of told.keys()) {
      if (key.startsWith("line ") && !names.has(key.slice(5))) told.delete(key);
    }
  }

  #showEndpoint(client: Client, context: ViewContext): void {
    const { endpoint: name, span } = client.choice;
    const endpoint = context.queue.endpoints.find((one) => one.name === name);
    if (endpoint === undefined) return this.#tell(client, "gone", { name });
    this.#tell(client, "endpoint", endpointEvent(endpoint, context));
    // It changes with each look at the queue and not otherwise, and is long.
    if (!this.#isNews(client, "sampled", this.#sampledMs)) return;
    const history = this.#history.event(name, span, this.#sampledMs);
    if (history !== undefined) this.#tell(client, "history", history);
  }

  #showFromDisk(client: Client): void {
    const { view, endpoint } = client.choice;
    if (view !== "endpoint") return;
    const { queue, mayAct } = this.#of.subject();
    if (queue === undefined) return;
    // A disk that does not answer shows nothing; all else goes on.
    filesEvent(queue, endpoint, mayAct).then(
      (event) => this.#tell(client, "files", event),
      () => {},
    );
  }

  async #lookAtDisk(): Promise<void> {
    const path = this.#of.subject().queue?.stats().dataPath;
    if (path === undefined) return;
    try {
      this.#freeBytes = await this.#of.files?.freeBytes?.(path);
    } catch {
      this.#freeBytes = undefined;
    }
  }

  #tell(client: Client, name: string, data: unknown): void {
    if (this.#isNews(client, name, data)) this.#send(client, name, data);
  }

  #isNews({ told }: Client, key: string, data: unknown): boolean {
    const json = JSON.stringify(data);
    if (told.get(key) === json) return false;
    told.set(key, json);
    return true;
  }

  #send(client: Client, name: string, data: unknown): void {
    client.stream.send(name, JSON.stringify(data));
  }
}

function linesOf(context: ViewContext): EndpointLine[] {
  return context.queue.endpoints.map((endpoint) => lineOf(endpoint, context));
}

/** Asked once for each name. */
function memo<Value>(ask: (name: string) => Value): (name: string) => Value {
  const known = new Map<string, Value>();
  return (name) => {
    if (!known.has(name)) known.set(name, ask(name));
    return known.get(name)!;
  };
}
