import type { Flag } from "../commands/flags.ts";

const file = (name: string, help: string): Flag => ({
  name,
  help,
  value: { kind: "file", name: "FILE" },
});

/** How a server is asked by HTTP: who asks, and by which way. */
export const HTTP_FLAGS: readonly Flag[] = [
  file(
    "--http-config",
    "how it is asked, as Prometheus's files say it: basic_auth, authorization, oauth2, tls_config, proxy_url",
  ),
  {
    name: "--user",
    help: "user name of basic authentication; with --password-file",
    value: { kind: "text", name: "NAME" },
  },
  file("--password-file", "the file that holds the password"),
  file("--bearer-token-file", "the file that holds a bearer token"),
  file("--ca-file", "certificates in PEM of those who may have signed the server's"),
  { name: "--insecure", help: "do not verify the server's certificate" },
];

/** Where a queue is: a program that runs, or a directory that nobody uses. */
export const PLACE_FLAGS: readonly Flag[] = [
  {
    name: "--url",
    help: "the running program (http://127.0.0.1:9099, where no other place is given)",
    value: { kind: "url", name: "URL" },
  },
  {
    name: "--data-path",
    help: "the directory of a queue that does not run",
    value: { kind: "directory", name: "DIR" },
  },
  file(
    "--config",
    "the configuration of the program: it says where it listens, or which directory it has left",
  ),
  {
    name: "--set",
    help: "override one key of it, as the program was told",
    value: { kind: "text", name: "KEY=VALUE", isRepeatable: true },
  },
  ...HTTP_FLAGS,
];

/** Which endpoint. */
export const ENDPOINT_FLAG: Flag = {
  name: "--endpoint",
  help: "of this endpoint alone; without it of all",
  value: { kind: "text", name: "NAME" },
};
