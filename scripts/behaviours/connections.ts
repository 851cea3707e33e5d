import type { Socket } from "node:net";
import type { Group } from "./behaviour.ts";
import { answering, connected, saying, serve, status, then } from "./servers.ts";

const OK = status(204);
const NO_CONTENT = "HTTP/1.1 204 No Content\r\n\r\n";

/** What becomes of the connection, and of the answer on it. */
export const CONNECTIONS: readonly Group[] = [
  {
    title: "Connections",
    behaviours: [
      {
        name: "nobody listens",
        open: async (stage) => {
          let close = (): Promise<unknown> | void => {};
          const url = await serve({ ...stage, closeLater: (closing) => close = closing }, OK);
          await close();
          return { url };
        },
      },
      {
        name: "no such host",
        open: () => Promise.resolve({ url: "http://walq.invalid/api/v1/write" }),
      },
      {
        name: "reset before the answer",
        open: async (stage) => {
          const reset = (socket: Socket): void => {
            socket.on("data", () => socket.resetAndDestroy());
          };
          return { url: await connected(stage, reset) };
        },
      },
      {
        name: "closed before the answer",
        open: async (stage) => {
          const close = (socket: Socket): void => void socket.on("data", () => socket.end());
          return { url: await connected(stage, close) };
        },
      },
      {
        name: "closed after each answer",
        open: async (stage) => {
          const close = (socket: Socket): void => {
            socket.on("data", () => socket.end(NO_CONTENT));
          };
          return { url: await connected(stage, close) };
        },
      },
      answering("no answer at all", () => {}),
      answering("no answer once, then 204", then(() => {}, OK)),
    ],
  },
  {
    title: "Forms of an answer",
    behaviours: [
      saying("100 unasked before the 204", `HTTP/1.1 100 Continue\r\n\r\n${NO_CONTENT}`),
      saying("103 before the 204", `HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${NO_CONTENT}`),
      saying("a header of 90 KiB", `HTTP/1.1 204 X\r\nx: ${"a".repeat(90 * 1024)}\r\n\r\n`),
      saying("a header of 2 MiB", `HTTP/1.1 204 X\r\nx: ${"a".repeat(2 << 20)}\r\n\r\n`, true),
      saying(
        "a length and chunks",
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n" +
          "transfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
      ),
      saying("two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok!"),
      saying("no reason behind the status", "HTTP/1.1 204\r\n\r\n"),
      saying("HTTP/1.0 that closes", "HTTP/1.0 200 OK\r\n\r\nok", true),
      saying("the greeting of another protocol", "SSH-2.0-OpenSSH_9.2\r\n", true),
      answering("a body without end behind a 503", (response) => {
        response.writeHead(503);
        const timer = setInterval(() => response.write("the server is out of order\n"), 5);
        response.on("close", () => clearInterval(timer));
      }),
      answering("a body that is announced and never comes, behind a 200", (response) => {
        response.writeHead(200, { "content-length": "100" }).flushHeaders();
      }),
    ],
  },
  {
    title: "Redirects",
    behaviours: [
      {
        name: "307 to another path of the same server",
        open: async (stage) => {
          const url = await serve(stage, (response, { message, number }) => {
            const headers = number === 1 ? { location: message.url } : {};
            response.writeHead(number === 1 ? 307 : 204, headers).end();
          });
          return { url, followRedirects: true };
        },
      },
      answering(
        "the same, with `follow_redirects: false`",
        (response, { message }) => {
          response.writeHead(307, { location: message.url }).end();
        },
        { followRedirects: false },
      ),
      answering("307 to itself, always", (response, { message }) => {
        response.writeHead(307, { location: message.url }).end();
      }, { followRedirects: true }),
      {
        name: "308 to another server, with a login",
        open: async (stage) => {
          const other = await serve(stage, OK);
          const url = await serve(stage, status(308, { location: other }));
          const basicAuth = { username: "bob", password: "s3cret" };
          return { url, basicAuth, followRedirects: true };
        },
      },
      answering("301", status(301, { location: "/elsewhere" }), { followRedirects: true }),
      answering("303", status(303, { location: "/elsewhere" }), { followRedirects: true }),
    ],
  },
];
