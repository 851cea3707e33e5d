import { decode } from "@msgpack/msgpack";
import { readWalqV1 } from "../kernel/twin/walq_v1.ts";
import type { HttpRequest } from "../../src/contracts.ts";
import { decodePlainRequest } from "../support/remote_write_v1.ts";
import { decodePlainRequestV2 } from "../support/remote_write_v2.ts";
import { isV2 } from "./answer_v2.ts";
import type { Model, Row } from "./model.ts";
import { unpack } from "./snappy.ts";

/** Rows by their series' name and value, from bytes that none of walq's own code reads. */
export class RowReader {
  readonly #model: Model;
  readonly #requests = new WeakMap<Uint8Array, Row[]>();
  /** A file never changes under its name and checksum. */
  readonly #files = new Map<string, Row[]>();

  constructor(model: Model) {
    this.#model = model;
  }

  ofRequest(request: HttpRequest): Row[] {
    const body = request.body!;
    const known = this.#requests.get(body);
    if (known) return known;
    const read = isV2(request) ? decodePlainRequestV2 : decodePlainRequest;
    const rows = read(unpack(body)).flatMap(({ labels, samples }) => {
      const name = labels.find(([key]) => key === "__name__")?.[1] ?? "";
      return samples.map(({ valueBits }) => this.#row(name, floatOf(valueBits)));
    });
    this.#requests.set(body, rows);
    return rows;
  }

  /** The rows of a committed file; undefined when it is damaged. */
  ofFile(bytes: Uint8Array): Row[] | undefined {
    try {
      const { Meta, Data } = decode(bytes) as { Meta: Record<string, string>; Data: Uint8Array };
      const key = `${Meta["checksum"]}:${Data.length}`;
      const known = this.#files.get(key);
      if (known) return known;
      const rows = readWalqV1(unpack(Data)).rows.map(({ labels, bits }) => {
        const name = labels.find(([key]) => key === "__name__");
        return this.#row(name?.[1] ?? "", floatOf(bits));
      });
      this.#files.set(key, rows);
      return rows;
    } catch {
      return undefined;
    }
  }

  #row(name: string, value: number): Row {
    const row = this.#model.rows[Number(name.slice(1))]?.[value];
    if (row !== undefined) return row;
    this.#model.violate(`a sample that nobody sent: ${name}=${value}`);
    throw new Error("a sample that nobody sent");
  }
}

function floatOf(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}
