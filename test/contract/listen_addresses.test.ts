/** Several addresses and sockets of Unix, on real ones. */
import assert from "node:assert/strict";
import { chmod, lstat, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { request } from "node:http";
import {
  type AddressInfo,
  connect,
  createServer,
  type ListenOptions as ListenNet,
  type Server,
} from "node:net";
import { networkInterfaces, platform, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Listener, ListenOptions } from "../../src/agent/host.ts";
import { listen } from "../../src/agent/hosts/http_server.ts";
import { listenEverywhere } from "../../src/agent/hosts/listen_everywhere.ts";
import type { ListenAddress } from "../../src/agent/listen_address.ts";
import { VirtualClock } from "../../src/testing/memory.ts";
import { makeApp } from "../agent/support.ts";
import { MemoryLogger } from "../support/memory_logger.ts";

const NO_SOCKETS = platform() === "win32" && "Windows has no sockets of Unix";

interface Place {
  readonly directory: string;
  readonly clock: VirtualClock;
  readonly logger: MemoryLogger;
  open(addresses: readonly ListenAddress[], more?: Partial<ListenOptions>): Promise<Listener>;
}

async function withPlace(use: (place: Place) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "walq-door-"));
  const listeners: Listener[] = [];
  const clock = new VirtualClock();
  const logger = new MemoryLogger();
  const { handler } = makeApp({ platform: { name: "memory", clock }, logger });
  const open: Place["open"] = async (addresses, more) => {
    const listener = await listen({ addresses, handler, logger, ...more }, clock);
    listeners.push(listener);
    return listener;
  };
  try {
    await use({ directory, clock, logger, open });
  } finally {
    for (const listener of listeners) await listener.kill();
    await rm(directory, { recursive: true });
  }
}

/** The status of one request, over a connection of its own. */
function statusAt(address: ListenAddress, headers: Record<string, string> = {}): Promise<number> {
  const to = "path" in address
    ? { socketPath: address.path }
    : { host: address.hostname, port: address.port };
  return new Promise((resolve, reject) => {
    const asked = request({
      ...to,
      path: "/-/healthy",
      headers: { connection: "close", ...headers },
    });
    asked.on("error", reject);
    asked.on("response", (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer.statusCode ?? 0));
    });
    asked.end();
  });
}

test("it listens on every address, each with its own rules for hosts, and counts over all", async () => {
  await withPlace(async ({ open }) => {
    const listener = await open([
      { hostname: "127.0.0.1", port: 0 },
      { hostname: "127.0.0.2", port: 0 },
      { hostname: "0.0.0.0", port: 0 },
    ]);
    const [first, second, all] = listener.addresses;
    for (const address of [first!, second!]) {
      assert.ok("port" in address && address.port > 0);
      assert.equal(await statusAt(address), 200);
      assert.equal(await statusAt(address, { host: "evil.example" }), 421);
    }
    assert.ok("port" in all!);
    const reached = { hostname: "127.0.0.1", port: all.port };
    assert.equal(await statusAt(reached, { host: "evil.example" }), 421, "it is loopback, too");
    const sockets = [first!, reached].map((address) =>
      connect("port" in address ? address.port : 0, "127.0.0.1")
    );
    while (listener.stats().connections !== 2) await new Promise((next) => setImmediate(next));
    for (const socket of sockets) socket.destroy();
    await listener.stop();
    await assert.rejects(statusAt(first!));
    await assert.rejects(statusAt(reached));
  });
});

/** Where clients of other hosts come in; a host may have none. */
const OUTWARD = Object.values(networkInterfaces()).flat()
  .find((one) => one !== undefined && !one.internal && one.family === "IPv4")?.address;

