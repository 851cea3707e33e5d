/**
 * Takes remote write from other people's senders into a queue, inside of an application.
 *
 * @module
 */
export { receiver, remoteWriteHandler } from "./src/receive/receiver.ts";
export type { AnswerRequest, ReceiverOptions } from "./src/receive/receiver.ts";
