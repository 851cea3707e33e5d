import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { scratchDirectory } from "../test/peers/support/scratch.ts";

const NAME_SECTION = "name";

/**
 * Names of the kernel's functions by index: the embedded module has none. Its
 * sources are compiled once more with names, which leaves the order as it is.
 */
export function kernelNames(): Map<number, string> {
  const file = join(scratchDirectory("kernel-names"), "kernel.wasm");
  // As scripts/build_kernel.ts compiles, and with names.
  const flags = [
    "-O3",
    "--converge",
    "--noAssert",
    "--enable",
    "simd",
    "--runtime",
    "minimal",
    "--use",
    "abort=",
  ];
  const compiler = join("node_modules", "assemblyscript", "bin", "asc.js");
  const args = [compiler, "asm/index.ts", "--outFile", file, ...flags, "--debug"];
  execFileSync(process.execPath, args, { stdio: ["ignore", "inherit", "inherit"] });
  const module = new WebAssembly.Module(readFileSync(file));
  const [section] = WebAssembly.Module.customSections(module, NAME_SECTION);
  return section ? functionNames(new Uint8Array(section)) : new Map();
}

/** Subsection 1 of the name section: a count, then pairs of an index and a name. */
function functionNames(bytes: Uint8Array): Map<number, string> {
  const names = new Map<number, string>();
  const decoder = new TextDecoder();
  let at = 0;
  const next = (): number => {
    let value = 0;
    for (let shift = 0;; shift += 7) {
      const byte = bytes[at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const kind = next();
    const end = next() + at;
    for (let left = kind === 1 ? next() : 0; left > 0; left--) {
      const index = next();
      const length = next();
      names.set(index, decoder.decode(bytes.subarray(at, at + length)));
      at += length;
    }
    at = end;
  }
  return names;
}
