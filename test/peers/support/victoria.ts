import { Program } from "./program.ts";
import { freePort, scratchDirectory } from "./scratch.ts";

/** A series as VictoriaMetrics exports it: every raw sample. */
export interface ExportedSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly number[];
  readonly timestamps: readonly number[];
}

/** A real VictoriaMetrics. */
export class VictoriaMetrics {
  readonly program: Program;
  readonly origin: string;

  private constructor(program: Program, origin: string) {
    this.program = program;
    this.origin = origin;
  }

  static async start(): Promise<VictoriaMetrics> {
    const address = `127.0.0.1:${await freePort()}`;
    const program = new Program([
      "victoria-metrics",
      `-httpListenAddr=${address}`,
      `-storageDataPath=${scratchDirectory("victoria")}`,
      "-loggerLevel=ERROR",
    ]);
    await program.ready(`http://${address}/health`);
    return new VictoriaMetrics(program, `http://${address}`);
  }

  get writeUrl(): string {
    return `${this.origin}/api/v1/write`;
  }

  /** Every sample of the series that match; what came in a moment ago, too. */
  async export(match: string): Promise<ExportedSeries[]> {
    await (await fetch(`${this.origin}/internal/force_flush`)).arrayBuffer();
    const query = new URLSearchParams({ "match[]": match });
    const answer = await fetch(`${this.origin}/api/v1/export?${query}`);
    const lines = (await answer.text()).split("\n").filter((line) => line !== "");
    return lines.map((line) => JSON.parse(line) as ExportedSeries);
  }
}

/** A real vmagent with one endpoint. */
export class Vmagent {
  readonly program: Program;
  readonly origin: string;

  private constructor(program: Program, origin: string) {
    this.program = program;
    this.origin = origin;
  }

  static async start(url: string, flags: readonly string[] = []): Promise<Vmagent> {
    const address = `127.0.0.1:${await freePort()}`;
    const program = new Program([
      "vmagent",
      `-httpListenAddr=${address}`,
      `-remoteWrite.url=${url}`,
      `-remoteWrite.tmpDataPath=${scratchDirectory("vmagent")}`,
      "-loggerLevel=WARN",
      ...flags,
    ]);
    await program.ready(`http://${address}/health`);
    return new Vmagent(program, `http://${address}`);
  }

  get writeUrl(): string {
    return `${this.origin}/api/v1/write`;
  }
}
