/**
 * Who may import whom. A module is a folder of `src/`, or one of the few files
 * beside them; ARCHITECTURE.md has the same as a table.
 */

/** Files that every module may import. */
const BASE = [
  "types",
  "limits",
  "errors",
  "assert",
  "version",
  "shown_url",
  "stream_url",
  "hide_secrets",
  "visible_text",
  "shown_params",
  "unless_aborted",
  "time_unit",
  "http_date",
  "protobuf",
  "metadata_message",
  "byte_pool",
  "is_object",
  "json_fault",
  "endpoint_name",
];
/** What a stage has below it. */
const BELOW = [...BASE, "contracts", "actor"];

/** What a batch is, and all below it: the ground of the kernel's larger modules. */
const ASM_BATCH = ["asm/abi", "asm/bytes", "asm/codec", "asm/batch"];

/** The modules that each module may import, besides itself. A module that is not here is unknown. */
const MODULES: ReadonlyMap<string, readonly string[]> = new Map(Object.entries({
  types: BASE,
  limits: BASE,
  errors: BASE,
  assert: BASE,
  version: [],
  shown_url: [],
  stream_url: [],
  hide_secrets: [],
  visible_text: [],
  shown_params: [],
  unless_aborted: [],
  time_unit: [],
  http_date: [],
  protobuf: [],
  metadata_message: ["protobuf", "types"],
  byte_pool: [],
  is_object: [],
  json_fault: [],
  endpoint_name: ["limits"],
  contracts: BASE,
  duration: BASE,
  size: BASE,
  content: BASE,
  // Paths with patterns: in the program's file, and in discoveries.
  glob: [...BASE, "contracts"],
  // What requests come under beside snappy: zstd's frames are the kernel's to find.
  unpack: [...BASE, "contracts", "content", "kernel"],
  // Pages that are got whole: for what scrapes and for discoveries.
  whole_body: [...BASE, "contracts"],
  // Who walq is before an endpoint: said by `options`, made by `auth`.
  credentials: [...BASE, "contracts"],
  // Rules for labels: checked by `options`, applied by `pipeline`.
  relabel: BASE,
  // How connections are made, by settings that may be in files: checked by `options`, used by `pipeline`.
  connection: BELOW,
  options: [...BASE, "contracts", "connection", "credentials", "duration", "relabel", "size"],
  logger: [...BASE, "contracts"],
  actor: [...BASE, "contracts"],
  clock: [...BASE, "contracts"],
  // The series that come in, for who wants to look at them: made by `queue`.
  sampling: [...BASE, "contracts"],
  // A series of the queue's own, which tells a receiver's gaps: made by `queue`.
  sequence: BELOW,
  formats: [...BASE, "contracts"],
  kernel: [...BASE, "contracts"],
  platform: [...BASE, "contracts", "duration", "size"],
  stats: [...BASE, "contracts"],
  // Hosts for tests, and `testing.ts`, which exports them: no other module has them in its row.
  testing: [...BELOW, "platform"],
  appender: BELOW,
  serializer: BELOW,
  // What every store of batches has: which there are, in which order they go.
  store: [...BELOW, "formats"],
  filequeue: [...BELOW, "formats", "store"],
  // The same in a stream of NATS JetStream.
  jetstream: [...BELOW, "auth", "connection", "credentials", "formats", "options", "store"],
  // The accounts of a request, which `endpoint` and `network` divide.
  parts: [...BASE, "contracts"],
  endpoint: [...BELOW, "parts"],
  // What walq adds to a request that says who it is: wired by `pipeline`.
  auth: [...BELOW, "credentials"],
  network: [...BELOW, "parts", "auth"],
  // Targets, when they are scraped and what comes of it: wired by `agent`.
  scrape: [
    ...BELOW,
    "auth",
    "connection",
    "duration",
    "kernel",
    "options",
    "relabel",
    "whole_body",
  ],
  // That the batches of a data path are in a stream: said by `queue`, and read by who looks for them.
  stream_mark: ["contracts"],
  // Directories that endpoints have left: which of them are sent, for `queue` alone.
  orphans: [...BELOW, "options", "filequeue", "stream_mark"],
  // The directory that a queue owns: its lock, for `pipelines` and `queue`.
  data_path: [...BELOW, "filequeue"],
  // These three alone wire the stages: a pipeline is all that belongs to one endpoint.
  pipeline: [
    ...BELOW,
    "options",
    "relabel",
    "stats",
    "clock",
    "filequeue",
    "jetstream",
    "endpoint",
    "connection",
    "auth",
    "network",
  ],
  pipelines: [...BELOW, "options", "stats", "clock", "data_path", "orphans", "pipeline"],
  queue: [
    ...BELOW,
    "content",
    "jetstream",
    "options",
    "logger",
    "kernel",
    "stats",
    "clock",
    "appender",
    "serializer",
    "data_path",
    "orphans",
    "pipelines",
    "stream_mark",
    "sequence",
    "sampling",
    "unpack",
  ],
  default_queue: ["logger", "options", "queue"],
  // Metrics of OpenTelemetry as series, into a transaction of whoever has one.
  otlp: [...BASE],
  // Requests of other people's senders, into a queue.
  receive: [...BELOW, "content", "otlp", "queue"],
  receiver: ["otlp", "receive"],
  // The metrics of an application, into a queue that it has opened.
  collect: [...BELOW, "appender", "clock", "kernel", "queue"],
  prom_client: ["collect"],
  // What OpenTelemetry's SDK collects, into a queue.
  exporter: [...BELOW, "appender", "otlp"],
  opentelemetry: ["exporter", "otlp"],
  // Where targets come from: told to what scrapes.
  discovery: [
    ...BELOW,
    "auth",
    "connection",
    "credentials",
    "glob",
    "options",
    "relabel",
    "whole_body",
  ],
  // What is done with the files of queues: for commands.
  tools: [...BELOW, "appender", "filequeue", "formats", "logger", "relabel", "store"],
  agent: [
    ...BELOW,
    "content",
    "discovery",
    "duration",
    "glob",
    "jetstream",
    "kernel",
    "options",
    "logger",
    "otlp",
    "queue",
    "receive",
    "relabel",
    "sampling",
    "scrape",
    "size",
    "stats",
    "stream_mark",
    "tools",
  ],
  // The page in a browser: of the program it has these alone, below.
  web: ["visible_text"],
  // The public API; of the appender it exports types.
  mod: [
    ...BASE,
    "contracts",
    "content",
    "options",
    "logger",
    "queue",
    "default_queue",
    "stats",
    "appender",
  ],
  // The kernel: each of its modules stands on those above it here, and nothing reaches up.
  "asm/abi": [],
  "asm/bytes": ["asm/abi"],
  "asm/codec": ["asm/abi", "asm/bytes"],
  "asm/batch": ["asm/abi", "asm/bytes", "asm/codec"],
  "asm/intake/kept": ["asm/bytes", "asm/batch"],
  "asm/intake": [...ASM_BATCH, "asm/intake/kept"],
  // Alloy's second format is remote write in records of its own.
  "asm/formats/alloy": [...ASM_BATCH, "asm/intake"],
  "asm/formats/walq": ASM_BATCH,
  "asm/parts": ASM_BATCH,
  "asm/relabel": ASM_BATCH,
  "asm/requests": [...ASM_BATCH, "asm/relabel"],
  "asm/sealed": ASM_BATCH,
  "asm/scrape": ASM_BATCH,
  asm: [
    ...ASM_BATCH,
    "asm/intake",
    "asm/intake/kept",
    "asm/formats/alloy",
    "asm/formats/walq",
    "asm/parts",
    "asm/relabel",
    "asm/requests",
    "asm/sealed",
    "asm/scrape",
  ],
}));

