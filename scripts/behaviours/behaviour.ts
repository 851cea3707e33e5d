import type { EndpointOptions } from "../../mod.ts";

/** What a behaviour opens for its time, to be closed behind it. */
export interface Stage {
  /** The last that was opened is closed first. */
  closeLater(close: () => Promise<unknown> | void): void;
  /** A file of its own with this text; its path. */
  file(name: string, text: string): string;
}

/** Where walq is to send, and how. */
export type Place = Pick<EndpointOptions, "url"> & Partial<EndpointOptions>;

/** A way in which an endpoint, or what is on the way to it, can behave. */
export interface Behaviour {
  readonly name: string;
  readonly open: (stage: Stage) => Promise<Place>;
}

/** Behaviours of one kind, under a heading of the page. */
export interface Group {
  readonly title: string;
  readonly behaviours: readonly Behaviour[];
}
