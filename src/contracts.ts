/**
 * What the rooms ask of each other and of the platform. A stage imports this
 * and what lies below it, never another stage.
 */

/** What walq asks of the runtime that it runs on. */
export type * from "./contracts/platform.ts";
/** TLS, as connections are made by it. */
export type * from "./contracts/tls.ts";
/** Labels as pairs. */
export type * from "./contracts/labels.ts";
/** What the kernel in WebAssembly does with bytes. */
export type * from "./contracts/kernel.ts";
/** What keeps batches between intake and sending. */
export type * from "./contracts/store.ts";
/** A log of messages that servers keep. */
export type * from "./contracts/stream.ts";
/** What passes between the endpoint and the network. */
export type * from "./contracts/requests.ts";
/** What an endpoint refuses for good, and who keeps it. */
export type * from "./contracts/rejected.ts";
/** What the stages of an endpoint tell. */
export type * from "./contracts/events.ts";
/** How many shards an endpoint has. */
export type * from "./contracts/parallelism.ts";
/** What somebody can do about a queue on purpose. */
export type * from "./contracts/actions.ts";
/** What scraping asks of the kernel and of discoveries. */
export type * from "./contracts/scrape.ts";
