/** Certificates that are renewed, and proxies that refuse, while requests leave: nothing is lost. */
import assert from "node:assert/strict";
import { copyFile, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type TLSSocket } from "node:tls";
import { describe, it } from "node:test";
import { defaultPlatform } from "../../src/platform/default.ts";
import { EndpointServer } from "../contract/endpoint_server.ts";
import { openHttpProxy } from "../support/proxies.ts";
import { Arrived, UnderLoad } from "../support/under_load.ts";

const FIXTURES = "test/fixtures/tls";

function file(name: string): string {
  return readFileSync(`${FIXTURES}/${name}.pem`, "utf8");
}

/** Speaks TLS for a server that does not, and knows who its clients are. */
async function openTerminator(to: EndpointServer) {
  /** The clients of open connections, by the names of their certificates. */
  const open: string[] = [];
  const sockets = new Set<Socket>();
  let onChange = (): void => {};
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  };
  const server = createServer({
    cert: file("valid"),
    key: file("key"),
    ca: file("client_ca"),
    requestCert: true,
    rejectUnauthorized: true,
  }, (client: TLSSocket) => {
    const name = String(client.getPeerCertificate().subject.CN);
    keep(client);
    open.push(name);
    onChange();
    const onward = connect(to.port, "127.0.0.1");
    keep(onward);
    onward.on("data", (bytes) => client.write(bytes)).on("close", () => client.destroy());
    client.on("data", (bytes) => onward.write(bytes)).on("close", () => {
      onward.destroy();
      open.splice(open.indexOf(name), 1);
      onChange();
    });
  });
  server.on("connection", keep).on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    open,
    /** Resolves when this is so. */
    until: (isSo: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        onChange = () => {
          if (isSo()) resolve();
        };
        onChange();
      }),
    close: async (): Promise<void> => {
      for (const socket of sockets) socket.destroy();
      await new Promise<unknown>((resolve) => server.close(resolve));
    },
  };
}

describe("under load", () => {
  it("a certificate that is renewed, first the one file and then the other, loses nothing", async () => {
    const directory = await mkdtemp(join(tmpdir(), "walq-tls-"));
    const at = (name: string): string => join(directory, `${name}.pem`);
    const put = async (from: string, name: string): Promise<void> => {
      await copyFile(`${FIXTURES}/${from}.pem`, `${at(name)}.new`);
      await rename(`${at(name)}.new`, at(name));
    };
    await put("client", "cert");
    await put("client_key", "key");
    const arrived = new Arrived();
    const receiver = new EndpointServer();
    await receiver.open();
    receiver.at("/push", arrived.serve());
    const terminator = await openTerminator(receiver);
    const load = await UnderLoad.open({
      url: `https://localhost:${terminator.port}/push`,
      tlsConfig: { ca: file("ca"), certFile: at("cert"), keyFile: at("key") },
    }, await defaultPlatform());
    try {
      await arrived.more(20);
      assert.deepEqual([...new Set(terminator.open)], ["client"]);
      // Half written, as who writes in place leaves it for a moment.
      await writeFile(at("cert"), file("client_new").slice(0, 200));
      const warned = (): number =>
        load.logger.lines.filter((line) => line.startsWith("warn")).length;
      await arrived.until(() => warned() > 0);
      assert.match(load.logger.lines.join("\n"), /cert.pem\\" holds no certificate/);
      await put("client_new", "cert");
      await arrived.more(20);
      assert.deepEqual([...new Set(terminator.open)], ["client"]);
      await put("client_new_key", "key");
      await terminator.until(() => {
        return terminator.open.includes("client_new") && !terminator.open.includes("client");
      });
      await arrived.more(20);
      assert.deepEqual([...new Set(terminator.open)], ["client_new"]);
      await load.expectAll(arrived);
      assert.match(load.logger.lines.join("\n"), /the files of tls_config have changed/);
      assert.equal(load.queue.stats().endpoints[0]!.networkErrorsTotal, 0);
    } finally {
      await load.close();
      await terminator.close();
      await receiver.close();
      await rm(directory, { recursive: true });
    }
  });

  for (const scheme of ["http", "https"] as const) {
    it(`a proxy that refuses for a while takes nothing of the data: ${scheme}`, async () => {
      const arrived = new Arrived();
      const tls = { cert: file("valid"), key: file("key") };
      const receiver = new EndpointServer(scheme === "https" ? tls : undefined);
      await receiver.open();
      receiver.at("/push", arrived.serve());
      const proxy = await openHttpProxy({ user: { username: "walq", password: "hunter22" } });
      const to = (password: string) => ({
        url: `${scheme}://127.0.0.1:${receiver.port}/push`,
        // Who drops what is refused must not take a proxy's refusal for one.
        onRefused: "drop" as const,
        tlsConfig: { ca: file("ca") },
        proxyUrl: `http://walq:${password}@127.0.0.1:${proxy.port}`,
      });
      const load = await UnderLoad.open(to("hunter23"), await defaultPlatform());
      try {
        await load.failed(3);
        assert.match(
          load.logger.lines.join("\n"),
          new RegExp(`the proxy http://127.0.0.1:${proxy.port} answered 407: it wants a user name`),
        );
        assert.doesNotMatch(load.logger.lines.join("\n"), /hunter2/);
        await load.update(to("hunter22"));
        await arrived.more(20);
        await load.expectAll(arrived);
        assert.ok(proxy.asked.length > 0);
      } finally {
        await load.close();
        await proxy.close();
        await receiver.close();
      }
    });
  }

  it("a receiver that redirects within itself is followed, and one that redirects elsewhere is not", async () => {
    const arrived = new Arrived();
    const receiver = new EndpointServer();
    const other = new EndpointServer();
    await receiver.open();
    await other.open();
    let isAsked = false;
    const elsewhere = other.at("/push", (response) => {
      isAsked = true;
      response.writeHead(204).end();
    });
    let leadsTo = elsewhere;
    const url = receiver.at("/old?token=hush", (response) => {
      response.writeHead(307, { location: leadsTo }).end();
    });
    receiver.at("/push", arrived.serve());
    const load = await UnderLoad.open({ url }, await defaultPlatform());
    try {
      await load.failed(3);
      assert.match(
        load.logger.lines.join("\n"),
        new RegExp(`HTTP 307: a redirect to ${elsewhere}, which is not followed`),
      );
      leadsTo = "/push";
      await arrived.more(20);
      await load.expectAll(arrived);
      assert.equal(isAsked, false);
    } finally {
      await load.close();
      await receiver.close();
      await other.close();
    }
  });
});