test("every spelling of loopback is loopback, and a wildcard is it for who comes by it", async () => {
  await withPlace(async ({ open }) => {
    for (const hostname of ["localhost", "127.1", "0177.0.0.1", "::ffff:127.0.0.1", "0.0.0.0"]) {
      const [address] = (await open([{ hostname, port: 0 }])).addresses;
      assert.ok("port" in address!);
      const { port } = address;
      const reached = { hostname: hostname === "localhost" ? hostname : "127.0.0.1", port };
      assert.equal(await statusAt(reached, { host: "evil.example" }), 421, hostname);
      assert.equal(await statusAt(reached, { host: "127.0.0.1" }), 200, hostname);
      assert.equal(await statusAt(reached, { host: "host" }), 200, hostname);
      if (hostname !== "0.0.0.0" || OUTWARD === undefined) continue;
      assert.equal(await statusAt({ hostname: OUTWARD, port }, { host: "evil.example" }), 200);
    }
  });
});

const HAS_IPV6 = Object.values(networkInterfaces()).flat()
  .some((one) => one?.family === "IPv6" && one.address === "::1");

test("each wildcard is every address of both families, and who comes by IPv4 is told as that", {
  skip: !HAS_IPV6 && "this host has no IPv6",
}, async () => {
  await withPlace(async ({ open, logger }) => {
    for (const hostname of ["0.0.0.0", "::", "0:0:0:0:0:0:0:0", "0"]) {
      const [address] = (await open([{ hostname, port: 0 }])).addresses;
      assert.ok("port" in address!);
      const { port } = address;
      assert.equal(address.hostname, hostname, "it is told as it was given");
      for (const reached of ["127.0.0.1", "::1"]) {
        assert.equal(await statusAt({ hostname: reached, port }), 200, `${hostname} ${reached}`);
        const foreign = { host: "evil.example" };
        assert.equal(await statusAt({ hostname: reached, port }, foreign), 421, reached);
      }
    }
    assert.match(logger.lines.join("\n"), /"from":"127\.0\.0\.1"/);
    assert.doesNotMatch(logger.lines.join("\n"), /ffff/);
  });
});

test("a host without IPv6 is listened on by IPv4, and a port in use stays in use", async () => {
  const server = createServer();
  const asked: unknown[] = [];
  const listen = server.listen.bind(server) as (options: ListenNet) => Server;
  server.listen = ((options: ListenNet) => {
    asked.push(options.host);
    // An address that no host has fails in the kernel, as one of IPv6 does there.
    return listen(options.host === "::" ? { ...options, host: "203.0.113.77" } : options);
  }) as Server["listen"];
  try {
    await listenEverywhere(server, 0);
    const { address, port } = server.address() as AddressInfo;
    assert.equal(address, "0.0.0.0");
    const second = createServer();
    await assert.rejects(listenEverywhere(second, port), { code: "EADDRINUSE" });
  } finally {
    server.close();
  }
  assert.equal(asked.at(-1), "0.0.0.0");
});

test("an address in use takes back those before it", async () => {
  await withPlace(async ({ open }) => {
    const [taken] = (await open([{ hostname: "127.0.0.1", port: 0 }])).addresses;
    const [free] = await freed(open);
    await assert.rejects(
      open([free!, taken!]),
      /Cannot listen on 127\.0\.0\.1:\d+: the port is in/,
    );
    const [again] = (await open([free!])).addresses;
    assert.deepEqual(again, free);
  });
});

/** An address whose port was free a moment ago. */
async function freed(open: Place["open"]): Promise<readonly ListenAddress[]> {
  const listener = await open([{ hostname: "127.0.0.1", port: 0 }]);
  await listener.stop();
  return listener.addresses;
}

test("a client too many is one over all addresses together", async () => {
  await withPlace(async ({ open, logger }) => {
    const local = { hostname: "127.0.0.1", port: 0 };
    const listener = await open([local, local], { connectionsMax: 1 });
    const [one, other] = listener.addresses;
    const held = connect("port" in one! ? one.port : 0, "127.0.0.1");
    while (listener.stats().connections !== 1) await new Promise((next) => setImmediate(next));
    assert.equal(await statusAt(other!), 503);
    assert.match(logger.lines.join("\n"), /too many clients at once.*"clients_max":1/);
    held.destroy();
  });
});

