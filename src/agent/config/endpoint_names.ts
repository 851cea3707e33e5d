/** The names of a file's endpoints: each is the directory of a queue, so no two may be one. */
import { endpointIdentities, type EndpointIdentity } from "./endpoint_identity.ts";
import { directoryName, endpointName, hashedName, shortHash, twinName } from "./endpoint_name.ts";
import type { Filled } from "./filled.ts";
import { type Kept, keptNames } from "./kept_names.ts";
import { pathKey } from "./path.ts";
import type { Problems } from "./problems.ts";
import { type KnownQueues, ownersFrom, type QueueOwner } from "./queue_owners.ts";
import type { Tree } from "./tree.ts";

/** The names that endpoints have. */
export interface EndpointNames {
  /** As they were given, by those of the directories, where the two differ. */
  readonly written: ReadonlyMap<string, string>;
  /** Of the queues of those that were given none, from now on. */
  readonly owners: readonly QueueOwner[];
}

/** An endpoint that was given no name. */
interface Unnamed {
  readonly endpoint: Filled;
  /** The name that stands for its URL. */
  readonly own: string;
  /** Names by what tells it from the others there, the best first; none where that is not known. */
  readonly twins: readonly string[];
  readonly marks: EndpointIdentity;
}

/** Who has a directory already, however the file system sees its letters. */
class TakenNames {
  readonly #taken = new Set<string>();
  readonly names = new Set<string>();

  readonly isFree = (name: string): boolean => !this.#taken.has(name.toLowerCase());

  take({ values }: Filled, name: string): void {
    values["name"] = name;
    this.names.add(name);
    this.#taken.add(name.toLowerCase());
  }
}

/**
 * Names the endpoints that were given no name, and makes directories' names of the names
 * that were given. Those go first: what has a name keeps it whatever is beside it. One
 * without keeps the queue that it had, whatever comes before it or goes.
 */
export function nameEndpoints(
  endpoints: readonly Filled[],
  root: Tree,
  { problems, known }: { readonly problems: Problems; readonly known: KnownQueues },
): EndpointNames {
  const taken = new TakenNames();
  const written = nameAsGiven(endpoints, taken);
  const all = unnamedIn(endpoints, root);
  for (const { endpoint: { of, path, at: { place, key } } } of all) {
    of.origins.set(pathKey([...path, "name"]), { place, key: `${key}.name (from its url)` });
  }
  const owners: QueueOwner[] = [];
  const byUrl = new Map<string, Unnamed[]>();
  for (const one of all) byUrl.set(one.own, [...byUrl.get(one.own) ?? [], one]);
  for (const [url, onUrl] of byUrl) {
    nameOnUrl(onUrl, { url, taken, problems, known });
    for (const { endpoint, marks } of onUrl) {
      owners.push({ name: String(endpoint.values["name"]), url, ...marks, isInUse: true });
    }
  }
  return { written, owners: ownersFrom(owners, known.owners, taken.names) };
}

function nameAsGiven(endpoints: readonly Filled[], taken: TakenNames): Map<string, string> {
  const written = new Map<string, string>();
  const given = new Set<string>();
  for (const endpoint of endpoints) {
    const { values: { name } } = endpoint;
    if (typeof name !== "string" || !isNamed(endpoint)) continue;
    const directory = directoryName(name);
    // The same name twice is refused, as in Prometheus.
    const isTwice = given.has(name);
    given.add(name);
    const own = isTwice || taken.isFree(directory) ? directory : hashedName(name);
    if (own !== name) written.set(own, name);
    taken.take(endpoint, own);
  }
  return written;
}

/** A name that is no text is left to its check. */
function isNamed({ given, values: { name } }: Filled): boolean {
  return given.has("name") && name !== "" && name !== null;
}

function unnamedIn(endpoints: readonly Filled[], root: Tree): Unnamed[] {
  const identities = endpointIdentities(root);
  return endpoints.flatMap((endpoint, index): Unnamed[] => {
    if (isNamed(endpoint)) return [];
    const { values: { url } } = endpoint;
    const text = typeof url === "string" ? url : "";
    const { whole = "", what = "", who = "" } = identities[index] ?? {};
    const marks = { whole: shortHash(whole), what: shortHash(what), who: shortHash(who) };
    const twins = [what, whole].filter((one) => one !== "").map((one) => twinName(text, one));
    return [{ endpoint, own: endpointName(text), twins, marks }];
  });
}

