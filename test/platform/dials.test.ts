/** Connections that end while they are made, or just when they are. */
import assert from "node:assert/strict";
import { Socket } from "node:net";
import { test } from "node:test";
import { dialDeno } from "../../src/platform/deno_wire.ts";
import { Connection } from "../../src/platform/http/connection.ts";
import { Lookups } from "../../src/platform/http/lookups.ts";
import { targetOf } from "../../src/platform/http/target.ts";
import { socketDial } from "../../src/platform/socket_wire.ts";
import { RawServer } from "../contract/raw_server.ts";

const FOREVER = new AbortController().signal;

test("an error between the connection and its first listener is told to that, and ends nothing", async () => {
  const server = new RawServer(() => {});
  const target = targetOf(`http://127.0.0.1:${await server.open()}/`);
  const { setNoDelay } = Socket.prototype;
  let socket: Socket | undefined;
  // The dial shows its socket to nobody.
  Socket.prototype.setNoDelay = function (this: Socket, isSet?: boolean): Socket {
    if (this.remotePort === undefined) socket ??= this;
    return setNoDelay.call(this, isSet);
  };
  try {
    const dial = socketDial(new Lookups(() => Promise.resolve([]), 2));
    const wire = await dial(target, FOREVER);
    const closed = new Promise((resolve) => socket!.on("close", resolve));
    const reset = new Error("read ECONNRESET");
    socket!.destroy(reset);
    await closed;
    const connection = new Connection(wire, () => {});
    assert.equal(connection.isOpen, false);
    const exchange = connection.exchange([new Uint8Array(1)], { answerBytesMax: 100 }, FOREVER);
    await assert.rejects(exchange, (error) => error === reset);
  } finally {
    Socket.prototype.setNoDelay = setNoDelay;
    await server.close();
  }
});

test("an abort while TLS begins ends the dial alone, though its connection is closed twice", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const add = signal.addEventListener.bind(signal);
  const thrown: unknown[] = [];
  // What a listener throws ends the process; each runtime has its own moment for it.
  signal.addEventListener = (type: string, listener: (event: Event) => void) =>
    add(type, (event) => {
      try {
        listener(event);
      } catch (error) {
        thrown.push(error);
      }
    });
  const reason = new Error("no answer in time");
  let closes = 0;
  const connection = {
    setNoDelay: () => {},
    setKeepAlive: () => {},
    close: () => {
      closes++;
      throw new Error("Bad resource ID");
    },
  };
  const fake = {
    connect: () => Promise.resolve(connection),
    startTls: () =>
      new Promise((_, reject) => {
        controller.abort(reason);
        reject(new Error("Interrupted"));
      }),
  };
  const was = Object.getOwnPropertyDescriptor(globalThis, "Deno");
  Object.defineProperty(globalThis, "Deno", { value: fake, configurable: true });
  try {
    const dialling = dialDeno(targetOf("https://endpoint/"), signal);
    await assert.rejects(dialling, (error) => error === reason);
  } finally {
    if (was === undefined) delete (globalThis as { Deno?: unknown }).Deno;
    else Object.defineProperty(globalThis, "Deno", was);
  }
  assert.deepEqual(thrown, []);
  assert.equal(closes, 2);
});
