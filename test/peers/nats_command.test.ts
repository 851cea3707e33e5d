/** `walq nats` before real servers, on each runtime: streams are made and looked at, and who asks is told in words. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, describe, test } from "node:test";
import { jetstreamManager } from "@nats-io/jetstream";
import { connected } from "../../src/platform/nats/connect.ts";
import { missing } from "./support/installed.ts";
import { NatsServer } from "./support/nats.ts";
import { makeJwtWorld, makeNkey } from "./support/nats_identities.ts";
import { rightsTo, userWho } from "./support/nats_rights.ts";
import { Program } from "./support/program.ts";
import { scratchDirectory } from "./support/scratch.ts";
import { type Runtime, RUNTIMES, walqLine } from "./support/walq.ts";

const MARK = "hunter2";
const ADMIN = '{ user: admin, password: "x" }';
const BRING = "bring metrics into it alone";

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs `walq nats` to its end. Nothing that it prints has a secret in it. */
async function nats(runtime: Runtime, ...words: readonly string[]): Promise<Ended> {
  const program = new Program(walqLine(runtime, ["nats", ...words]));
  const { code } = await program.exited;
  assert.doesNotMatch(program.output, new RegExp(`${MARK}|\\bSU[A-Z2-7]{50}|eyJ`));
  return { code, output: program.output };
}

/** It is fine, and has made what was missing. */
async function made(runtime: Runtime, ...words: readonly string[]): Promise<void> {
  const { code, output } = await nats(runtime, "init", ...words);
  assert.equal(code, 0, output);
  assert.match(output, /: OK$/m);
}

async function refused(runtime: Runtime, why: RegExp, ...words: readonly string[]): Promise<void> {
  const { code, output } = await nats(runtime, "init", ...words);
  assert.equal(code, 1, output);
  assert.match(output, why);
}

let streams = 0;

/** The flags of a stream that is not there yet, on this server. */
function fresh(address: string): readonly string[] {
  return ["--url", `nats://${address}/stream_${++streams}`, "--replicas", "1", "--timeout", "20s"];
}

const directory = scratchDirectory("nats");

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

function tls(name: string): string {
  return resolve(`test/fixtures/tls/${name}.pem`);
}

async function started(...lines: readonly string[]): Promise<NatsServer> {
  const server = await NatsServer.start({ lines });
  after(() => server.kill());
  return server;
}

function tlsLines(certificate: string, more: string = ""): string {
  return `tls { cert_file: "${tls(certificate)}", key_file: "${tls("key")}", ${more} }`;
}

/** With another last letter, so that the checksum does not hold: each has three bits of it. */
function mistyped(seed: string): string {
  return seed.slice(0, -1) + (seed.endsWith("A") ? "E" : "A");
}

/** By the name that certificates are for, too. */
function named(address: string): string {
  return address.replace("127.0.0.1", "localhost");
}

