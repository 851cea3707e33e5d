/**
 * The program as few files. It is what takes time at a start: hundreds of modules, each
 * found, read and linked by itself, cost more than all that they do until the first answer.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";

const ENTRY = "src/agent/packaged.ts";

/** Packages in CommonJS ask for Node's modules by `require`, which a module does not have. */
const REQUIRE = `import { createRequire as requireFrom } from "node:module";
const require = requireFrom(import.meta.url);`;

/**
 * Modules of Node of which an import reads all that they export: of `node:process` that opens
 * the outputs, of `node:http` it loads Node's `fetch` and WebSocket (Node 22 and later). Asked
 * for as it is, a module reads nothing.
 */
const unread: Plugin = {
  name: "modules of Node that are not read",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:(?:http|process)$/ }, ({ path }) => ({ path, namespace: "unread" }));
    onLoad({ filter: /.*/, namespace: "unread" }, ({ path }) => ({
      contents: `module.exports = globalThis.process.getBuiltinModule("${path}");`,
    }));
  },
};

/**
 * Writes `walq.js`, and beside it a directory `walq` with what it loads when it is needed, and
 * the licences of the packages that are in it. Names stay as they are, so that a stack can be
 * read; the packages are in it, since a half of the modules is theirs.
 */
export async function bundleProgram(directory: string): Promise<void> {
  // Names of chunks have a hash in them: those of before would stay.
  rmSync(join(directory, "walq"), { recursive: true, force: true });
  const { metafile } = await build({
    entryPoints: { walq: ENTRY },
    outdir: directory,
    chunkNames: "walq/[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "es2023",
    sourcemap: "linked",
    sourcesContent: false,
    legalComments: "none",
    banner: { js: REQUIRE },
    plugins: [unread],
    metafile: true,
    logLevel: "warning",
  });
  writeFileSync(join(directory, "walq", "LICENSES.txt"), licencesOf(metafile));
}

/** Each package with its licence, as all of them want it where their code is. */
function licencesOf({ inputs }: Metafile): string {
  const directories = new Set(
    Object.keys(inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []),
  );
  if (directories.size === 0) throw new Error(`no package is in ${ENTRY}, some were expected`);
  const sections = [...directories].sort().map((directory) => {
    const { name, version, license } = JSON.parse(
      readFileSync(join(directory, "package.json"), "utf8"),
    );
    return `${name} ${version} (${license})\n\n${licenceIn(directory)}`;
  });
  return `The program holds these packages:\n\n${sections.join(`\n\n${"-".repeat(72)}\n\n`)}\n`;
}

function licenceIn(directory: string): string {
  const name = readdirSync(directory).find((one) => /^licen[cs]e/i.test(one));
  if (name === undefined) throw new Error(`no licence in ${directory}`);
  return readFileSync(join(directory, name), "utf8").trim();
}
