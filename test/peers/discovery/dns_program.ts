/** A name server at 127.0.0.1:53, over UDP and TCP, for as long as the process lives. It makes the file that is its argument when it listens. */
import { Buffer } from "node:buffer";
import { createSocket } from "node:dgram";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import process from "node:process";
import { answerOf } from "./dns_zone.ts";

const PORT = 53;
const HOST = "127.0.0.1";

const udp = createSocket("udp4");
udp.on("message", (query, { port, address }) => udp.send(answerOf(query, "udp"), port, address));

const tcp = createServer((socket) => {
  let received = Buffer.alloc(0);
  socket.on("error", () => socket.destroy());
  socket.on("data", (bytes: Buffer) => {
    received = Buffer.concat([received, bytes]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0);
      const answer = answerOf(received.subarray(2, end), "tcp");
      socket.write(Uint8Array.of(answer.length >> 8, answer.length & 0xff));
      socket.write(answer);
      received = received.subarray(end);
    }
  });
});
udp.bind(PORT, HOST, () => {
  tcp.listen(PORT, HOST, () => writeFileSync(process.argv[2]!, ""));
});
