import type { TargetGroup } from "../../contracts.ts";
import type { KubernetesDiscovery, KubernetesRole } from "../../options/resolved_scrape.ts";
import { emptyGroup } from "../refresh.ts";
import { untilAborted } from "../until_aborted.ts";
import type {
  EndpointSliceObject,
  EndpointsObject,
  IngressObject,
  MetaObject,
  NodeObject,
  PodObject,
  ServiceObject,
} from "./objects.ts";
import {
  JOBS,
  NAMESPACES,
  NODES,
  PODS,
  REPLICA_SETS,
  type Resource,
  ROLES,
  SERVICES,
} from "./resources.ts";
import {
  endpointSliceTargets,
  endpointsTargets,
  ingressTargets,
  nodeTargets,
  podTargets,
  serviceTargets,
} from "./roles.ts";
import { type Lookup, Surroundings } from "./surroundings.ts";
import { keyOf, ObjectWatch, type WatchContext } from "./watcher.ts";

/** Where objects are watched. */
interface Place {
  readonly server: string;
  /** Undefined is all of them. */
  readonly namespaces: readonly (string | undefined)[];
}

/**
 * Makes a group of targets of each object of a role, and makes it anew when the object or
 * one that it was made with has changed: the service and the pods of endpoints, the node of a
 * pod. It remembers which those were.
 */
export class TargetMaker {
  readonly #role: KubernetesRole;
  readonly #options: KubernetesDiscovery;
  readonly #place: Place;
  readonly #context: WatchContext;
  readonly #tell: (groups: readonly TargetGroup[]) => void;
  readonly #watches: Map<Resource, ObjectWatch<MetaObject>[]> = new Map();
  readonly #around: Surroundings;
  /** Keys of objects of the role whose groups are to be made. */
  readonly #dirty: Set<string> = new Set();
  /** By what was looked up, be it there or not: for which groups it was. */
  readonly #users: Map<string, Set<string>> = new Map();
  /** By group: what was looked up for it. */
  readonly #used: Map<string, Set<string>> = new Map();
  /** The group that is being made. */
  #making = "";
  #isPlanned = false;