/** The entry of the program and its hosts, which choose a platform and may use the runtime's own API. */
const AGENT_ENTRY = /^src\/agent\/(?:main|hosts\/\w+)\.ts$/;

/** The modules or files that may import an npm package; types count, too. */
const PACKAGES: ReadonlyMap<string, readonly string[]> = new Map(Object.entries({
  "valibot": ["options", "agent"],
  "@msgpack/msgpack": ["store"],
  "@nats-io/jetstream": ["platform"],
  "@nats-io/nats-core": ["platform"],
  "hono": ["agent", "receive"],
  "bcryptjs": ["agent"],
  "yaml": ["agent", "discovery"],
  "prom-client": ["agent"],
  "ipaddr.js": ["platform"],
  "re2js": ["relabel"],
  "oauth4webapi": ["auth"],
  "aws4fetch": ["auth"],
  "uplot": ["web"],
}));

/** Files that these other files may import, and no others. */
const PRIVATE_FILES: ReadonlyMap<string, readonly string[]> = new Map(Object.entries({
  "src/kernel/bytes.ts": ["src/kernel/kernel.ts"],
  "src/platform/default.ts": ["src/default_queue.ts"],
}));

/** Files without a word about the host, which a browser has too. */
const FOR_BROWSERS: ReadonlySet<string> = new Set([
  "src/agent/page/protocol.ts",
  "src/agent/page/words.ts",
]);

/** The rules that one file breaks, each as a sentence. `path` is from the root of the repository. */
export function brokenRules(path: string, source: string): string[] {
  const module = moduleOf(path);
  const allowed = MODULES.get(module);
  if (allowed === undefined) {
    return [`${path}: the module "${module}" is unknown to the import rules`];
  }
  const { specifiers, computed } = importsOf(source);
  const broken = specifiers.flatMap((specifier) => brokenImport(path, module, allowed, specifier));
  if (computed) broken.push("imports a computed name");
  if (!mayNameRuntime(path) && namesRuntime(source)) broken.push("names Deno or Bun");
  return broken.map((rule) => `${path}: ${rule}`);
}

