/** The interfaces of the options, as files of TypeScript: from the rows of their tables. */
import { checkedName } from "../../src/options/block.ts";
import type { AnyBlock, AnyOption } from "../../src/options/table.ts";

const LINE_LENGTH_MAX = 100;
/** Text reads better in lines that are not as long as those of code. */
const DOC_LENGTH_MAX = 88;

const HEAD = "// Written by `npm run build:options`, from the rows in src/options/tables/.\n";

/** Where the types are that are named in rows, and in no table. */
const MODULES: readonly (readonly [module: string, types: readonly string[]])[] = [
  ["../contracts.ts", ["BatchFormat", "OnFull", "OnRefused", "SyncLevel", "TlsVersion"]],
  ["../credentials.ts", ["AzureCloud", "OAuth2GrantType", "OAuth2SignatureAlgorithm"]],
  ["../types.ts", ["Labels", "ProtobufMessage", "RequestCompression"]],
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
  const interfaces = blocksIn(top).map((block) => {
    const doc =
      `{@link ${block.name}}, checked: every option has its value, and a number its unit.`;
    return interfaceOf(`Checked${block.name}`, doc, block, (name, { kind, presence }) => {
      const type = presence === "optional" ? `${kind.checked} | undefined` : kind.checked;
      return `  readonly ${checkedName(name, kind)}: ${type};\n`;
    });
  });
  return withImports(interfaces);
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

function withImports(interfaces: readonly string[]): string {
  const code = interfaces.join("\n");
  const imports = MODULES.flatMap(([module, types]) => {
    const used = types.filter((type) => new RegExp(`: .*\\b${type}\\b.*;$`, "m").test(code));
    return used.length === 0 ? [] : [`import type { ${used.join(", ")} } from "${module}";\n`];
  });
  return `${HEAD}${imports.join("")}\n${code}`;
}
