import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { AnswerForm } from "./answer_forms.ts";

/** Gives the same answer to each request of a connection. */
export function serveForm(form: AnswerForm): (socket: Socket) => void {
  return (socket) => {
    let head = "";
    let bodyBytesLeft = 0;
    socket.on("data", (chunk: Uint8Array) => {
      let text = Buffer.from(chunk).toString("latin1");
      while (text !== "") {
        if (bodyBytesLeft === 0) {
          head += text;
          const end = head.indexOf("\r\n\r\n") + 4;
          if (end < 4) return;
          text = head.slice(end);
          const [, length = "0"] = /\r\ncontent-length: *(\d+)/i.exec(head.slice(0, end)) ?? [];
          head = "";
          bodyBytesLeft = Number(length);
          if (form.early || bodyBytesLeft === 0) answer(socket, form);
        }
        const bodyBytes = Math.min(bodyBytesLeft, text.length);
        text = text.slice(bodyBytes);
        bodyBytesLeft -= bodyBytes;
        if (bodyBytes > 0 && bodyBytesLeft === 0 && !form.early) answer(socket, form);
      }
    });
  };
}

function answer(socket: Socket, form: AnswerForm): void {
  const bytes = Buffer.from(form.answer, "latin1");
  if (form.deaf) socket.pause();
  if (form.bytewise) writeBytewise(socket, bytes);
  else if (form.closes) socket.end(bytes);
  else socket.write(bytes);
}

/** The next byte goes when the one before it has left. */
function writeBytewise(socket: Socket, bytes: Uint8Array): void {
  socket.setNoDelay(true);
  const next = (at: number): void => {
    if (at === bytes.length) return;
    socket.write(bytes.subarray(at, at + 1), () => setImmediate(next, at + 1));
  };
  next(0);
}
