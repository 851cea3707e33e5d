import type { App } from "../../../src/agent/app.ts";
import { main } from "../../../src/agent/cli.ts";
import { makeAnswer, type MemoryPlatform } from "../../../src/testing/memory.ts";
import type { Rig } from "../../queue/support.ts";
import { ask, FakeHost, makeApp } from "../support.ts";

/** A program with a queue in memory, and who asks it from another host. */
export class Program {
  readonly rig: Rig;
  readonly app: App;
  /** URLs that were asked for, in order. */
  readonly asked: string[] = [];
  /** The headers of the last request. */
  headers: Readonly<Record<string, string>> = {};
  isUp = true;

  private constructor(rig: Rig, hasAdminApi: boolean) {
    this.rig = rig;
    this.app = makeApp({ logger: rig.logger, platform: rig.platform, hasAdminApi });
    this.app.open(rig.queue, 1_000_000);
  }

  static async start(
    rig: Rig,
    { hasAdminApi = true }: { hasAdminApi?: boolean } = {},
  ): Promise<Program> {
    return new Program(await rig.open(), hasAdminApi);
  }

  /** Runs a command on another host, while this program's time goes on. */
  async run(
    args: readonly string[],
    more: { answers?: readonly string[]; prepare?: (host: FakeHost) => void | Promise<void> } = {},
  ): Promise<Ran> {
    const host = new FakeHost(args);
    host.answers.push(...more.answers ?? []);
    host.platform.http.script = async ({ url, body, headers }) => {
      if (!this.isUp) throw new Error("connection refused");
      this.asked.push(url);
      this.headers = headers;
      const init = body === undefined
        ? { headers }
        : { method: "POST", body: body.slice(), headers };
      const request = new Request(url, init as RequestInit);
      const answer = await this.rig.wait(ask(this.app.handler, request));
      return makeAnswer(answer.status, await answer.text());
    };
    await more.prepare?.(host);
    return await runOn(host);
  }
}

/** What came of a command. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly host: FakeHost;
}

/** Runs what the host's command line says, and lets its time pass until that ends. */
export async function runOn(host: FakeHost): Promise<Ran> {
  let code: number | undefined;
  const ended = main(host).then((result) => code = result);
  while (code === undefined) {
    await host.platform.time.advance(500);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await ended;
  const { stdout, stderr } = host.printed;
  return { code, out: stdout, err: stderr + host.errLines.join("\n"), host };
}

/** A host on whose disk a queue was closed. */
export async function stoppedHost(rig: Rig, args: readonly string[]): Promise<FakeHost> {
  await rig.wait(rig.queue.close());
  const { platform } = rig;
  return new FakeHost(args, platform as MemoryPlatform);
}
