import type { OptionsHost, ResolvedEndpoint } from "../../options.ts";
import type { BodyDependencies } from "../api/body_text.ts";
import type { Incoming } from "../host.ts";
import type { PageSubject } from "./subject.ts";

/** What the page works with. */
export interface PageDependencies extends BodyDependencies {
  readonly subject: () => PageSubject;
  /** What rules are checked against; none until there is a configuration. */
  readonly endpoints: () => readonly ResolvedEndpoint[];
  readonly host: OptionsHost;
}

/** What the page asks for. */
export type PagePath =
  | "html"
  | "script"
  | "style"
  | "events"
  | "read"
  | "rules"
  | "trial"
  | "sample";

/** Answers what the page asks for. */
export interface AnswerPage {
  start(): void;
  close(): void;
  answer(path: PagePath, request: Request, incoming: Incoming): Response | Promise<Response>;
}
