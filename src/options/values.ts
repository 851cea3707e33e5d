/** Milliseconds as a number, or a string with units as Prometheus writes them: "500ms", "5s", "1h30m". */
export type Duration = number | string;

/** Bytes as a number, or a string with units as Prometheus writes them, powers of 1024: "512MB", "1.5GiB". */
export type Size = number | string;

/** The kinds of label names that are valid: any UTF-8, or the classic patterns alone. */
export type NameValidationScheme = "utf8" | "legacy";
export type { RelabelAction } from "../relabel/rule.ts";
