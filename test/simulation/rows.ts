import { Buffer } from "node:buffer";
import { decode } from "@msgpack/msgpack";
import { readWalqV1 } from "../kernel/twin/walq_v1.ts";
import type { HttpRequest } from "../../src/contracts.ts";
import { decodeHistogram, decodePlainRequest } from "../support/remote_write_v1.ts";
import { decodePlainRequestV2 } from "../support/remote_write_v2.ts";
import { isV2 } from "./answer_v2.ts";
import { whyOtherLabels } from "./label_rules.ts";
import { kindOf, type Model, type Row } from "./model.ts";
import type { LabelPairs } from "../support/signals.ts";
import { unpack } from "./snappy.ts";

interface WrittenFile {
  readonly bytes: Uint8Array;
  readonly rows: Row[];
}

/** A file of a queue, as MessagePack has it. */
interface FileForm {
  readonly Meta: Readonly<Record<string, string>>;
  readonly Data: Uint8Array;
}

interface ReadRequest {
  readonly rows: readonly Row[];
  readonly labelSets: readonly LabelPairs[];
  /** Of the sample with which walq asks whether samples may come late. */
  readonly probeMs: number | undefined;
}

/** Rows by their series' name and value, from bytes that none of walq's own code reads. */
export class RowReader {
  readonly #model: Model;
  readonly #requests = new WeakMap<Uint8Array, ReadRequest>();
  readonly #rejected = new WeakMap<Uint8Array, readonly Row[]>();
  readonly #sentAgain = new WeakMap<readonly Row[], string>();
  /** What was written, by length. */
  readonly #files = new Map<number, WrittenFile[]>();

  constructor(model: Model) {
    this.#model = model;
  }

  /** The id of a batch is known when its file has its name. */
  named(id: number, bytes: Uint8Array): void {
    for (const row of this.ofFile(bytes) ?? []) {
      row.firstBatch ??= id;
      row.batch = id;
    }
  }

  /** A request as it leaves: its labels are what the rules of this moment make. */
  leaving(request: HttpRequest): readonly Row[] {
    const { rows, labelSets } = this.#read(request);
    const mayBeAgain = rows.every((row) => this.#model.everRefused.has(row));
    for (const labels of labelSets) {
      const wrong = whyOtherLabels(labels, this.#model.labelRules, mayBeAgain);
      if (wrong !== undefined) this.#model.violate(`got ${wrong}`);
    }
    return rows;
  }

  /** The label sets of a request of which all rows were refused before; undefined for another one. */
  labelsOfBefore(request: HttpRequest): ReadonlySet<string> | undefined {
    const { rows, labelSets } = this.#read(request);
    if (!rows.every((row) => this.#model.everRefused.has(row))) return undefined;
    return new Set(labelSets.map((labels) => JSON.stringify(labels)));
  }

  ofRequest(request: HttpRequest): readonly Row[] {
    return this.#read(request).rows;
  }

  /** The time of a sample with which walq asks whether samples may come late; undefined of all else. */
  probeOf(request: HttpRequest): number | undefined {
    return this.#read(request).probeMs;
  }

  #read(request: HttpRequest): ReadRequest {
    const body = request.body!;
    const known = this.#requests.get(body);
    if (known) return known;
    const read = isV2(request) ? decodePlainRequestV2 : decodePlainRequest;
    const all = read(unpack(body));
    // What walq asks with is nobody's.
    const series = all.filter(({ labels }) => !isProbe(labels));
    const probeMs = all.find(({ labels }) => isProbe(labels))?.samples[0]?.timestampMs;
    const fresh = {
      rows: this.#rowsOf(series),
      probeMs: probeMs === undefined ? undefined : Number(probeMs),
      labelSets: series.map(({ labels }) => labels),
    };
    this.#requests.set(body, fresh);
    return fresh;
  }

  #rowsOf(series: ReturnType<typeof decodePlainRequest>): Row[] {
    return series.flatMap(({ labels, samples, histograms = [] }) => [
      ...samples.map(({ valueBits }) => this.#row("sample", labels, valueBits)),
      ...histograms.map(({ sumBits }) => this.#row("histogram", labels, sumBits)),
    ]);
  }

  /** A file as it is written, before any disk can damage it. */
  written(bytes: Uint8Array): void {
    if (this.ofFile(bytes) !== undefined) return;
    const { Meta, Data } = decode(bytes) as FileForm;
    const signals = readWalqV1(unpack(Data)).rows.filter(({ kind }) => kind !== "exemplar");
    const rows = signals.map(({ kind, labels, bits, histogram }) =>
      this.#row(kind, labels, kind === "sample" ? bits : decodeHistogram(histogram).sumBits)
    );
    const alike = this.#files.get(bytes.length) ?? [];
    this.#files.set(bytes.length, alike);
    alike.push({ bytes, rows });
    const again = Meta["sent_again"];
    if (again !== undefined) this.#sentAgain.set(rows, again);
  }

  /** The rows of a file; undefined when it is not byte for byte one that was written. */
  ofFile(bytes: Uint8Array): Row[] | undefined {
    const alike = this.#files.get(bytes.length);
    return alike?.find((known) => Buffer.compare(known.bytes, bytes) === 0)?.rows;
  }

  /** Rows of a batch that is sent again: no commit is whole in it. */
  isSentAgain(rows: readonly Row[]): boolean {
    return this.#sentAgain.has(rows);
  }

  /** The same of one that was delivered before. */
  isReplayed(rows: readonly Row[]): boolean {
    return this.#sentAgain.get(rows) === "batch";
  }

  /** The rows of a request in `rejected/`. */
  ofRejected(bytes: Uint8Array): readonly Row[] {
    const known = this.#rejected.get(bytes);
    if (known) return known;
    const { Meta, Data } = decode(bytes) as FileForm;
    const isV2 = Meta["message"] === "io.prometheus.write.v2.Request";
    const series = (isV2 ? decodePlainRequestV2 : decodePlainRequest)(unpack(Data));
    const rows = this.#rowsOf(series);
    this.#rejected.set(bytes, rows);
    return rows;
  }

  #row(kind: string, labels: LabelPairs, valueBits: bigint): Row {
    const name = labels.find(([key]) => key === "__name__")?.[1] ?? "";
    const value = floatOf(valueBits);
    const row = this.#model.rows[Number(name.slice(1))]?.[value];
    if (row !== undefined && kindOf(row) === kind) return row;
    this.#model.violate(`a ${kind} that nobody sent: ${name}=${value}`);
    throw new Error(`a ${kind} that nobody sent`);
  }
}

function isProbe(labels: LabelPairs): boolean {
  return labels.some(([name, value]) => name === "__name__" && value === "walq_order_probe");
}

/** The number that these bits are. */
export function floatOf(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}
