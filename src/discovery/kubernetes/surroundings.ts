import type { Labels } from "../../types.ts";
import { describedLabels, nodeLabels, podLabels, serviceLabels } from "./labels.ts";
import type {
  MetaObject,
  NodeObject,
  ObjectRef,
  OwnedObject,
  PodObject,
  ServiceObject,
} from "./objects.ts";

/** What is looked up while targets are made of an object: the resources that are watched for it. */
export interface Lookup {
  node(name: string): NodeObject | undefined;
  namespace(name: string): MetaObject | undefined;
  service(namespace: string, name: string): ServiceObject | undefined;
  pod(namespace: string, name: string): PodObject | undefined;
  replicaSet(namespace: string, name: string): OwnedObject | undefined;
  job(namespace: string, name: string): OwnedObject | undefined;
}

/** What else is told of targets. */
export interface Attached {
  readonly node: boolean;
  readonly namespace: boolean;
  readonly deployment: boolean;
  readonly job: boolean;
  readonly cronjob: boolean;
}

/** The objects around one, as labels of its targets. */
export class Surroundings {
  readonly #lookup: Lookup;
  readonly #attached: Attached;

  constructor(lookup: Lookup, attached: Attached) {
    this.#lookup = lookup;
    this.#attached = attached;
  }

  /** None for a name that is not said, or a node that is not known. */
  node(name: string | undefined): Labels {
    const node = this.#attached.node && name ? this.#lookup.node(name) : undefined;
    return node === undefined ? {} : nodeLabels(node);
  }

  namespace(name: string): Labels {
    const namespace = this.#attached.namespace ? this.#lookup.namespace(name) : undefined;
    return namespace === undefined ? {} : describedLabels(namespace.meta, "namespace");
  }

  /** What is told of a pod's node would be missing: then there are selectors for nodes, and its is not among them. */
  isNodeMissing(name: string): boolean {
    return this.#attached.node && (name === "" || this.#lookup.node(name) === undefined);
  }

  service(namespace: string, name: string): Labels {
    const service = this.#lookup.service(namespace, name);
    return service === undefined ? {} : serviceLabels(service);
  }

  /** The kind of address that a service with both kinds has first; undefined for all others. */
  primaryFamily(namespace: string, service: string): string | undefined {
    return this.#lookup.service(namespace, service)?.primaryFamily;
  }

  /** Undefined for what is no pod, or one that is not known. */
  pod(target: ObjectRef | undefined): PodObject | undefined {
    return target?.kind === "Pod" ? this.#lookup.pod(target.namespace, target.name) : undefined;
  }

  podLabels(pod: PodObject): Labels {
    return podLabels(pod, this.#controllers(pod));
  }

  #controllers({ meta: { namespace }, owner }: PodObject): Labels {
    const { deployment, job, cronjob } = this.#attached;
    if (owner?.kind === "ReplicaSet" && deployment) {
      const above = this.#lookup.replicaSet(namespace, owner.name)?.owner;
      return above?.kind === "Deployment"
        ? { __meta_kubernetes_pod_deployment_name: above.name }
        : {};
    }
    if (owner?.kind !== "Job") return {};
    const above = cronjob ? this.#lookup.job(namespace, owner.name)?.owner : undefined;
    return {
      ...(job ? { __meta_kubernetes_pod_job_name: owner.name } : {}),
      ...(above?.kind === "CronJob" ? { __meta_kubernetes_pod_cronjob_name: above.name } : {}),
    };
  }
}
