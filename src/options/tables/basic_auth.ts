import { block, optional } from "../block.ts";
import type { CheckedBasicAuth } from "../checked.ts";
import { type Broken, oneOf } from "../checks.ts";
import { path, secret } from "../kinds.ts";
import type { Block } from "../table.ts";
import type { BasicAuth } from "../types.ts";

/** Who walq is, by name and password. */
export const BASIC_AUTH: Block<BasicAuth, CheckedBasicAuth> = block(
  "BasicAuth",
  "User name and password for HTTP basic authentication.",
  {
    username: optional(
      secret('a text without ":"', (name) => !name.includes(":")),
      { doc: 'Without ":". Either this or `usernameFile`.', defaultDoc: "empty" },
    ),
    usernameFile: optional(path("file"), {
      doc: "A file that holds the user name: as `passwordFile`.",
      insteadOf: "username",
    }),
    password: optional(
      secret("a text", () => true),
      {
        doc: "A secret, never logged. Either this or `passwordFile`.",
        defaultDoc: "empty",
      },
    ),
    passwordFile: optional(path("file"), {
      doc: "A file that holds the password, up to 64 KiB; white space at its ends is not part " +
        "of it. It is read again while the queue works (at most once a second, and when the " +
        "endpoint refuses the login): what is in it may change.",
      insteadOf: "password",
    }),
  },
  { rule: contradictions, hides: true },
);

function* contradictions(given: CheckedBasicAuth): Generator<Broken> {
  yield* oneOf(given, "username", "usernameFile");
  yield* oneOf(given, "password", "passwordFile");
  if (Object.values(given).every((value) => value === undefined)) {
    yield ["username", "missing, expected it or usernameFile"];
  }
}
