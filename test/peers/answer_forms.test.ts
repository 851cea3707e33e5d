/** The table of answers says what curl and Go's client make of each: they are asked again. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ANSWER_FORMS, type AnswerForm, type Reading } from "../contract/answer_forms.ts";
import { serveForm } from "../contract/form_server.ts";
import { RawServer } from "../contract/raw_server.ts";
import { buildByGo } from "./support/built_by_go.ts";
import { missing } from "./support/installed.ts";
import { scratchDirectory } from "./support/scratch.ts";

const SMALL_BODY_BYTES = 100;
/** What curl says of an answer with a status whose body is cut, or not to its liking. */
const CURL_BODY_ERRORS: readonly number[] = [18, 28, 56];

const go = buildByGo("answer_forms");

function run(command: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(command, args, (error, output) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: output.trim() });
    });
  });
}

describe("the forms of an answer", () => {
  const servers: RawServer[] = [];
  const urls: string[] = [];
  const forms: readonly AnswerForm[] = Object.values(ANSWER_FORMS);

  before(async () => {
    for (const form of forms) {
      const server = new RawServer(serveForm(form));
      servers.push(server);
      urls.push(`http://127.0.0.1:${await server.open()}/`);
    }
  });
  after(async () => {
    for (const server of servers) await server.close();
  });

  function compare(readings: readonly Reading[], who: "curl" | "go"): void {
    const names = Object.keys(ANSWER_FORMS);
    const told = (of: (index: number) => Reading): string[] =>
      names.map((name, index) => `${name}: ${of(index)}`);
    assert.deepEqual(
      told((index) => readings[index]!),
      told((index) => forms[index]![who]),
    );
  }

  it("are read by curl as the table says", { skip: missing("curl") }, async () => {
    const directory = scratchDirectory("answer-forms");
    const readings: Reading[] = [];
    for (const [index, { bodyBytes = SMALL_BODY_BYTES }] of forms.entries()) {
      const body = join(directory, `${bodyBytes}`);
      writeFileSync(body, new Uint8Array(bodyBytes));
      const { code, output } = await run("curl", [
        ...["--silent", "--noproxy", "*", "--max-time", "5", "--output", "/dev/null"],
        ...["--write-out", "%{http_code}", "--header", "Expect:", "--data-binary", `@${body}`],
        urls[index]!,
      ]);
      const isRead = code === 0 || (CURL_BODY_ERRORS.includes(code) && output !== "000");
      readings.push(isRead ? Number(output) : "refused");
    }
    compare(readings, "curl");
  });

  it("are read by Go's client as the table says", { skip: go.skip }, async () => {
    const args = forms.flatMap((form, index) => [
      `${form.bodyBytes ?? SMALL_BODY_BYTES}`,
      urls[index]!,
    ]);
    const { output } = await run(go.path, args);
    const readings = output.split("\n").map((line) => line === "refused" ? line : Number(line));
    compare(readings, "go");
  });
});
