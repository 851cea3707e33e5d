import assert from "node:assert/strict";
import { buildWhenAsked, type BuiltByGo } from "./built_by_go.ts";
import { Program } from "./program.ts";
import { freePort, scratchDirectory } from "./scratch.ts";

/** A series as Prometheus's storage has it. Floats that must not change are their bits in hexadecimal. */
export interface StoredSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly {
    readonly timestampMs: string;
    readonly startMs: string;
    readonly bits: string;
  }[];
  readonly histograms: readonly StoredHistogram[];
  readonly exemplars: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly timestampMs: string;
    readonly bits: string;
  }[];
}

export interface StoredHistogram {
  readonly timestampMs: string;
  readonly startMs: string;
  readonly isFloat: boolean;
  readonly schema: number;
  readonly count: number;
  readonly sumBits: string;
  readonly zeroCount: number;
  readonly zeroThresholdBits: string;
  readonly resetHint: number;
  readonly customValues: readonly number[] | null;
  /** Those that are not empty, as Prometheus writes them: `(1,2]:4`. */
  readonly buckets: readonly string[];
}

export interface StoredContent {
  readonly series: readonly StoredSeries[];
  /** By metric family. */
  readonly metadata: Readonly<Record<string, { type: string; help: string; unit: string }>>;
}

/** Builds the receiver: its path, or why it is not there. */
export function buildReceiver(): BuiltByGo {
  return buildWhenAsked("receiver");
}

/** Prometheus 3.16's receiver and storage. */
export class Receiver {
  readonly program: Program;
  readonly origin: string;

  private constructor(program: Program, origin: string) {
    this.program = program;
    this.origin = origin;
  }

  static async start(path: string): Promise<Receiver> {
    const address = `127.0.0.1:${await freePort()}`;
    const directory = scratchDirectory("receiver");
    const program = new Program([path, `-listen=${address}`, `-path=${directory}`]);
    await program.ready(`http://${address}/ready`);
    return new Receiver(program, `http://${address}`);
  }

  get writeUrl(): string {
    return `${this.origin}/api/v1/write`;
  }

  /** All that is stored. */
  async content(): Promise<StoredContent> {
    const answer = await fetch(`${this.origin}/content`);
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    return JSON.parse(text) as StoredContent;
  }
}
