/**
 * Objects of Kubernetes, of each only what targets are made of: what its API has beside
 * that, such as `managedFields`, is most of it, and is not kept.
 */

/** What all objects have. */
export interface ObjectMeta {
  readonly name: string;
  /** Empty for what is in none. */
  readonly namespace: string;
  readonly labels: Texts;
  readonly annotations: Texts;
}

export type Texts = Readonly<Record<string, string>>;

/** An object that nothing but its meta data is needed of. */
export interface MetaObject {
  readonly meta: ObjectMeta;
}

/** Who takes care of an object. */
export interface Owner {
  readonly kind: string;
  readonly name: string;
}

/** A ReplicaSet or a Job, which belong to a Deployment or a CronJob. */
export interface OwnedObject extends MetaObject {
  readonly owner: Owner | undefined;
}

export interface NodeObject extends MetaObject {
  readonly providerId: string;
  readonly kubeletPort: number;
  readonly addresses: readonly { readonly type: string; readonly address: string }[];
  readonly conditions: readonly { readonly type: string; readonly status: string }[];
}

export interface ServiceObject extends MetaObject {
  readonly type: string;
  readonly clusterIp: string;
  readonly externalName: string;
  /** Those that it has, or the one that it wants; one behind the other, with commas. */
  readonly loadBalancerIp: string;
  /** Whether it has addresses of both kinds, and which is the first: "IPv4" or "IPv6". */
  readonly primaryFamily: string | undefined;
  readonly ports: readonly Port[];
}

/** A port of a service, a container or an endpoint. */
export interface Port {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
}

export interface PodObject extends OwnedObject {
  readonly uid: string;
  readonly ip: string;
  readonly hostIp: string;
  readonly nodeName: string;
  readonly phase: string;
  /** Of the condition: "True", "False" or "Unknown". */
  readonly ready: string;
  /** Those that run first, and those that go on beside the others, are the last ones. */
  readonly containers: readonly Container[];
}

export interface Container {
  readonly name: string;
  readonly id: string;
  readonly image: string;
  readonly isInit: boolean;
  readonly ports: readonly Port[];
}

export interface EndpointsObject extends MetaObject {
  readonly subsets: readonly {
    readonly ready: readonly EndpointAddress[];
    readonly notReady: readonly EndpointAddress[];
    readonly ports: readonly Port[];
  }[];
}

export interface EndpointAddress {
  readonly ip: string;
  readonly hostname: string;
  readonly nodeName: string | undefined;
  readonly target: ObjectRef | undefined;
}

/** What an address belongs to. */
export interface ObjectRef {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export interface EndpointSliceObject extends MetaObject {
  readonly addressType: string;
  readonly endpoints: readonly SliceEndpoint[];
  readonly ports: readonly SlicePort[];
}

/** What is undefined is not said, which is not the same as empty. */
export interface SliceEndpoint {
  readonly addresses: readonly string[];
  readonly ready: boolean | undefined;
  readonly serving: boolean | undefined;
  readonly terminating: boolean | undefined;
  readonly hostname: string | undefined;
  readonly nodeName: string | undefined;
  readonly zone: string | undefined;
  readonly topology: Texts;
  readonly target: ObjectRef | undefined;
}

export interface SlicePort {
  readonly name: string | undefined;
  readonly port: number | undefined;
  readonly protocol: string | undefined;
  readonly appProtocol: string | undefined;
}

export interface IngressObject extends MetaObject {
  readonly className: string | undefined;
  readonly tlsHosts: readonly string[];
  readonly rules: readonly {
    readonly host: string;
    /** Undefined is all of them. */
    readonly paths: readonly string[] | undefined;
  }[];
}