for (const runtime of RUNTIMES) {
  describe(`walq nats on ${runtime}`, { skip: missing("nats-server") }, () => {
    test("makes what is missing once, and says what somebody has configured otherwise", async () => {
      const { address } = await started();
      const url = `nats://${address}/made`;
      const flags = ["--url", url, "--replicas", "1", "--partitions", "2"];
      const before = await nats(runtime, "check", ...flags);
      assert.deepEqual([
        before.code,
        /error: the stream made: got no stream of this name, expected one that/.test(before.output),
      ], [1, true]);
      const first = await nats(runtime, "init", ...flags);
      assert.match(first.output, /made: the stream made\n.*made: the stream made_records\n/);
      assert.match(first.output, /partitions: 2/);
      assert.doesNotMatch((await nats(runtime, "init", ...flags)).output, /made: /);
      assert.equal((await nats(runtime, "check", ...flags)).code, 0);
      const other = await nats(runtime, "check", "--url", url, "--replicas", "1");
      assert.equal(other.code, 1);
      assert.match(other.output, /it has 2 partitions, and the options say 8/);

      const connection = await connected({
        servers: [address],
        clientName: "test",
        timeoutMs: 20_000,
        identity: () => ({}),
      });
      const manager = await jetstreamManager(connection);
      await manager.streams.update("made", { max_age: 3_600_000_000_000, max_bytes: 2_000_000 });
      const changed = await nats(runtime, "check", ...flags);
      assert.equal(changed.code, 1);
      assert.match(changed.output, /error: the stream made has max_age 1h, expected 0/);
      // Beside one that cannot be used nothing is made.
      await manager.streams.delete("made_records");
      const again = await nats(runtime, "init", ...flags);
      assert.deepEqual([again.code, /made: /.test(again.output)], [1, false], again.output);
      await connection.close();
      assert.match(
        changed.output,
        /differs: the stream made has max_bytes 2000000B, expected 10GiB/,
      );
    });

    test("says why a stream cannot be made", async () => {
      const { address } = await started();
      const url = `nats://${address}/alone`;
      const asked =
        /cannot make the stream alone with replicas 3 and max_bytes 10GiB: replicas > 1/;
      await refused(runtime, asked, "--url", url);
      const huge = ["--replicas", "1", "--max-bytes", "1PiB"];
      await refused(runtime, /max_bytes 1PiB: .*insufficient storage/, "--url", url, ...huge);
      const gone = ["--url", "nats://127.0.0.1:1/gone"];
      await refused(runtime, /cannot connect to 127\.0\.0\.1:1: .*refused/i, ...gone);
      await refused(runtime, /cannot connect to no\.invalid:4222/, "--url", "nats://no.invalid/x");
    });

    test("is known by a user name, a token, an nkey or credentials, and told when it is not", async () => {
      const password = file(`password_${runtime}`, `${MARK}-password\n`);
      const wrong = file(`wrong_${runtime}`, `${MARK}-wrong`);
      const byUser = await started(
        `authorization { user: walq, password: "${MARK}-password" }`,
      );
      const login = ["--user", "walq", "--password-file"];
      await made(runtime, ...fresh(byUser.address), ...login, password);
      await refused(
        runtime,
        /the servers refuse the user name or its password: .*authorization/i,
        ...fresh(byUser.address),
        ...login,
        wrong,
      );
      await refused(runtime, /want to know who asks/, ...fresh(byUser.address));
      await refused(
        runtime,
        /cannot read the file ".*gone": not found/,
        ...fresh(byUser.address),
        ...login,
        join(directory, "gone"),
      );

      const byToken = await started(`authorization { token: "${MARK}-token" }`);
      const token = file(`token_${runtime}`, `${MARK}-token`);
      await made(runtime, ...fresh(byToken.address), "--token-file", token);
      await refused(
        runtime,
        /the servers refuse the token/,
        ...fresh(byToken.address),
        "--token-file",
        wrong,
      );

      const [known, unknown] = [makeNkey(), makeNkey()];
      const byNkey = await started(`authorization { users: [ { nkey: ${known.publicKey} } ] }`);
      const seed = file(`seed_${runtime}`, `${known.seed}\n`);
      await made(runtime, ...fresh(byNkey.address), "--nkey-seed-file", seed);
      const seeds: readonly (readonly [string, RegExp])[] = [
        [unknown.seed, /the servers refuse the nkey/],
        [mistyped(known.seed), /cannot use the seed of an nkey: got what is none/],
        [`${MARK}`, /holds no seed of an nkey: expected that of a user/],
      ];
      for (const [text, why] of seeds) {
        const path = file(`seed_${runtime}`, text);
        await refused(runtime, why, ...fresh(byNkey.address), "--nkey-seed-file", path);
      }

      const world = makeJwtWorld();
      const byJwt = await started(...world.lines);
      const credentials = file(`creds_${runtime}`, world.credentials);
      await made(runtime, ...fresh(byJwt.address), "--credentials-file", credentials);
      const refusedOnes: readonly (readonly [string, RegExp])[] = [
        [world.expired, /the servers refuse the file of credentials/],
        [world.foreign, /the servers refuse the file of credentials/],
        [MARK, /holds no credentials of NATS: expected a JWT and a seed/],
      ];
      for (const [text, why] of refusedOnes) {
        const path = file(`creds_${runtime}`, text);
        await refused(runtime, why, ...fresh(byJwt.address), "--credentials-file", path);
      }
    });

    test("says which rights are missing for what the stream is for", async () => {
      const { address } = await started(
        `authorization { users: [ ${ADMIN}, ${userWho("edge", rightsTo(BRING))} ] }`,
      );
      const url = `nats://${address}/metrics`;
      const flags = ["--url", url, "--replicas", "1", "--password-file", file("x", "x"), "--user"];
      await made(runtime, ...flags, "admin");
      const whole = await nats(runtime, "check", ...flags, "admin");
      assert.deepEqual([whole.code, /right/.test(whole.output)], [0, false], whole.output);
      const edge = await nats(runtime, "check", ...flags, "edge");
      assert.equal(edge.code, 0, edge.output);
      assert.match(
        edge.output,
        /^ {2}who asks cannot send from it: no right to publish to .*PURGE/m,
      );
      for (const sends of [true, false]) {
        const config = file(
          `rights_${runtime}.yaml`,
          `queue:\n  store: { url: "${url}", replicas: 1, sends: ${sends}, username: edge, password: x }\n` +
            "remote_write:\n  - { name: far, url: http://127.0.0.1:1/write }\n",
        );
        const { code, output } = await nats(runtime, "check", "--config", config);
        const isTold = /^ {2}error: who asks has no right to publish to .*PURGE/m.test(output);
        assert.deepEqual([code, isTold], [sends ? 1 : 0, sends], output);
      }
    });

    test("speaks TLS, and says what is wrong with certificates", async () => {
      const plain = await started(tlsLines("valid"));
      const ca = ["--ca-file", tls("ca")];
      await made(runtime, ...fresh(plain.address), ...ca);
      await made(runtime, ...fresh(named(plain.address)), ...ca);
      // Deno cannot tell the one from the other.
      const unknown = /TLS: the certificate .*signed by an unknown authority/;
      await refused(runtime, unknown, ...fresh(named(plain.address)));
      await refused(runtime, unknown, ...fresh(named(plain.address)), "--tls");
      const others = ["--ca-file", tls("client_ca")];
      await refused(runtime, unknown, ...fresh(named(plain.address)), ...others);

      const wrongHost = await started(tlsLines("wrong_host"));
      const wrongName = /TLS: the certificate is not valid for /;
      await refused(runtime, wrongName, ...fresh(named(wrongHost.address)), ...ca);
      await refused(runtime, wrongName, ...fresh(wrongHost.address), ...ca);
      const expired = await started(tlsLines("expired"));
      await refused(
        runtime,
        /TLS: the certificate has expired/,
        ...fresh(named(expired.address)),
        ...ca,
      );

      const both = await started(tlsLines("valid", `ca_file: "${tls("client_ca")}", verify: true`));
      const own = ["--cert-file", tls("client"), "--key-file", tls("client_key")];
      await made(runtime, ...fresh(named(both.address)), ...ca, ...own);
      await refused(
        runtime,
        /client certificate/,
        ...fresh(named(both.address)),
        ...ca,
        "--timeout",
        "2s",
      );
      const none = await started();
      await refused(runtime, /server does not support 'tls'/, ...fresh(none.address), "--tls");
    });
  });
}
