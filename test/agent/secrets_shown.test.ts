/** What the program tells of itself, whatever endpoints and those who give out tokens say: no secret is in it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpRequest } from "../../src/contracts.ts";
import { loadKernel } from "../../src/kernel/kernel.ts";
import { messageOf } from "../../src/errors.ts";
import type { EndpointOptions } from "../../src/options.ts";
import { Queue } from "../../src/queue.ts";
import { makeAnswer, MemoryPlatform } from "../../src/testing/memory.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { ask, makeApp } from "./support.ts";

/** Part of every secret below, and of nothing else. */
const MARK = "hunter2";

const IDENTITIES: Readonly<Record<string, Partial<EndpointOptions>>> = {
  basic: { basicAuth: { username: "walq", password: `${MARK}-password` } },
  bearer: { bearerToken: `${MARK}-token` },
  file: { bearerTokenFile: "/etc/token" },
  headers: { headers: { "x-key": `${MARK}-header` } },
  path: { url: `http://push.example/api/${MARK}-aaaaaaaaaaaaaaaaaaaaaaaaaaaa/write?key=${MARK}-q` },
  oauth2: {
    oauth2: {
      clientId: "walq",
      clientSecret: `${MARK}-secret`,
      tokenUrl: `https://login.example/token?key=${MARK}-query`,
    },
  },
  sigv4: { sigv4: { region: "eu-1", accessKey: "AKIA", secretKey: `${MARK}-secret` } },
  azure: {
    azuread: {
      oauth: {
        clientId: "00000000-1111-2222-3333-444444444444",
        clientSecret: `${MARK}-secret`,
        tenantId: "00000000-1111-2222-3333-444444444444",
      },
    },
  },
  proxy: { proxyUrl: `http://walq:${MARK}-proxy@proxy.example:3128` },
};

/** All that the request says, and more than an endpoint should. */
function echoed({ url, headers, body }: HttpRequest): string {
  const isText = headers["content-type"]?.includes("form") ?? false;
  return JSON.stringify({ url, headers, body: isText ? new TextDecoder().decode(body) : "" });
}

/** A line of the log about what the endpoint has said. */
const TOLD = /40[01]|cannot connect/;

const REPLIES: Readonly<Record<string, (request: HttpRequest) => Promise<never> | [number]>> = {
  refused: () => [401],
  rejected: () => [400],
  unreachable: (request) => Promise.reject(new Error(`cannot connect: ${echoed(request)}`)),
};

for (const [name, identity] of Object.entries(IDENTITIES)) {
  for (const [kind, reply] of Object.entries(REPLIES)) {
    test(`nothing that is shown has a secret of ${name} in it, when all is ${kind}`, async () => {
      await loadKernel();
      const platform = new MemoryPlatform();
      platform.files.plant("/etc/token", new TextEncoder().encode(`${MARK}-file`));
      let requests = 0;
      platform.http.script = async (request) => {
        requests++;
        const isToken = /login|oauth2/.test(request.url);
        // Every other one: what a token is, is as secret as what it was given out for.
        if (isToken && requests % 2 === 1) {
          const token = { access_token: `${MARK}-given`, token_type: "Bearer", expires_in: 3600 };
          return makeAnswer(200, JSON.stringify(token), { "content-type": "application/json" });
        }
        const [status] = await reply(request);
        return makeAnswer(status, echoed(request));
      };
      const logger = new MemoryLogger();
      const endpoint = { name: "one", url: "http://push.example/", ...identity };
      const queue = await Queue.open({ dataPath: "/data", endpoints: [endpoint] }, {
        platform,
        logger,
      });
      const app = makeApp({ logger, platform });
      app.open(queue, 1_000);
      const appender = queue.appender();
      appender.append({ __name__: "up" }, platform.clock.nowMs(), 1);
      const committed = appender.commit({ durable: true });
      await platform.time.advance(200);
      await committed;
      // Signatures are made by the runtime, which knows nothing of the clock that is advanced: that
      // one is no faster than time, so that a runtime that is busy is not found too late.
      const isTold = (): boolean => logger.lines.some((line) => TOLD.test(line));
      while (!isTold()) {
        await platform.time.advance(10);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      const shown = [...logger.lines];
      for (const path of ["/metrics", "/api/v1/status", "/-/ready", "/-/healthy", "/nothing"]) {
        const answer = await ask(app.handler, new Request(`http://127.0.0.1:9099${path}`));
        shown.push(await answer.text());
      }
      const closed = queue.close();
      await platform.time.advance(1_000);
      await closed.catch((error) => shown.push(messageOf(error)));
      assert.ok(shown.some((text) => text.includes("walq_")), "the metrics are among it");
      for (const text of shown) assert.doesNotMatch(text, new RegExp(MARK));
    });
  }
}