test("a client gets no longer for a head than the option says", async () => {
  await withPlace(async ({ open, clock }) => {
    const listener = await open([{ hostname: "127.0.0.1", port: 0 }], { readMsMax: 3_000 });
    const [address] = listener.addresses;
    const slow = connect("port" in address! ? address.port : 0, "127.0.0.1");
    const cut = new Promise((resolve) => slow.on("close", resolve));
    slow.on("error", () => {});
    while (listener.stats().connections !== 1) await new Promise((next) => setImmediate(next));
    await clock.advance(3_000);
    await cut;
    assert.equal(listener.stats().slowTotal, 1);
  });
});

test("a socket of Unix is for its owner and group, asks for no host, and goes with the program", {
  skip: NO_SOCKETS,
}, async () => {
  await withPlace(async ({ directory, open }) => {
    const address = { path: join(directory, "walq.sock") };
    const listener = await open([address]);
    const stat = await lstat(address.path);
    assert.ok(stat.isSocket());
    assert.equal(stat.mode & 0o777, 0o660);
    assert.equal(await statusAt(address), 200);
    assert.equal(await statusAt(address, { host: "evil.example" }), 200);
    await listener.stop();
    await assert.rejects(lstat(address.path), /ENOENT/);
  });
});

test(
  "a socket that a dead process left is replaced; one that is in use, and what is none, is not",
  {
    skip: NO_SOCKETS,
  },
  async () => {
    await withPlace(async ({ directory, open }) => {
      const used = { path: join(directory, "used.sock") };
      await open([used]);
      await assert.rejects(open([used]), /unix:.*used\.sock: a process listens on it/);
      assert.equal(await statusAt(used), 200);

      const stale = { path: join(directory, "stale.sock") };
      await leaveSocket(stale.path);
      assert.ok((await lstat(stale.path)).isSocket());
      await open([stale]);
      assert.equal(await statusAt(stale), 200);

      const file = join(directory, "file");
      await writeFile(file, "keep");
      await chmod(file, 0o600);
      await symlink(file, join(directory, "link"));
      for (const path of [file, join(directory, "link"), directory]) {
        await assert.rejects(open([{ path }]), /something else is there that is no socket/);
      }
      const nowhere = { path: join(directory, "no", "walq.sock") };
      await assert.rejects(open([nowhere]), /its directory is not there/);
    });
  },
);

test("a socket file that somebody took away is made anew", { skip: NO_SOCKETS }, async () => {
  await withPlace(async ({ directory, open, clock }) => {
    const address = { path: join(directory, "walq.sock") };
    const listener = await open([address]);
    await rm(address.path);
    await clock.advance(5_000);
    while (listener.stats().reopenedTotal === 0) await new Promise((next) => setImmediate(next));
    while (await statusAt(address).catch(() => 0) !== 200) {
      await new Promise((next) => setImmediate(next));
    }
  });
});

/** A socket file on which nobody listens any more: the process that made it was killed. */
async function leaveSocket(path: string): Promise<void> {
  const { spawn } = await import("node:child_process");
  const { once } = await import("node:events");
  const process = await import("node:process");
  const script = `require("node:net").createServer().listen(${
    JSON.stringify(path)
  }, () => process.kill(process.pid, "SIGKILL"))`;
  const isDeno = "Deno" in globalThis;
  const args = isDeno
    ? [
      "eval",
      `import net from "node:net"; import process from "node:process"; net.createServer().listen(${
        JSON.stringify(path)
      }, () => process.kill(process.pid, "SIGKILL"))`,
    ]
    : ["-e", script];
  const child = spawn(process.execPath, args, { stdio: "ignore" });
  await once(child, "close");
}
