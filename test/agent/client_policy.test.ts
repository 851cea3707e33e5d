/** Who comes in by what is known of a client: the server's own check, whatever the runtime's found before. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Peer, whyRefused } from "../../src/agent/web/client_policy.ts";
import type { ClientAuthType } from "../../src/agent/web/server_tls.ts";

const NONE: Peer = { hasCertificate: false, isVerified: false, names: "" };
const UNKNOWN: Peer = { hasCertificate: true, isVerified: false, names: "DNS:a.example" };
const KNOWN: Peer = { hasCertificate: true, isVerified: true, names: "DNS:a.example" };

/** Without a certificate, with one that is not verified, and with one that is. */
const ALLOWED: Readonly<Record<ClientAuthType, readonly [boolean, boolean, boolean]>> = {
  NoClientCert: [true, true, true],
  RequestClientCert: [true, true, true],
  RequireAnyClientCert: [false, true, true],
  RequireClientCert: [false, true, true],
  VerifyClientCertIfGiven: [true, false, true],
  RequireAndVerifyClientCert: [false, false, true],
};

test("each type lets in whom Go's crypto/tls lets in", () => {
  for (const [clientAuth, allowed] of Object.entries(ALLOWED)) {
    const policy = { clientAuth: clientAuth as ClientAuthType, allowedSans: undefined };
    const found = [NONE, UNKNOWN, KNOWN].map((peer) => whyRefused(peer, policy) === undefined);
    assert.deepEqual(found, allowed, clientAuth);
  }
});

test("names are asked for where a certificate is required, and no name is enough for none", () => {
  for (const clientAuth of ["RequireAnyClientCert", "RequireAndVerifyClientCert"] as const) {
    const isIn = (peer: Peer, allowedSans: readonly string[]): boolean =>
      whyRefused(peer, { clientAuth, allowedSans }) === undefined;
    assert.ok(isIn(KNOWN, ["b", "a.example"]));
    assert.ok(!isIn(KNOWN, ["example"]));
    assert.ok(!isIn(KNOWN, []));
    assert.ok(!isIn(NONE, ["a.example"]));
  }
});
