/**
 * The flags of `prometheus --agent`, as `walq agent` takes them: a unit file for that
 * becomes one for walq by a change of one word. Names, defaults and forms (`--flag
 * value`, `--flag=value`, `--no-flag`) are those of Prometheus 3.
 */
import type { Setting } from "./config/source.ts";
import type { Remark } from "./config/problems.ts";
import { shownWord, UsageError } from "./usage_error.ts";

/** What the flags say. */
export interface PrometheusFlags {
  readonly config: string;
  readonly shutdownGrace: string;
  readonly logLevel: string;
  readonly logFormat: string;
  /** Timestamps of scrapes are moved to where they should be, by as much as the tolerance. */
  readonly alignsTimestamps: boolean;
  readonly timestampTolerance: string;
  readonly discoveryReload: string;
  readonly settings: readonly Setting[];
  /** What is to be said of flags that do something else here, or nothing. */
  readonly remarks: readonly Remark[];
}

/** Key of the file, from its top. */
type Path = readonly string[];

/** One flag. */
interface Flag {
  readonly takes: "value" | "values" | "nothing";
  /** The key of the file that it stands for. */
  readonly path?: Path;
  /** As Prometheus has it, where the file says nothing and the flag is not given. */
  readonly default?: string | readonly string[];
  /** The value is a path from where the process runs, as the file has its paths from its own directory. */
  readonly isPath?: true;
  /** Nothing comes of it, and that is what the log says. */
  readonly note?: string;
}

const value = (path: Path, more: Partial<Flag> = {}): Flag => ({ takes: "value", path, ...more });
const flag = (path: Path, more: Partial<Flag> = {}): Flag => ({ takes: "nothing", path, ...more });
const noted = (takes: Flag["takes"], note: string): Flag => ({ takes, note });

const NO_PAGES = "walq has no pages";
const NO_WAL = "walq's files are its own: docs/format.md";
const NO_GO = "walq does not run on Go";

const FLAGS: ReadonlyMap<string, Flag> = new Map(Object.entries<Flag>({
  agent: { takes: "nothing" },
  "config.file": { takes: "value", default: "prometheus.yml" },
  "config.auto-reload": flag(["server", "auto_reload"]),
  "config.auto-reload-interval": value(["server", "auto_reload_interval"]),
  "web.listen-address": {
    takes: "values",
    path: ["server", "listen"],
    default: ["0.0.0.0:9090"],
  },
  "web.config.file": value(["server", "web_config_file"], { isPath: true }),
  "web.external-url": value(["server", "external_url"]),
  "web.route-prefix": value(["server", "route_prefix"]),
  "web.enable-lifecycle": flag(["server", "enable_lifecycle"]),
  "web.enable-admin-api": flag(["server", "enable_admin_api"]),
  "web.enable-remote-write-receiver": flag(["server", "enable_remote_write_receiver"], {
    default: "false",
  }),
  "web.remote-write-receiver.accepted-protobuf-messages": noted(
    "values",
    "walq takes both messages, 1.0 and 2.0",
  ),
  "web.enable-otlp-receiver": flag(["server", "enable_otlp_receiver"], { default: "false" }),
  "web.max-connections": value(["server", "max_connections"]),
  "web.read-timeout": value(["server", "read_timeout"]),
  "web.max-notifications-subscribers": noted("value", NO_PAGES),
  "web.console.templates": noted("value", NO_PAGES),
  "web.console.libraries": noted("value", NO_PAGES),
  "web.page-title": noted("value", NO_PAGES),
  "web.user-assets": noted("value", NO_PAGES),
  "web.cors.origin": noted("value", "walq lets no page of another origin read anything"),
  "web.systemd-socket": noted("nothing", "walq opens its sockets by itself: unix:PATH is one"),
  "storage.agent.path": value(["queue", "data_path"], { default: "data-agent/" }),
  "storage.agent.retention.max-time": value(["queue", "ttl"]),
  "storage.agent.retention.min-time": noted("value", "what is delivered is deleted at once"),
  "storage.agent.wal-segment-size": noted("value", NO_WAL),
  "storage.agent.wal-compression": noted("nothing", NO_WAL),
  "storage.agent.wal-compression-type": noted("value", NO_WAL),
  "storage.agent.wal-truncate-frequency": noted("value", NO_WAL),
  "storage.agent.no-lockfile": noted("nothing", "walq always locks its directory"),
  "storage.remote.flush-deadline": { takes: "value", default: "1m" },
  "scrape.adjust-timestamps": { takes: "nothing", default: "true" },
  "scrape.timestamp-tolerance": { takes: "value", default: "2ms" },
  "scrape.discovery-reload-interval": { takes: "value", default: "5s" },
  "scrape.name-escaping-scheme": noted("value", "global.metric_name_escaping_scheme says it"),
  "auto-gomaxprocs": noted("nothing", NO_GO),
  "auto-gomemlimit": noted("nothing", NO_GO),
  "auto-gomemlimit.ratio": noted("value", NO_GO),
  "enable-feature": { takes: "values" },
  "log.level": { takes: "value", default: "info" },
  "log.format": { takes: "value", default: "logfmt" },
}));

/** Those that Prometheus takes without `--agent` alone, by how they begin. */
const SERVER_ONLY = /^(?:storage\.tsdb\.|storage\.remote\.read-|rules\.|alertmanager\.|query\.)/;

