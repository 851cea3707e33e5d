/**
 * Takes remote write and OTLP from other people's senders into a queue, inside of an application.
 *
 * @module
 */
export { otlpHandler, receiver, remoteWriteHandler } from "./src/receive/receiver.ts";
export type { AnswerRequest, ReceiverOptions } from "./src/receive/receiver.ts";
export type { DeltaHandling, OtlpOptions, TranslationStrategy } from "./src/otlp/settings.ts";
