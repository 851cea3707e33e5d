/** The image of the Dockerfile, without a builder: its root, made by the script that the Dockerfile calls, and entered as a container is. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { missing } from "./installed.ts";
import { scratchDirectory } from "./scratch.ts";
import { whyNoTmpfs } from "./tmpfs.ts";

/** As in the Dockerfile. */
const USER = 65532;
const ENTER = `
root=$1; data=$2; config=$3; shift 3
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -o remount,ro,bind "$root"
mount --bind "$data" "$root/var/lib/walq"
mount --bind "$config" "$root/etc/walq"
exec unshare --root="$root" --wd=/var/lib/walq --setuid=${USER} --setgid=${USER} /usr/bin/walq "$@"
`;

/** Why it cannot be entered here; false when it can. */
export function whyNoImage(): string | false {
  if (process.platform !== "linux") return "not on Linux";
  const absent = missing("unshare", "ldd");
  if (absent) return absent;
  if (process.getuid?.() !== 0) return "not root";
  if (spawnSync("unshare", ["-m", "true"]).status !== 0) return "no mount namespaces";
  return whyNoTmpfs();
}

export class ImageRoot {
  readonly path: string;
  readonly binary: string;
  /** Mounted at /var/lib/walq, as a volume. */
  readonly data: string = scratchDirectory("image-data");
  /** Mounted at /etc/walq. */
  readonly config: string = scratchDirectory("image-config");

  private constructor(path: string, binary: string) {
    this.path = path;
    this.binary = binary;
    execFileSync("chown", [`${USER}:${USER}`, this.data]);
    execFileSync("chmod", ["0755", this.config]);
  }

  static make(): ImageRoot {
    const name = `linux-${process.arch}`;
    execFileSync(process.execPath, ["build/scripts/build_binaries.js", "--only", name]);
    const binary = resolve("build/binaries", `walq-${name}`);
    const path = join(scratchDirectory("image"), "root");
    mkdirSync(path);
    execFileSync("sh", ["ops/image/make_root.sh", binary, path]);
    return new ImageRoot(path, binary);
  }

  /** The command line of walq in it: as the image's user, its root read-only, nothing of the host but /proc. */
  command(...args: readonly string[]): readonly string[] {
    const places = [this.path, this.data, this.config];
    return ["unshare", "-m", "sh", "-euc", ENTER, "sh", ...places, ...args];
  }

  /** In mebibytes: all files of it, and the binary among them. */
  sizes(): { root: number; binary: number } {
    const bytes = Number(
      execFileSync("du", ["-sb", this.path], { encoding: "utf8" }).split("\t")[0],
    );
    return { root: bytes / 1024 / 1024, binary: statSync(this.binary).size / 1024 / 1024 };
  }
}