/** What a feature of `--enable-feature` sets here, beside those that walq does nothing about. */
const FEATURES: ReadonlyMap<string, Setting | undefined> = new Map([
  ["agent", undefined],
  // It is so in Prometheus 3, and here.
  ["expand-external-labels", undefined],
  feature("st-storage", ["global", "scrape_start_timestamps"], "true"),
  feature("auto-reload-config", ["server", "auto_reload"], "true"),
  feature("type-and-unit-labels", ["server", "otlp_type_and_unit_labels"], "true"),
  feature("otlp-deltatocumulative", ["server", "otlp_deltas"], "cumulative"),
  feature("otlp-native-delta-ingestion", ["server", "otlp_deltas"], "native"),
]);

function feature(
  name: string,
  path: readonly string[],
  value: string,
): readonly [string, Setting] {
  return [name, { path, value, place: `--enable-feature=${name}` }];
}

/** What is to be said of features that do less here. */
const PARTLY: ReadonlyMap<string, string> = new Map([
  [
    "type-and-unit-labels",
    "type-and-unit-labels is for OTLP here: what is scraped, and what comes by remote write, has no such labels",
  ],
]);

/** Prometheus takes one of them. */
const EXCLUSIVE: readonly string[] = ["otlp-deltatocumulative", "otlp-native-delta-ingestion"];

/** @throws {UsageError} that names the flag. */
export function parsePrometheusFlags(
  words: readonly string[],
  directory: string,
): PrometheusFlags {
  const given = readFlags(words);
  const only = (name: string): string => given.get(name)?.[0] ?? String(FLAGS.get(name)!.default);
  const settings: Setting[] = [];
  const remarks: Remark[] = [];
  for (const [name, { takes, path, default: fallback, isPath, note }] of FLAGS) {
    const place = `--${name}`;
    const values = given.get(name);
    if (values !== undefined && note !== undefined) remarks.push(remarkOf(name, note));
    if (path === undefined) continue;
    if (values !== undefined) {
      // An empty one is none, as in Prometheus.
      const texts = values.map((text) => isPath && text !== "" ? absolute(directory, text) : text);
      settings.push({ path, place, value: takes === "values" ? texts : texts[0]! });
    } else if (fallback !== undefined) {
      settings.push({ path, place, value: fallback, isDefault: true });
    }
  }
  if (given.get("agent")?.[0] === "false") {
    remarks.push({ ...remarkOf("no-agent", "walq is an agent, and nothing else"), level: "warn" });
  }
  const features = (given.get("enable-feature") ?? []).flatMap((one) => one.split(","));
  if (EXCLUSIVE.every((one) => features.includes(one))) {
    const both = EXCLUSIVE.join(" and ");
    throw new UsageError(`cannot enable ${both} features at the same time`);
  }
  for (const feature of features.filter((one) => one !== "")) {
    const setting = FEATURES.get(feature);
    if (setting !== undefined) settings.push(setting);
    else if (!FEATURES.has(feature)) {
      remarks.push(remarkOf("enable-feature", `${shownWord(feature)} changes nothing here`));
    }
    const partly = PARTLY.get(feature);
    if (partly !== undefined) {
      remarks.push({ ...remarkOf("enable-feature", partly), level: "warn" });
    }
  }
  return {
    config: only("config.file"),
    shutdownGrace: only("storage.remote.flush-deadline"),
    logLevel: only("log.level"),
    logFormat: only("log.format"),
    alignsTimestamps: only("scrape.adjust-timestamps") === "true",
    timestampTolerance: only("scrape.timestamp-tolerance"),
    discoveryReload: only("scrape.discovery-reload-interval"),
    settings,
    remarks,
  };
}

/** By the rules of kingpin: what takes one value is given once. */
function readFlags(words: readonly string[]): Map<string, string[]> {
  const given = new Map<string, string[]>();
  const serverOnly = new Set<string>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (!word.startsWith("--")) throw new UsageError(`unexpected argument ${shownWord(word)}`);
    const [, written, inline] = /^--([^=]*)(?:=(.*))?$/s.exec(word)!;
    if (SERVER_ONLY.test(written!) || SERVER_ONLY.test(written!.replace(/^no-/, ""))) {
      serverOnly.add(`--${written!.replace(/^no-/, "")}`);
      // Its value, if it is no flag itself, belongs to it.
      if (inline === undefined && words[at + 1]?.startsWith("--") === false) at++;
      continue;
    }
    const isOff = !FLAGS.has(written!) &&
      FLAGS.get(written!.replace(/^no-/, ""))?.takes === "nothing";
    const name = isOff ? written!.slice("no-".length) : written!;
    const known = FLAGS.get(name);
    if (known === undefined) throw new UsageError(`unknown flag ${shownWord(`--${written}`)}`);
    let text = inline;
    if (known.takes === "nothing") {
      if (inline !== undefined) throw new UsageError(`--${written} takes no value`);
      text = String(!isOff);
    } else text ??= words[++at];
    if (text === undefined) throw new UsageError(`--${name} needs a value`);
    const before = given.get(name);
    if (before !== undefined && known.takes !== "values") {
      throw new UsageError(`--${name} cannot be repeated`);
    }
    given.set(name, [...before ?? [], text]);
  }
  if (serverOnly.size > 0) {
    const names = [...serverOnly].map(shownWord).join(" ");
    throw new UsageError(`The following flag(s) can not be used in agent mode: [${names}]`);
  }
  return given;
}

function remarkOf(name: string, message: string): Remark {
  return { level: "info", place: "the command line", key: `--${name}`, message };
}

function absolute(directory: string, path: string): string {
  return /^([/\\]|[A-Za-z]:)/.test(path) ? path : `${directory}/${path}`;
}
