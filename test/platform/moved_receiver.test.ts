/** A receiver whose name leads to another address, while requests leave. */
import assert from "node:assert/strict";
import process from "node:process";
import { describe, it } from "node:test";
import type { ConnectionSettings, HttpClient, Platform } from "../../src/contracts.ts";
import { defaultPlatform } from "../../src/platform/default.ts";
import { CONNECTION_MS_MAX, SocketHttpClient } from "../../src/platform/http/client.ts";
import { Lookups } from "../../src/platform/http/lookups.ts";
import { settingsDial } from "../../src/platform/settings_dial.ts";
import { socketDial } from "../../src/platform/socket_wire.ts";
import { EndpointServer } from "../contract/endpoint_server.ts";
import { Arrived, UnderLoad } from "../support/under_load.ts";

const platform = await defaultPlatform();
const NAME = "receiver.invalid";
const BEFORE = "127.0.0.1";
const AFTER = "127.0.0.2";
const SKIP = process.platform === "linux" ? false : "needs a second address of the loopback";
const STEP_MS = 20_000;
const PLAIN: ConnectionSettings = { tls: undefined, proxy: undefined, roundRobinDns: false };

/** A host on which a name is where the test says, and the time of connections passes when it says. */
class Names {
  addresses: readonly string[] = [BEFORE];
  nowMs = 0;
  random = 0;
  readonly lookups = new Lookups(
    (host) => {
      assert.equal(host, NAME);
      return Promise.resolve(this.addresses.map((address) => ({ address, family: 4 })));
    },
    Infinity,
  );

  /** By connections with settings, or those of an endpoint without. */
  client(settings: ConnectionSettings | undefined): HttpClient {
    const { lookups } = this;
    const random = (): number => this.random;
    const dial = settings === undefined
      ? socketDial(lookups)
      : settingsDial(settings, { lookups, random });
    return new SocketHttpClient(dial, undefined, () => this.nowMs);
  }

  host(settings: ConnectionSettings | undefined): Platform {
    const http = this.client(settings);
    return { ...platform, http, openHttp: () => http };
  }
}

/** Two servers at two addresses and one port. */
async function openBoth(): Promise<[EndpointServer, EndpointServer]> {
  for (;;) {
    const before = new EndpointServer();
    await before.open();
    const after = new EndpointServer();
    try {
      await after.open(AFTER, before.port);
      return [before, after];
    } catch {
      // Somebody else has the port there.
      await before.close();
    }
  }
}

describe("a receiver that moves under load", { skip: SKIP }, () => {
  for (const [name, settings] of [["plain", undefined], ["by settings", PLAIN]] as const) {
    it(`is found at once when its old address fails: ${name}`, async () => {
      const names = new Names();
      const arrived = new Arrived();
      const [before, after] = await openBoth();
      before.at("/push", arrived.serve());
      after.at("/push", arrived.serve());
      const url = `http://${NAME}:${before.port}/push`;
      const load = await UnderLoad.open({ url }, names.host(settings));
      try {
        await arrived.more(20);
        names.addresses = [AFTER];
        await before.close();
        await arrived.more(20);
        await load.expectAll(arrived);
      } finally {
        await load.close();
        await after.close();
      }
    });

    it(`is found after a while when its old address still answers: ${name}`, async () => {
      const names = new Names();
      const arrived = new Arrived();
      const [before, after] = await openBoth();
      let movedCount = 0;
      let stayedCount = 0;
      // Time passes while a connection is in use: an idle one has a shorter end.
      before.at(
        "/push",
        arrived.serve(() => {
          stayedCount++;
          names.nowMs += STEP_MS;
        }),
      );
      after.at("/push", arrived.serve(() => movedCount++));
      const url = `http://${NAME}:${before.port}/push`;
      const load = await UnderLoad.open({ url, parallelism: 1 }, names.host(settings));
      try {
        await arrived.until(() => stayedCount > 0);
        names.addresses = [AFTER];
        await arrived.until(() => movedCount > 3);
        assert.equal(stayedCount, CONNECTION_MS_MAX / STEP_MS);
        assert.equal(before.connections, 1);
        await load.expectAll(arrived);
      } finally {
        await load.close();
        await before.close();
        await after.close();
      }
    });
  }
});

describe("round_robin_dns", { skip: SKIP }, () => {
  it("connects to a random address, and says the name", async () => {
    const names = new Names();
    names.addresses = [BEFORE, AFTER];
    const [before, after] = await openBoth();
    const asked: string[] = [];
    for (const [name, server] of [["before", before], ["after", after]] as const) {
      server.at("/", (response, { message }) => {
        asked.push(`${name} ${message.headers.host}`);
        response.writeHead(204).end();
      });
    }
    const host = `${NAME}:${before.port}`;
    const signal = new AbortController().signal;
    const request = {
      url: `http://${host}/`,
      method: "GET",
      headers: {},
      answerBytesMax: 1,
    } as const;
    try {
      for (const random of [0, 0.49, 0.5, 0.99]) {
        names.random = random;
        const client = names.client({ ...PLAIN, roundRobinDns: true });
        await client.exchange(request, signal);
        await client.close();
      }
      assert.deepEqual(asked, [
        `before ${host}`,
        `before ${host}`,
        `after ${host}`,
        `after ${host}`,
      ]);
    } finally {
      await before.close();
      await after.close();
    }
  });
});
