/**
 * What is in blocks of Prometheus's file that mean nothing here: they are held to what
 * Prometheus takes, so that a file which it refuses is refused.
 */
import { textMap } from "../../options/checks.ts";
import {
  age,
  anyInteger,
  anyText,
  choice,
  flag,
  kindOf,
  list,
  number,
  sizeOrZero,
} from "../../options/kinds.ts";
import type { AnyKind } from "../../options/table.ts";
import type { Shape } from "./accepted.ts";

const ANY_TEXTS = { min: 0, max: 10_000 } as const;
const AGE = age("0s", "3650d");
/** Headers that Prometheus sets itself, or lets nobody set. */
const RESERVED =
  /^(?:authorization|host|content-(?:encoding|length|type)|user-agent|connection|keep-alive|proxy-authenticate|proxy-authorization|www-authenticate|accept-encoding|x-prometheus-remote-(?:write|read)-version|x-amz-(?:date|security-token|content-sha256))$/i;
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** `storage`. */
export const STORAGE: Shape = {
  tsdb: {
    out_of_order_time_window: AGE,
    stale_series_compaction_threshold: number(0, 1),
    chunk_encoding: { floats: choice("FloatEncoding", ["", "xor", "xor2"]) },
    retention: { time: AGE, size: sizeOrZero("1B", "1PiB"), percentage: number(0, 100) },
  },
  exemplars: { max_exemplars: anyInteger() },
};

/** `tracing`. */
export const TRACING: Shape = {
  client_type: choice("ClientType", ["grpc", "http"]),
  endpoint: anyText(),
  sampling_fraction: number(-Number.MAX_VALUE, Number.MAX_VALUE),
  insecure: flag(),
  tls_config: {
    ca: anyText(),
    ca_file: anyText(),
    cert: anyText(),
    cert_file: anyText(),
    key: anyText(),
    key_file: anyText(),
    server_name: anyText(),
    insecure_skip_verify: flag(),
    min_version: choice("TlsVersion", ["TLS10", "TLS11", "TLS12", "TLS13"]),
    max_version: choice("TlsVersion", ["TLS10", "TLS11", "TLS12", "TLS13"]),
  },
  headers: tracingHeaders(),
  compression: choice("Compression", ["", "gzip"]),
  timeout: AGE,
};

/** What Prometheus asks of `tracing` as a whole. */
export function tracingRule(valueOf: (name: string) => unknown): string | undefined {
  const endpoint = valueOf("endpoint");
  return typeof endpoint === "string" && endpoint !== "" ? undefined : "expected an endpoint in it";
}

function tracingHeaders(): AnyKind {
  const isFree = (name: string): boolean => HEADER_NAME.test(name) && !RESERVED.test(name);
  const check = textMap(
    (name) =>
      isFree(name)
        ? undefined
        : "expected a header, without Authorization and those that HTTP has anyway",
    (name) => RESERVED.test(name),
  );
  return { ...kindOf(check, "object", "texts"), secret: true };
}

/** `otlp`. */
export const OTLP: Shape = {
  promote_all_resource_attributes: flag(),
  promote_resource_attributes: list(anyText(), "attribute", ANY_TEXTS),
  ignore_resource_attributes: list(anyText(), "attribute", ANY_TEXTS),
  translation_strategy: choice("TranslationStrategy", [
    "UnderscoreEscapingWithSuffixes",
    "UnderscoreEscapingWithoutSuffixes",
    "NoUTF8EscapingWithSuffixes",
    "NoTranslation",
  ]),
  keep_identifying_resource_attributes: flag(),
  convert_histograms_to_nhcb: flag(),
  promote_scope_metadata: flag(),
  label_name_underscore_sanitization: flag(),
  label_name_preserve_multiple_underscores: flag(),
};

/** What Prometheus asks of `otlp` as a whole. */
export function otlpRule(valueOf: (name: string) => unknown): string | undefined {
  // Nothing behind the key is no list.
  const listed = (name: string): readonly string[] => {
    const value = valueOf(name);
    return Array.isArray(value) ? value : [];
  };
  const promoted = listed("promote_resource_attributes");
  const ignored = listed("ignore_resource_attributes");
  const isAll = valueOf("promote_all_resource_attributes") === true;
  if (isAll && promoted.length > 0) {
    return "has promote_all_resource_attributes and promote_resource_attributes, expected at most one of them";
  }
  if (!isAll && ignored.length > 0) {
    return "has ignore_resource_attributes, which needs promote_all_resource_attributes: true";
  }
  const names = [...promoted, ...ignored].map((name) => name.trim());
  if (names.includes("")) return "names a resource attribute that is empty";
  return new Set(names).size < names.length ? "names a resource attribute twice" : undefined;
}
