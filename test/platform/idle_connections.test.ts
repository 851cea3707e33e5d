/** Connections that are kept for the next exchange: not one for each of thousands of places. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { test } from "node:test";
import { IDLE_MAX, SocketHttpClient } from "../../src/platform/http/client.ts";
import { Lookups } from "../../src/platform/http/lookups.ts";
import { socketDial } from "../../src/platform/socket_wire.ts";

const PLACES = IDLE_MAX + 20;
const SKIP = process.platform === "linux" ? false : "needs many addresses of the loopback";

test(
  "so many are kept, and those that have waited longest are closed",
  { skip: SKIP },
  async () => {
    let opened = 0;
    let open = 0;
    let wake = (): void => {};
    const server = createServer((_, response) => response.end("fine"));
    server.on("connection", (socket) => {
      opened++;
      open++;
      socket.on("close", () => {
        open--;
        wake();
      });
    });
    server.listen(0, "0.0.0.0");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const client = new SocketHttpClient(
      socketDial(new Lookups((host) => Promise.resolve([{ address: host, family: 4 }]), 4)),
    );
    const ask = async (place: number): Promise<void> => {
      const url = `http://127.0.1.${place + 1}:${port}/`;
      const request = { url, method: "GET", headers: {}, answerBytesMax: 100 } as const;
      assert.equal((await client.exchange(request, new AbortController().signal)).text, "fine");
    };
    for (let place = 0; place < PLACES; place++) await ask(place);
    assert.equal(opened, PLACES);
    while (open > IDLE_MAX) await new Promise<void>((resolve) => wake = resolve);
    assert.equal(open, IDLE_MAX);
    await ask(PLACES - 1);
    assert.equal(opened, PLACES, "one that was kept is used");
    await ask(0);
    assert.equal(opened, PLACES + 1, "the first was closed");
    await client.close();
    server.close();
    server.closeAllConnections();
  },
);