  constructor(
    options: KubernetesDiscovery,
    place: Place,
    context: WatchContext,
    tell: (groups: readonly TargetGroup[]) => void,
  ) {
    this.#role = options.role;
    this.#options = options;
    this.#place = place;
    this.#context = context;
    this.#tell = tell;
    this.#around = new Surroundings(this.#lookup(), options.attachMetadata);
    for (const resource of this.#resources()) this.#watches.set(resource, this.#watch(resource));
  }

  async run(signal: AbortSignal): Promise<void> {
    const all = [...this.#watches.values()].flat();
    // Each has a signal of its own: Node complains of more than ten who listen to one.
    const stops = all.map(() => new AbortController());
    const running = all.map((watch, index) => watch.run(stops[index]!.signal));
    await untilAborted(signal);
    for (const stop of stops) stop.abort(signal.reason);
    await Promise.all(running);
  }

  /** Those of the role, and those that are looked up for it. */
  #resources(): readonly Resource[] {
    const own: Resource = ROLES[this.#role][0];
    const { node, namespace, deployment, cronjob } = this.#options.attachMetadata;
    const isBehind = this.#role === "endpoints" || this.#role === "endpointslice";
    const hasPods = isBehind || this.#role === "pod";
    const resources: Resource[] = [own];
    if (isBehind) resources.push(SERVICES, PODS);
    if (hasPods && node) resources.push(NODES);
    if (this.#role !== "node" && namespace) resources.push(NAMESPACES);
    if (hasPods && deployment) resources.push(REPLICA_SETS);
    if (hasPods && cronjob) resources.push(JOBS);
    return resources;
  }

  #watch(resource: Resource): ObjectWatch<MetaObject>[] {
    const { server, namespaces } = this.#place;
    const [own] = ROLES[this.#role];
    const onChange = (keys: readonly string[]): void => {
      for (const key of keys) {
        if (resource === own) this.#dirty.add(key);
        // What is the role's own can be looked up, too.
        for (const user of this.#users.get(lookupKey(resource, key)) ?? []) this.#dirty.add(user);
      }
      this.#plan();
    };
    const selector = this.#selector(resource);
    const places = resource.isNamespaced ? namespaces : [undefined];
    return places.map((namespace) =>
      new ObjectWatch({ resource, server, namespace, selector, onChange }, this.#context)
    );
  }

  #selector(resource: Resource): { readonly label: string; readonly field: string } {
    const { selectors } = this.#options;
    return selectors.find(({ role }) => ROLES[role][0] === resource) ?? { label: "", field: "" };
  }

  /** All changes that come together are told together. */
  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    queueMicrotask(() => {
      this.#isPlanned = false;
      this.#make();
    });
  }

  /**
   * Nothing of a namespace before all of its lists are there: a target without its pod would
   * be another one. Those that cannot be had are not waited for by other namespaces.
   */
  #make(): void {
    const all = [...this.#watches.values()];
    if (!all.flat().every((watch) => watch.isSynced || watch.hasFailed)) return;
    const { namespaces } = this.#place;
    const synced = new Set(
      namespaces.filter((_, place) =>
        all.every((watches) => (watches.length === 1 ? watches[0] : watches[place])!.isSynced)
      ),
    );
    // That there is nothing is not known yet.
    if (synced.size === 0) return;
    const ready = [...this.#dirty].filter((key) =>
      synced.has(undefined) || synced.has(key.slice(0, key.indexOf("/")))
    );
    for (const key of ready) this.#dirty.delete(key);
    this.#tell(ready.map((key) => this.#groupOf(key)));
  }

  #groupOf(key: string): TargetGroup {
    for (const used of this.#used.get(key) ?? []) this.#forget(used, key);
    this.#used.delete(key);
    const [resource, name] = ROLES[this.#role];
    const source = `${name}/${key}`;
    const found = this.#find(resource, key);
    if (found === undefined) return emptyGroup(source);
    this.#making = key;
    return { source, ...this.#targetsOf(found) };
  }

  #targetsOf(found: MetaObject): Pick<TargetGroup, "targets" | "labels"> {
    switch (this.#role) {
      case "node":
        return nodeTargets(found as NodeObject);
      case "service":
        return serviceTargets(found as ServiceObject, this.#around);
      case "pod":
        return podTargets(found as PodObject, this.#around);
      case "endpoints":
        return endpointsTargets(found as EndpointsObject, this.#around);
      case "endpointslice":
        return endpointSliceTargets(found as EndpointSliceObject, this.#around);
      case "ingress":
        return ingressTargets(found as IngressObject, this.#around);
    }
  }

  #forget(used: string, user: string): void {
    const users = this.#users.get(used);
    users?.delete(user);
    if (users?.size === 0) this.#users.delete(used);
  }

  #find<Kind extends MetaObject>(resource: Resource<Kind>, key: string): Kind | undefined {
    for (const watch of this.#watches.get(resource) ?? []) {
      const found = watch.get(key);
      if (found !== undefined) return found as Kind;
    }
    return undefined;
  }

  /** Looks up for the group that is being made, and remembers that. */
  #look<Kind extends MetaObject>(
    resource: Resource<Kind>,
    name: string,
    namespace: string = "",
  ): Kind | undefined {
    const key = keyOf({ name, namespace });
    const used = lookupKey(resource, key);
    addTo(this.#users, used, this.#making);
    addTo(this.#used, this.#making, used);
    return this.#find(resource, key);
  }

  #lookup(): Lookup {
    return {
      node: (name) => this.#look(NODES, name),
      namespace: (name) => this.#look(NAMESPACES, name),
      service: (namespace, name) => this.#look(SERVICES, name, namespace),
      pod: (namespace, name) => this.#look(PODS, name, namespace),
      replicaSet: (namespace, name) => this.#look(REPLICA_SETS, name, namespace),
      job: (namespace, name) => this.#look(JOBS, name, namespace),
    };
  }
}

function lookupKey({ plural }: Resource, key: string): string {
  return `${plural} ${key}`;
}

function addTo(map: Map<string, Set<string>>, key: string, value: string): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, new Set([value]));
  else values.add(value);
}
