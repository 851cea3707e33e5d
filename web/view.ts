import type { Seen } from "./dom.ts";
import type { Handlers } from "./stream.ts";
import type { View } from "../src/agent/page/protocol.ts";

/** What a view is made with. */
export interface ViewContext {
  readonly seen: Seen;
  /** Looks at something else within the same view. */
  readonly look: (params: Readonly<Record<string, string>>) => void;
  /** Said to who does not see the page. */
  readonly say: (text: string) => void;
}

/** One of the views of the page: what is in `main`, and what it is told. */
export interface Shown {
  readonly title: string;
  readonly element: HTMLElement;
  /** What of the program is looked at; undefined for a view that is told nothing. */
  readonly view?: View;
  readonly params?: Readonly<Record<string, string>>;
  readonly handlers?: Handlers;
  end?(): void;
}