function brokenImport(
  path: string,
  module: string,
  allowed: readonly string[],
  specifier: string,
): string[] {
  if (specifier.startsWith("node:")) {
    return mayNameRuntime(path) ? [] : [`imports ${specifier}`];
  }
  if (!specifier.startsWith(".")) {
    const users = PACKAGES.get(packageOf(specifier)) ?? [];
    return users.includes(module) || users.includes(path)
      ? []
      : [`imports the package ${specifier}`];
  }
  const target = resolve(path, specifier);
  const importers = PRIVATE_FILES.get(target);
  if (importers?.includes(path)) return [];
  if (importers) return [`imports ${target}, which is for ${importers.join(", ")} alone`];
  if (module === "web" && FOR_BROWSERS.has(target)) return [];
  const other = moduleOf(target);
  if (other === module || allowed.includes(other)) return [];
  if (AGENT_ENTRY.test(path) && other === "platform") return [];
  return [`the module "${module}" imports "${other}" (${target})`];
}

/**
 * The circles of imports, types included: files that reach each other cannot be read
 * one after the other. Each is told once, as the files on it in alphabetical order.
 */
export function circlesOf(sources: ReadonlyMap<string, string>): string[][] {
  const imported = new Map(
    Array.from(sources, ([path, source]) => {
      const targets = importsOf(source).specifiers
        .filter((specifier) => specifier.startsWith("."))
        .map((specifier) => resolve(path, specifier));
      // The kernel's language leaves the extension out.
      return [path, targets.map((target) => sources.has(target) ? target : `${target}.ts`)];
    }),
  );
  const reached = new Map(
    Array.from(imported.keys(), (path) => [path, reachedFrom(path, imported)]),
  );
  const circles = new Map<string, string[]>();
  for (const [path, others] of reached) {
    if (!others.has(path)) continue;
    const circle = [...others].filter((other) => reached.get(other)?.has(path)).sort();
    circles.set(circle.join(), circle);
  }
  return [...circles.values()];
}

/** What a file imports, and what that imports, and so on: itself, if it is on a circle. */
function reachedFrom(path: string, imported: ReadonlyMap<string, readonly string[]>): Set<string> {
  const reached = new Set<string>();
  const waiting = [...imported.get(path) ?? []];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (reached.has(next)) continue;
    reached.add(next);
    waiting.push(...imported.get(next) ?? []);
  }
  return reached;
}

function mayNameRuntime(path: string): boolean {
  return path.startsWith("src/platform/") || AGENT_ENTRY.test(path);
}

/**
 * `src/actor/mailbox.ts` is in `actor`, `src/queue.ts` in `queue`, `mod.ts` in
 * `mod`; `src/options.ts` is the entry of the module `options`, `testing.ts` of
 * `testing`. In the kernel each folder is a module: `asm/intake/kept/sets.ts` is in
 * `asm/intake/kept`, `asm/writer.ts` in `asm`.
 */
function moduleOf(path: string): string {
  const [first, second] = path.split("/");
  if (first === "asm") return path.split("/").slice(0, -1).join("/");
  const name = (first === "src" ? second : first) ?? "";
  return name.replace(/\.ts$/, "");
}

/** `@msgpack/msgpack/x` is in the package `@msgpack/msgpack`. */
function packageOf(specifier: string): string {
  return specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

function resolve(from: string, specifier: string): string {
  const names = from.split("/").slice(0, -1);
  for (const name of specifier.split("/")) {
    if (name === "..") names.pop();
    else if (name !== ".") names.push(name);
  }
  return names.join("/");
}

/**
 * What a file imports. The formatter is part of the gate, so imports and exports
 * begin their line; `import()` can be anywhere.
 */
export function importsOf(source: string): { specifiers: string[]; computed: boolean } {
  const code = withoutComments(source);
  const patterns = [
    /^(?:import|export)\s[^;"'`=()]*?\bfrom\s*["']([^"']+)["']/gm,
    /^import\s*["']([^"']+)["']/gm,
    /\bimport\(\s*["']([^"']+)["']/g,
    /\brequire\(\s*["']([^"']+)["']/g,
  ];
  const specifiers = patterns.flatMap((pattern) =>
    [...code.matchAll(pattern)].map((match) => match[1] ?? "")
  );
  return { specifiers, computed: /\bimport\((?!\s*["'])/.test(code) };
}

function namesRuntime(source: string): boolean {
  const code = withoutComments(source);
  return /\b(?:Deno|Bun)\s*(?:\?\.|\.\s*\w|\[)|typeof (?:Deno|Bun)\b|["'](?:Deno|Bun)["'] in\b|globalThis[^;]{0,60}["'](?:Deno|Bun)["']/
    .test(code);
}

/** Comment lines go; a comment at the end of a line of code does no harm to the patterns here. */
function withoutComments(source: string): string {
  return source.replace(/^\s*\/\*[\s\S]*?\*\//gm, "").replace(/^\s*\/\/.*$/gm, "");
}
