import { block, defaulted, optional } from "../block.ts";
import type { CheckedSigV4 } from "../checked.ts";
import type { Broken } from "../checks.ts";
import { filled, flag, secret } from "../kinds.ts";
import type { Block } from "../table.ts";
import type { SigV4 } from "../types.ts";

/** Who walq is, by keys of AWS. */
export const SIGV4: Block<SigV4, CheckedSigV4> = block(
  "SigV4",
  "Keys of AWS. What is not given is looked for where AWS's own clients look: in the " +
    "environment, a web identity, the files in `~/.aws`, the container and the virtual machine.",
  {
    region: optional(filled(), {
      doc: "Where the endpoint is.",
      defaultDoc: "`AWS_REGION`, or that of the profile",
    }),
    accessKey: optional(secret("a text that is not empty", (text) => text !== ""), {
      doc: "With `secretKey`; both are secrets.",
    }),
    secretKey: optional(secret("a text that is not empty", (text) => text !== ""), {
      doc: "With `accessKey`.",
    }),
    profile: optional(filled(), {
      doc: "Of the files in `~/.aws`; then the environment is not looked at.",
      defaultDoc: "`AWS_PROFILE`, or `default`",
    }),
    roleArn: optional(filled(), { doc: "A role that is taken with the keys, by STS." }),
    externalId: optional(secret("a text that is not empty", (text) => text !== ""), {
      doc: "What the role wants to be told; only with `roleArn`.",
    }),
    useFipsStsEndpoint: defaulted(flag(), false, { doc: "Ask the STS that is fit for FIPS." }),
    serviceName: defaulted(filled(), "aps", {
      doc: "What is signed for: Amazon Managed Prometheus.",
      emptyIsDefault: true,
    }),
  },
  { rule: contradictions, hides: true },
);

function* contradictions(given: CheckedSigV4): Generator<Broken> {
  const { accessKey, secretKey, roleArn, externalId } = given;
  if ((accessKey === undefined) !== (secretKey === undefined)) {
    const [missing, there] = accessKey === undefined
      ? ["accessKey", "secretKey"]
      : ["secretKey", "accessKey"];
    yield [missing!, `missing, expected it with ${there}`];
  }
  if (externalId !== undefined && roleArn === undefined) {
    yield ["externalId", "given without roleArn, which is what it would be for"];
  }
}
