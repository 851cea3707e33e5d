/** The interfaces of the options, as files of TypeScript: from the rows of their tables. */
import { checkedName } from "../../src/options/block.ts";
import type { AnyBlock, AnyOption } from "../../src/options/table.ts";

const LINE_LENGTH_MAX = 100;
/** Text reads better in lines that are not as long as those of code. */
const DOC_LENGTH_MAX = 88;

const HEAD = "// Written by `npm run build:options`, from the rows in src/options/tables/.\n";

/** Where the types are that are named in rows, and in no table. */
const MODULES: readonly (readonly [module: string, types: readonly string[]])[] = [
  ["../contracts.ts", [
    "BatchFormat",
    "OnFull",
    "OnRefused",
    "SendOrder",
    "ScrapeProtocol",
    "SyncLevel",
    "TlsVersion",
  ]],
  ["../credentials.ts", ["AzureCloud", "OAuth2GrantType", "OAuth2SignatureAlgorithm"]],
  ["../types.ts", ["Labels", "ProtobufMessage", "RequestCompression"]],
  ["./resolved_scrape.ts", ["DnsRecordType", "EscapingScheme", "KubernetesRole"]],
  ["./values.ts", ["Duration", "NameValidationScheme", "RelabelAction", "Size"]],
];

/** What a user gives: `src/options/types.ts`. */
export function givenFile(top: AnyBlock): string {
  const interfaces = blocksIn(top).map((block) =>
    interfaceOf(block.name, block.doc, block, (name, row) => {
      const mark = row.presence === "required" ? "" : "?";
      return `${docOf(docstring(row), "  ")}  readonly ${name}${mark}: ${row.kind.given};\n`;
    })
  );
  return withImports(interfaces);
}

/** What the checks make of it: `src/options/checked.ts`. */
export function checkedFile(top: AnyBlock): string {
  return withImports(checkedInterfaces(blocksIn(top)));
}

/** The same of tables that the program has and the library has not: `src/options/checked_scrape.ts`. */
export function checkedProgramFile(top: AnyBlock, library: AnyBlock): string {
  const known = blocksIn(library);
  const own = blocksIn(top).filter((block) => !known.includes(block));
  const names = known.map(({ name }) => `Checked${name}`).sort();
  return withImports(checkedInterfaces(own), [["./checked.ts", names]]);
}

function checkedInterfaces(blocks: readonly AnyBlock[]): string[] {
  return blocks.map((block) => {
    const doc =
      `{@link ${block.name}}, checked: every option has its value, and a number its unit.`;
    return interfaceOf(`Checked${block.name}`, doc, block, (name, { kind, presence }) => {
      const type = presence === "optional" ? `${kind.checked} | undefined` : kind.checked;
      return `  readonly ${checkedName(name, kind)}: ${type};\n`;
    });
  });
}

/** A block, after those that are in it. */
export function blocksIn(block: AnyBlock): AnyBlock[] {
  const inner = Object.values(block.rows).flatMap(({ kind }) =>
    kind.block ? blocksIn(kind.block) : []
  );
  return [...new Set([...inner, block])];
}

function interfaceOf(
  name: string,
  doc: string,
  { rows }: AnyBlock,
  member: (name: string, row: AnyOption) => string,
): string {
  const members = Object.entries(rows).map(([option, row]) => member(option, row));
  return `${docOf(doc, "")}export interface ${name} {\n${members.join("")}}\n`;
}

function docstring({ doc, kind, presence, defaultDoc, default: value }: AnyOption): string {
  const bounds = kind.bounds === undefined ? "" : ` Bounds: ${kind.bounds}.`;
  if (presence === "required") return doc + bounds;
  const told = presence === "optional" ? defaultDoc ?? "none" : JSON.stringify(value);
  return `${doc}${bounds} @default ${told}`;
}

/** A docstring, on one line where it fits. */
function docOf(text: string, indent: string): string {
  const line = `${indent}/** ${text} */`;
  if (line.length <= LINE_LENGTH_MAX) return `${line}\n`;
  // A tag begins a line.
  const lines = text.split(/ (?=@default )/).flatMap(wrapped);
  return `${indent}/**\n${lines.map((one) => `${indent} * ${one}\n`).join("")}${indent} */\n`;
}

function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > DOC_LENGTH_MAX) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** On one line where it fits. */
function importOf(module: string, types: readonly string[]): string {
  const line = `import type { ${types.join(", ")} } from "${module}";\n`;
  if (line.length <= LINE_LENGTH_MAX + 1) return line;
  return `import type {\n${types.map((type) => `  ${type},\n`).join("")}} from "${module}";\n`;
}

function withImports(
  interfaces: readonly string[],
  more: typeof MODULES = [],
): string {
  const code = interfaces.join("\n");
  const imports = [...MODULES, ...more].flatMap(([module, types]) => {
    const used = types.filter((type) => new RegExp(`: .*\\b${type}\\b.*;$`, "m").test(code));
    return used.length === 0 ? [] : [importOf(module, used)];
  });
  return `${HEAD}${imports.join("")}\n${code}`;
}
