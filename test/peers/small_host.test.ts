/**
 * On a host of 256 MiB no request of any form ends the program: whatever can be
 * repeated cheaply in one is sent by several senders at once, one form after the
 * other to one process, which is asked all the while whether it is healthy.
 */
import assert from "node:assert/strict";
import { createServer, request as httpRequest } from "node:http";
import { describe, it } from "node:test";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { DENSE_FORMS, type DenseForm } from "../hostile/dense.ts";
import { MemoryGroup } from "./support/memory_group.ts";
import { freePort, scratchDirectory } from "./support/scratch.ts";
import { RUNTIMES, WalqProgram, writeConfig } from "./support/walq.ts";

const MIB = 1024 * 1024;
const HOST_BYTES = 256 * MIB;
/** The defaults of `limits`, which the forms fill. */
const UNCOMPRESSED_BYTES = 16 * MIB;
const REQUEST_BYTES = 8 * MIB;
const SENDERS = [1, 4];
/** Between two questions, and between two forms. */
const PAUSE_MS = 20;

const groups = MemoryGroup.open("walq-probe", HOST_BYTES);
groups?.remove();

interface Answer {
  readonly status: number;
  readonly text: string;
}

function bodyOf(form: DenseForm): Uint8Array {
  const body = form.make(UNCOMPRESSED_BYTES, Date.now());
  return body.length <= REQUEST_BYTES ? body : form.make(REQUEST_BYTES - 64, Date.now());
}

/** Status 0 when the connection broke off: an early refusal may cut off who still sends. */
function post(url: string, form: DenseForm, body: Uint8Array): Promise<Answer> {
  const proto = form.version === "v2" ? ";proto=io.prometheus.write.v2.Request" : "";
  const headers = {
    "content-encoding": "snappy",
    "content-type": `application/x-protobuf${proto}`,
    "content-length": body.length,
  };
  return new Promise((resolve) => {
    const sent = httpRequest(url, { method: "POST", headers }, (message) => {
      let text = "";
      message.setEncoding("utf8").on("data", (part: string) => text += part);
      message.on("end", () => resolve({ status: message.statusCode ?? 0, text }));
      message.on("error", (error) => resolve({ status: 0, text: error.message }));
    });
    sent.on("error", (error) => resolve({ status: 0, text: error.message }));
    sent.end(body);
  });
}

/** How long the longest answer took while something else was done. */
async function longestWhile(url: string, act: () => Promise<void>): Promise<number> {
  let isOver = false;
  let longestMs = 0;
  const asking = (async () => {
    while (!isOver) {
      const start = performance.now();
      const answer = await fetch(url);
      await answer.arrayBuffer();
      assert.equal(answer.status, 200);
      longestMs = Math.max(longestMs, performance.now() - start);
      await delay(PAUSE_MS);
    }
  })();
  asking.catch(() => {});
  try {
    await act();
  } finally {
    isOver = true;
  }
  await asking;
  return longestMs;
}

function whyNot(): string | false {
  const isAsked = process.env["WALQ_PEERS_LONG"] === "1";
  if (!isAsked) return "it takes ten minutes: WALQ_PEERS_LONG=1 npm run test:peers";
  return groups === undefined && "no memory group can be made here";
}

describe("a host of 256 MiB", { skip: whyNot() }, () => {
  for (const runtime of RUNTIMES) {
    for (const senders of SENDERS) {
      it(`${runtime}: no form of request ends the program, ${senders} at once`, async () => {
        const sink = createServer((message, response) => {
          message.resume().on("end", () => response.writeHead(204).end());
        });
        const sinkPort = await freePort();
        await new Promise<void>((resolve) => sink.listen(sinkPort, "127.0.0.1", resolve));
        const group = MemoryGroup.open("walq-small-host", HOST_BYTES)!;
        const config = await writeConfig({
          directory: scratchDirectory("small-host"),
          url: `http://127.0.0.1:${sinkPort}/`,
        });
        const walq = await WalqProgram.start(runtime, config, { wrapper: group.wrapper });
        let longest = { ms: 0, name: "" };
        for (const form of DENSE_FORMS) {
          const name = `${form.version} ${form.name}`;
          const body = bodyOf(form);
          const ms = await longestWhile(`${walq.origin}/-/healthy`, async () => {
            const all = Array.from({ length: senders }, () => post(walq.writeUrl, form, body));
            for (const { status, text } of await Promise.all(all)) {
              assert.ok([0, 204, 400, 413, 503].includes(status), `${name}: ${status} ${text}`);
            }
            await delay(PAUSE_MS);
          }).catch((error: Error) => {
            throw new Error(`${name}: ${error.message}\n${walq.program.describe()}`);
          });
          if (ms > longest.ms) longest = { ms, name };
        }
        const exit = await walq.program.stop("SIGTERM");
        assert.equal(exit.code, 0, walq.program.describe());
        // Printed and not asserted: it depends on who else works here.
        console.log(
          `${runtime}, ${senders} at once: peak ${Math.round(group.peakBytes() / MIB)} MiB; ` +
            `/-/healthy took ${Math.round(longest.ms)} ms at most, by "${longest.name}"`,
        );
        group.remove();
        sink.closeAllConnections();
        sink.close();
      });
    }
  }
});
