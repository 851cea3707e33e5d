/** An answer counts whatever its form: {@link ANSWER_FORMS}, against real sockets. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { HttpClient } from "../../src/contracts.ts";
import { UnreadableAnswerError } from "../../src/errors.ts";
import { ANSWER_FORMS, type AnswerForm } from "./answer_forms.ts";
import { serveForm } from "./form_server.ts";
import { RawServer } from "./raw_server.ts";

const SMALL_BODY_BYTES = 100;

export function answerFormsContract(name: string, open: () => Promise<HttpClient>): void {
  describe(`HttpClient reads, on ${name},`, () => {
    let client: HttpClient;
    before(async () => {
      client = await open();
    });
    after(() => client.close());

    for (const [what, form] of Object.entries(ANSWER_FORMS)) {
      it(what, async () => {
        const server = new RawServer(serveForm(form));
        const url = `http://127.0.0.1:${await server.open()}/`;
        try {
          // The second one shows that the first has left nothing behind on its connection.
          for (let time = 0; time < 2; time++) check(await exchange(client, url, form), form);
        } finally {
          await server.close();
        }
      });
    }

    it("what curl or Go read, unless a rule forbids it", () => {
      for (const [what, { curl, go, walq, because }] of Object.entries(ANSWER_FORMS)) {
        const status = curl === "refused" ? go : curl;
        const isSame = status === "refused" ? walq instanceof RegExp : walq === status;
        assert.equal(
          because !== undefined,
          !isSame,
          `${what}: is it as they do, or is a rule named?`,
        );
      }
    });
  });
}

async function exchange(client: HttpClient, url: string, form: AnswerForm): Promise<unknown> {
  const { bodyBytes = SMALL_BODY_BYTES } = form;
  const request = { url, method: "POST" as const, headers: {}, answerBytesMax: 1024 };
  const body = new Uint8Array(bodyBytes);
  try {
    return (await client.exchange({ ...request, body }, new AbortController().signal)).status;
  } catch (error) {
    return error;
  }
}

function check(outcome: unknown, { walq }: AnswerForm): void {
  if (typeof walq === "number") return assert.equal(outcome, walq);
  assert.ok(outcome instanceof Error, `got ${String(outcome)}, expected ${walq}`);
  assert.match(outcome.message, walq);
  assert.equal(outcome instanceof UnreadableAnswerError, /cannot be read/.test(outcome.message));
}
