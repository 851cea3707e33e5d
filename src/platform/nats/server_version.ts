import type { StreamFault } from "../../contracts.ts";

/**
 * The first that is not known to lose, when servers are killed while messages are deleted, what
 * a quorum has acknowledged: `npm run chaos -- --servers-alone --purges` shows it of 2.9.10.
 */
const VERSION_MIN = [2, 10] as const;

/** What there is to say of the version of the servers; one that is none is not looked at. */
export function versionFaults(stream: string, version: string): readonly StreamFault[] {
  const [, major, minor] = /^v?(\d+)\.(\d+)\./.exec(version) ?? [];
  if (major === undefined || minor === undefined) return [];
  const [majorMin, minorMin] = VERSION_MIN;
  const isOld = Number(major) < majorMin ||
    (Number(major) === majorMin && Number(minor) < minorMin);
  if (!isOld) return [];
  const wanted = `${VERSION_MIN.join(".")} or later`;
  return [{ stream, key: "server_version", got: version, wanted, isFatal: false }];
}