/** What the names of endpoints on one URL depend on. */
interface Naming {
  readonly url: string;
  readonly taken: TakenNames;
  readonly problems: Problems;
  readonly known: KnownQueues;
}

function nameOnUrl(onUrl: readonly Unnamed[], naming: Naming): void {
  const { url, taken, known } = naming;
  const { isFree } = taken;
  // Where nothing but secrets differs there are two of one name, which is refused; so does Prometheus.
  const different = onUrl.filter(({ marks }, index) => index === onUrl.findIndex(isSame(marks)));
  const owners = known.owners.filter((owner) => owner.url === url);
  const kept = keptNames(different.map(({ marks }) => marks), owners, isFree);
  const keeps = different.map((one, index) => kept[index] ?? foundBy(one, naming));
  for (const [index, keep] of keeps.entries()) {
    if (keep !== undefined) taken.take(different[index]!.endpoint, keep.name);
  }
  for (const [index, one] of different.entries()) {
    // That of another stays for it, or to be told of.
    const isOpen = (name: string): boolean =>
      isFree(name) && !owners.some((owner) => owner.name === name);
    const fresh = [url, ...one.twins].find(isOpen) ?? one.twins.find(isFree) ?? url;
    const keep = keeps[index];
    if (keep === undefined) taken.take(one.endpoint, fresh);
    tell(one, keep, { ...naming, owners, isAlone: onUrl.length === 1 });
  }
  for (const one of onUrl) {
    if (different.includes(one)) continue;
    taken.take(one.endpoint, String(different.find(isSame(one.marks))!.endpoint.values["name"]));
  }
}

function isSame(marks: EndpointIdentity): (one: Unnamed) => boolean {
  return (one) => one.marks.whole === marks.whole;
}

/** Its queue is there by a name that nobody else gets, though nobody wrote down whose it is. */
function foundBy({ twins }: Unnamed, { taken, known }: Naming): Kept | undefined {
  const isNobodys = (name: string): boolean => !known.owners.some((owner) => owner.name === name);
  const isThere = (name: string): boolean => taken.isFree(name) && known.directories.has(name);
  const name = twins.find((one) => isThere(one) && isNobodys(one));
  return name === undefined ? undefined : { name, differs: "tuned" };
}

const ADVICE = "a name of its own would be kept whatever changes";

function tell(
  { endpoint, own }: Unnamed,
  keep: Kept | undefined,
  { taken, problems, known, owners, isAlone }: Naming & {
    readonly owners: readonly QueueOwner[];
    readonly isAlone: boolean;
  },
): void {
  const { values, at: { place } } = endpoint;
  const key = `${endpoint.at.key}.name`;
  const name = String(values["name"]);
  const say = (level: "info" | "warn", rest: string): void =>
    problems.remark({ level, place, key, message: `using "${name}", ${rest}` });
  const left = owners.filter((owner) => owner.isInUse && taken.isFree(owner.name));
  if (keep?.differs === "replaced") {
    say(
      "warn",
      "whose endpoint had other headers, or another user, until now: what is pending " +
        `there goes to this one; ${ADVICE}`,
    );
  } else if (keep?.differs === "changed") {
    if (!isAlone) say("info", `as before, though it was changed; ${ADVICE}`);
  } else if (keep === undefined && left.length > 0) {
    const names = left.map((owner) => `"${owner.name}"`).join(" and ");
    say(
      "warn",
      `as it is none of those that were on this URL until now: ${names} ` +
        `${left.length === 1 ? "stays" : "stay"} behind with what is pending there, which ` +
        `drain_orphans sends to whom it names; ${ADVICE}`,
    );
  } else if (name !== own) {
    say("info", `by what tells it from another on this URL: ${ADVICE}`);
  } else if (!isAlone && keep !== undefined) {
    say("info", `as before, by what tells it from another on this URL: ${ADVICE}`);
  } else if (!isAlone) {
    say(
      "warn",
      "as the first without a name on this URL" +
        (known.problem === undefined
          ? `: it keeps that while it can be told from the others; ${ADVICE}`
          : `, since whose the queues are cannot be read (${known.problem}): if another came first ` +
            `until now, its queue is this one's, with what is pending there; ${ADVICE}`),
    );
  }
}
