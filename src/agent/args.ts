import { formatDuration, parseDuration } from "../duration.ts";
import type { Remark } from "./config/problems.ts";
import type { Setting } from "./config/source.ts";
import type { ScraperOptions } from "../scrape/scraper.ts";
import { parseGoDuration } from "./go_duration.ts";
import { LOG_LEVELS, type LogFormat, type LogLevel } from "./log.ts";
import { parsePrometheusFlags } from "./prometheus_flags.ts";
import { shownWord, UsageError } from "./usage_error.ts";

/** The command line, understood. */
export interface Args {
  readonly command: "run" | "check" | "demo" | "help" | "version";
  readonly config: string;
  readonly sets: readonly string[];
  /** What flags of Prometheus's say of keys of the file. */
  readonly settings: readonly Setting[];
  /** What is to be said of those flags. */
  readonly remarks: readonly Remark[];
  readonly shutdownGraceMs: number;
  readonly logFormat: LogFormat;
  readonly logLevel: LogLevel;
  /** What flags of Prometheus's say of scraping. */
  readonly scraping: ScraperOptions;
  /** For `check`: files that the configuration names are not looked for. */
  readonly syntaxOnly: boolean;
  /** For the demo: the receiver fails for a while, and then the demo ends. */
  readonly outage: boolean;
}

export const HELP = `walq: a durable Prometheus remote write queue

  walq run --config FILE     take metrics in, keep them on disk, send them on
  walq agent FLAGS           the same, with the flags of prometheus --agent
  walq check --config FILE   check the configuration and end
  walq demo                  show it at work, with data in ./data

Options:
  --config FILE           the configuration, in Prometheus's YAML; - is standard input
  --set KEY=VALUE         override one key, such as server.listen=127.0.0.1:9099
                          or remote_write[0].queue_config.max_shards=8; repeatable
  --shutdown-grace TIME   on SIGTERM go on sending for at most this long (5s)
  --log-format FORMAT     logfmt or json (logfmt)
  --log-level LEVEL       the least that is logged: debug, info, warn or error (info)
  --syntax-only           check: do not look for the files that the configuration names
  --outage                demo: the receiver is down for 20 seconds; ends by itself
  --help, --version

SIGHUP reads the configuration again.`;

const GRACE_MS_MAX = 3_600_000;

/** The options of each command that take a value. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  run: ["--config", "--set", "--shutdown-grace", "--log-format", "--log-level"],
  check: ["--config", "--set"],
  demo: ["--log-format"],
};

/** The one that takes none. */
const SWITCHES: Readonly<Record<string, string>> = { check: "--syntax-only", demo: "--outage" };

/** @throws {UsageError} */
export function parseArgs(words: readonly string[], directory: string): Args {
  if (words.includes("--help") || words.includes("-h") || words[0] === "help") return args("help");
  if (words.includes("--version")) return args("version");
  const [command, ...rest] = words;
  if (command === undefined) throw new UsageError("expected a command: run, agent, check or demo");
  if (command === "agent") return agentArgs(rest, directory);
  if (command !== "run" && command !== "check" && command !== "demo") {
    throw new UsageError(
      `unknown command ${shownWord(command)}, expected run, agent, check or demo`,
    );
  }
  const given = readFlags(command, rest);
  const config = given.get("--config")?.at(-1) ?? "";
  if (command !== "demo" && config === "") throw new UsageError(`${command} needs --config FILE`);
  return {
    command,
    config,
    sets: given.get("--set") ?? [],
    settings: [],
    remarks: [],
    shutdownGraceMs: grace("--shutdown-grace", given.get("--shutdown-grace")?.at(-1) ?? "5s"),
    logFormat: format("--log-format", given.get("--log-format")?.at(-1) ?? "logfmt"),
    logLevel: level("--log-level", given.get("--log-level")?.at(-1) ?? "info"),
    scraping: {},
    syntaxOnly: given.has("--syntax-only"),
    outage: given.has("--outage"),
  };
}

function args(command: "help" | "version"): Args {
  return {
    command,
    config: "",
    sets: [],
    settings: [],
    remarks: [],
    shutdownGraceMs: 0,
    logFormat: "logfmt",
    logLevel: "info",
    scraping: {},
    syntaxOnly: false,
    outage: false,
  };
}

/** `walq agent`: `run` by Prometheus's flags, defaults included. */
function agentArgs(words: readonly string[], directory: string): Args {
  const { config, settings, ...flags } = parsePrometheusFlags(words, directory);
  const remarks = [...flags.remarks];
  return {
    command: "run",
    config,
    sets: [],
    settings,
    remarks,
    shutdownGraceMs: flushDeadline(flags.shutdownGrace, remarks),
    logFormat: format("--log.format", flags.logFormat),
    logLevel: level("--log.level", flags.logLevel),
    scraping: {
      timestampToleranceMs: flags.alignsTimestamps ? tolerance(flags.timestampTolerance) : "none",
      discoveryReloadMs: grace("--scrape.discovery-reload-interval", flags.discoveryReload),
    },
    syntaxOnly: false,
    outage: false,
  };
}

/** `--flag value` and `--flag=value`. */
function readFlags(command: string, words: readonly string[]): Map<string, string[]> {
  const given = new Map<string, string[]>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const equals = word.indexOf("=");
    const flag = word.startsWith("--") && equals > 0 ? word.slice(0, equals) : word;
    if (SWITCHES[command] === word) {
      given.set(flag, []);
      continue;
    }
    if (!VALUES[command]!.includes(flag)) {
      const what = word.startsWith("-")
        ? `option ${shownWord(flag)}`
        : `argument behind "${words[at - 1] ?? command}"`;
      throw new UsageError(`unknown ${what} of ${command}`);
    }
    const value = flag === word ? words[++at] : word.slice(equals + 1);
    if (value === undefined) throw new UsageError(`${flag} needs a value`);
    given.set(flag, [...given.get(flag) ?? [], value]);
  }
  return given;
}

function grace(flag: string, text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms <= GRACE_MS_MAX) return ms;
  throw new UsageError(
    `${flag}: got "${text}", expected a duration up to 1h such as "5s"`,
  );
}

/** As {@link grace}, but what Prometheus takes is no error. */
function flushDeadline(text: string, remarks: Remark[]): number {
  const flag = "--storage.remote.flush-deadline";
  const ms = parseDuration(text);
  if (ms === undefined || ms <= GRACE_MS_MAX) return grace(flag, text);
  const message = `got ${text}, using ${formatDuration(GRACE_MS_MAX)}: walq has no more`;
  remarks.push({ level: "warn", place: "the command line", key: flag, message });
  return GRACE_MS_MAX;
}

function tolerance(text: string): number {
  const ms = parseGoDuration(text);
  if (ms !== undefined) return ms;
  const expected = 'expected a duration such as "2ms" or "500us"';
  throw new UsageError(`--scrape.timestamp-tolerance: got ${shownWord(text)}, ${expected}`);
}

function format(flag: string, text: string): LogFormat {
  if (text === "logfmt" || text === "json") return text;
  throw new UsageError(`${flag}: got "${text}", expected logfmt or json`);
}

function level(flag: string, text: string): LogLevel {
  const found = LOG_LEVELS.find((one) => one === text);
  if (found !== undefined) return found;
  throw new UsageError(`${flag}: got "${text}", expected debug, info, warn or error`);
}
