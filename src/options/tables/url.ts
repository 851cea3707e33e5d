import * as v from "valibot";
import { shownUrl } from "../../shown_url.ts";
import { isStreamUrl, readStreamUrl, streamUrl } from "../../stream_url.ts";
import { shown } from "../checks.ts";
import { text } from "../kinds.ts";
import type { Kind } from "../table.ts";

/** An http or https URL, or that of a stream of NATS. */
export function endpointUrl(): Kind<string, string> {
  const http = httpUrl("basicAuth");
  const stream = natsUrl("basicAuth");
  const check: Kind<string, string>["check"] = v.lazy((input) =>
    typeof input === "string" && isStreamUrl(input) ? stream.check : http.check
  );
  return { ...http, check };
}

/** The URL of a stream; `login` as below. */
export function natsUrl(login: string): Kind<string, string> {
  const read = (input: string): string | undefined => {
    const place = readStreamUrl(input, login);
    return typeof place === "string" ? undefined : streamUrl(place);
  };
  return text(
    (input) => String(readStreamUrl(typeof input === "string" ? input : "", login)),
    read,
    (input) => shown(typeof input === "string" ? shownUrl(input) : input),
  );
}

/** An http or https URL; `login` says which options take the user name and the password that it must not have. */
export function httpUrl(login: string): Kind<string, string> {
  return text(
    (input) => whyNot(input, login) ?? "an http or https URL",
    (input) => whyNot(input, login) === undefined ? new URL(input).href : undefined,
    (input) => shown(typeof input === "string" ? shownUrl(input) : input),
  );
}

/** What a URL would have to be; undefined when it is fine. */
function whyNot(input: unknown, login: string): string | undefined {
  const url = typeof input === "string" && URL.canParse(input) ? new URL(input) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return "an http or https URL";
  // What comes behind a third slash would be taken for the host.
  if (!/^\s*https?:\/\/[^/\\]/i.test(input as string)) return 'a URL with a host behind "//"';
  const [, beforeQuery = ""] = /^\s*https?:\/\/([^?#]*)/i.exec(input as string)!;
  // Both mean something else, or nothing, to whoever reads the URL next.
  if (/%(?![0-9a-f]{2})/i.test(beforeQuery)) {
    return 'a URL in which each "%" begins an escape, such as "%20" ("%25" is "%" itself)';
  }
  if (/[\\\t\n\r]/.test((input as string).trim())) {
    return "a URL without backslashes and breaks of lines";
  }
  if (url.username !== "" || url.password !== "") {
    return `a URL without user name and password: give them as ${login}, which is never logged`;
  }
  return url.hash !== "" ? 'a URL without a fragment ("#...")' : undefined;
}
