/** A server that discoveries ask, and how they are told to ask it. */

/** What is asked. */
export interface Asked {
  readonly path: string;
  readonly query: URLSearchParams;
}

/** An answer, in JSON or as it is; "open" is one that does not come to an end, as there is nothing new. */
export type SceneAnswer =
  | {
    readonly status?: number;
    readonly headers?: Record<string, string>;
    readonly body?: unknown;
    readonly text?: string;
  }
  | "open";

export interface Scene {
  readonly answer: (asked: Asked) => SceneAnswer;
  /** In place of a server: files by their names. */
  readonly files?: Readonly<Record<string, string>>;
  /** The options of a job, as they are in a file, where the server listens at this address, or the files are in this directory. */
  readonly options: (place: string) => object;
  /** Prometheus may find nothing. */
  readonly mayBeEmpty?: boolean;
}

export const NOT_FOUND: SceneAnswer = { status: 404, body: { message: "page not found" } };
