/**
 * Whether a text is there to its end. OpenMetrics says so by a line of its own; of JSON lines
 * only that can be told that the last one is whole.
 */
import type { FileSystem } from "../contracts.ts";
import { WalqError } from "../errors.ts";
import { jsonLineFault } from "./json_line.ts";
import {
  LINE_BYTES_MAX,
  type LineChunk,
  lineFeedsIn,
  PART_BYTES,
  partsOfFile,
} from "./line_chunks.ts";
import type { TextForm } from "./text_forms.ts";

/** The last line of a whole text of OpenMetrics. */
export const EOF_LINE = "# EOF\n";
const LINE_FEED = 0x0a;

/**
 * Looks at the end of a file before anything of it is taken.
 *
 * @throws {WalqError} `INVALID_REQUEST` with the line at which it ends, where its end is missing.
 */
export async function refuseCutText(
  files: FileSystem,
  path: string,
  form: TextForm,
): Promise<void> {
  const { fileBytes } = await files.readHead(path, 0);
  if (form === "openmetrics") {
    const at = Math.max(0, fileBytes - EOF_LINE.length - 1);
    const tail = await files.readPart(path, at, fileBytes - at);
    if (!endsWithEof(new TextDecoder("latin1").decode(tail), at === 0)) {
      throw withoutEof(path, await linesIn(files, path));
    }
    return;
  }
  const fault = jsonLineFault(await unendedLine(files, path, fileBytes));
  if (fault === undefined) return;
  throw new WalqError(
    "INVALID_REQUEST",
    `Cannot read "${path}", line ${await linesIn(files, path)}, which is its last: ${fault}`,
  );
}

/** The end of a text that comes piece by piece. */
export class TextEnd {
  readonly #form: TextForm;
  readonly #name: string;
  #lines = 0;
  #hasEof = false;

  /** `name` is for messages. */
  constructor(form: TextForm, name: string) {
    this.#form = form;
    this.#name = name;
  }

  /**
   * To be called with each piece before it is taken.
   *
   * @throws {WalqError} `INVALID_REQUEST` for one behind the end, and for the last one if the end is missing.
   */
  pass({ bytes, firstLine, isLast }: LineChunk): void {
    if (this.#form !== "openmetrics") return;
    if (this.#hasEof) {
      const message = `Cannot read "${this.#name}", line ${firstLine}: got more behind "# EOF"`;
      throw new WalqError("INVALID_REQUEST", message);
    }
    this.#lines = firstLine + lineFeedsIn(bytes) - 1;
    const tail = bytes.subarray(-EOF_LINE.length - 1);
    const isWhole = bytes.length <= EOF_LINE.length;
    this.#hasEof = endsWithEof(new TextDecoder("latin1").decode(tail), isWhole);
    if (isLast) this.end();
  }

  /** To be called behind the last piece. @throws {WalqError} `INVALID_REQUEST` if the end is missing. */
  end(): void {
    if (this.#form !== "openmetrics" || this.#hasEof) return;
    throw withoutEof(this.#name, this.#lines);
  }
}

function endsWithEof(tail: string, isWhole: boolean): boolean {
  const text = tail.endsWith("\n") ? tail : `${tail}\n`;
  return text.endsWith(`\n${EOF_LINE}`) || (isWhole && text === EOF_LINE);
}

function withoutEof(name: string, lines: number): WalqError {
  return new WalqError(
    "INVALID_REQUEST",
    `Cannot read "${name}": it ends at line ${lines} without "# EOF", wanted that as its last ` +
      "line: it was cut, or is Prometheus's older format, which has no end; if it is whole, add that line",
  );
}

/** The last line, if it has no line feed; "" of any other text. */
async function unendedLine(files: FileSystem, path: string, fileBytes: number): Promise<string> {
  const parts: Uint8Array[] = [];
  for (let end = fileBytes; end > 0 && fileBytes - end <= LINE_BYTES_MAX;) {
    const at = Math.max(0, end - PART_BYTES);
    const part = await files.readPart(path, at, end - at);
    const feed = part.lastIndexOf(LINE_FEED);
    parts.unshift(part.subarray(feed + 1));
    if (feed >= 0) break;
    end = at;
  }
  const decoder = new TextDecoder();
  return parts.map((part) => decoder.decode(part, { stream: true })).join("") + decoder.decode();
}

async function linesIn(files: FileSystem, path: string): Promise<number> {
  let lines = 0;
  let last = LINE_FEED;
  for await (const part of partsOfFile(files, path)) {
    lines += lineFeedsIn(part);
    last = part.at(-1)!;
  }
  return last === LINE_FEED ? lines : lines + 1;
}
