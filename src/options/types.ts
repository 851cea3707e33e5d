// Written by `npm run build:options`, from the rows in src/options/tables/.
import type {
  BatchFormat,
  OnFull,
  OnRefused,
  SendOrder,
  SyncLevel,
  TlsVersion,
} from "../contracts.ts";
import type { AzureCloud, OAuth2GrantType, OAuth2SignatureAlgorithm } from "../credentials.ts";
import type { Labels, ProtobufMessage, RequestCompression } from "../types.ts";
import type { Duration, NameValidationScheme, RelabelAction, Size } from "./values.ts";

/** TLS with what the runtime has not by itself: authorities, a certificate of the client's own. */
export interface TlsOptions {
  /**
   * Certificates in PEM of those who may have signed the endpoint's, in place of those that
   * the runtime trusts.
   * @default those that the runtime trusts
   */
  readonly ca?: string;
  /**
   * A file that holds them. This file, `certFile` and `keyFile` are read again while the
   * queue works, at most once a second: new connections are made by what is in them.
   * @default none
   */
  readonly caFile?: string;
  /**
   * The client's own certificate in PEM, and behind it those between it and its authority.
   * Not without `key` or its file.
   * @default none
   */
  readonly cert?: string;
  /** A file that holds it. @default none */
  readonly certFile?: string;
  /**
   * The key of that certificate in PEM, without a passphrase; a secret, never logged.
   * @default none
   */
  readonly key?: string;
  /** A file that holds it. @default none */
  readonly keyFile?: string;
  /**
   * Whom the endpoint's certificate has to be for, and whom the endpoint is asked for (SNI).
   * @default the host of the URL
   */
  readonly serverName?: string;
  /**
   * Do not verify the certificate: anybody on the way can read and change what is sent.
   * @default false
   */
  readonly insecureSkipVerify?: boolean;
  /**
   * The oldest version of TLS that is spoken. `TLS10` and `TLS11` are refused on Deno, which
   * has not got them.
   * @default "TLS12"
   */
  readonly minVersion?: TlsVersion;
  /** The newest one; as `minVersion`. @default "TLS13" */
  readonly maxVersion?: TlsVersion;
}

/** A stream of NATS JetStream that keeps the queue in place of files: see `jetStreamStore`. */
export interface JetStreamOptions {
  /**
   * The servers and the stream, such as `nats://host1:4222,host2:4222/stream`: without user
   * name and password; the port is 4222 where there is none. The text alone can stand for
   * the whole block.
   */
  readonly url: string;
  /**
   * Parts of the stream, of which each is sent by one process at a time; the series are
   * dealt to them. All who use the stream have to have the same number, which is written
   * down with it. Bounds: 1 to 256.
   * @default 8
   */
  readonly partitions?: number;
  /**
   * Servers that keep a copy, where the stream is made; a message is acknowledged when more
   * than half of them have it. With 1 a server that is lost takes with it what it had.
   * Bounds: 1 to 5.
   * @default 3
   */
  readonly replicas?: number;
  /**
   * Bytes that the stream takes at most, where it is made. When it is full it takes nothing
   * more until something was sent. Bounds: 1MiB to 1PiB.
   * @default "10GiB"
   */
  readonly maxBytes?: Size;
  /**
   * How long the servers know a batch that was stored, where the stream is made: one that is
   * published again within that time, as the answer was lost, is stored once. Bounds: 1s to
   * 1d.
   * @default "2m"
   */
  readonly duplicateWindow?: Duration;
  /**
   * A file of credentials, as nsc writes them: a JWT and the seed that it is for. It is read
   * again whenever a connection is made.
   * @default none
   */
  readonly credentialsFile?: string;
  /** A file that holds the seed of an nkey; read again as `credentialsFile`. @default none */
  readonly nkeySeedFile?: string;
  /**
   * Whether this process sends what is in the stream; if not, it takes metrics in and leaves
   * that to others, and `endpoints` may be empty.
   * @default true
   */
  readonly sends?: boolean;
  /** With `password` or its file. @default none */
  readonly username?: string;
  /** A secret, never logged. Only with `username`. @default empty */
  readonly password?: string;
  /** A file that holds it; read again as `credentialsFile`. @default none */
  readonly passwordFile?: string;
  /** A secret, never logged. @default none */
  readonly token?: string;
  /** A file that holds it; read again as `credentialsFile`. @default none */
  readonly tokenFile?: string;
  /**
   * TLS, also as an empty block: then servers that have none are refused. Without it TLS is
   * spoken where the servers ask for it.
   * @default none
   */
  readonly tlsConfig?: TlsOptions;
  /** How long a server may take to answer. Bounds: 100ms to 1h. @default "10s" */
  readonly timeout?: Duration;
}

/** How signals become files. */
export interface PersistenceOptions {
  /**
   * walq's own format, or that of Alloy, which cannot hold exemplars, histograms with custom
   * buckets and start timestamps. Files of both are read, whatever is set.
   * @default "walq.metrics.v1"
   */
  readonly format?: BatchFormat;
  /**
   * Signals a file holds at most, a commit that is larger aside: one is never split. Bounds:
   * 1 to 1000000.
   * @default 10000
   */
  readonly maxSignalsToBatch?: number;
  /**
   * How long signals of commits that are not durable wait for a file. Bounds: 10ms to 1h.
   * @default "5s"
   */
  readonly batchInterval?: Duration;
  /**
   * How long a durable commit waits for others to share its flush; 0 is not at all: one
   * fsync a commit. Bounds: 0s to 10s.
   * @default "20ms"
   */
  readonly groupCommitInterval?: Duration;
  /**
   * When a commit counts as durable. `commit`: when it would survive a power cut.
   * `interval`: when it would survive the process; a power cut loses at most what came in
   * the last `syncInterval`. `none`: the same, and a power cut loses what the system has not
   * written by itself (half a minute on Linux by default).
   * @default "commit"
   */
  readonly sync?: SyncLevel;
  /**
   * How long after a write its fsync comes, with `sync: "interval"`. Bounds: 10ms to 1h.
   * @default "1s"
   */
  readonly syncInterval?: Duration;
}

/** Bounds on what one call may bring. */
export interface LimitOptions {
  /**
   * A request's bytes as they came. Bounds: 1KiB to 256MiB.
   * @default 8 MiB, or `uncompressedBytesMax` where that is less
   */
  readonly requestBytesMax?: Size;
  /**
   * A request's bytes after decompression: at least `requestBytesMax`, as a request only
   * grows when it is unpacked. Bounds: 1KiB to 256MiB.
   * @default 16 MiB, or `requestBytesMax` where that is more
   */
  readonly uncompressedBytesMax?: Size;
  /** Bytes of label sets kept for appends by reference. Bounds: 64KiB to 1GiB. @default "16MiB" */
  readonly seriesCacheBytesMax?: Size;
  /**
   * Labels a series may have; one with more is refused by name of the rule. 0 is without
   * limit. Bounds: 0 to 1000000.
   * @default 0
   */
  readonly labelLimit?: number;
  /** Bytes of a label's name; 0 is without limit. Bounds: 0 to 1048576. @default 0 */
  readonly labelNameLengthLimit?: number;
  /** Bytes of a label's value; 0 is without limit. Bounds: 0 to 1048576. @default 0 */
  readonly labelValueLengthLimit?: number;
}

/** A stream of NATS JetStream that an endpoint hands over to. */
export interface HandOverOptions {
  /**
   * Parts of the stream, of which each is sent by one process at a time; the series are
   * dealt to them. All who use the stream have to have the same number, which is written
   * down with it. Bounds: 1 to 256.
   * @default 8
   */
  readonly partitions?: number;
  /**
   * Servers that keep a copy, where the stream is made; a message is acknowledged when more
   * than half of them have it. With 1 a server that is lost takes with it what it had.
   * Bounds: 1 to 5.
   * @default 3
   */
  readonly replicas?: number;
  /**
   * Bytes that the stream takes at most, where it is made. When it is full it takes nothing
   * more until something was sent. Bounds: 1MiB to 1PiB.
   * @default "10GiB"
   */
  readonly maxBytes?: Size;
  /**
   * How long the servers know a batch that was stored, where the stream is made: one that is
   * published again within that time, as the answer was lost, is stored once. Bounds: 1s to
   * 1d.
   * @default "2m"
   */
  readonly duplicateWindow?: Duration;
  /**
   * A file of credentials, as nsc writes them: a JWT and the seed that it is for. It is read
   * again whenever a connection is made.
   * @default none
   */
  readonly credentialsFile?: string;
  /** A file that holds the seed of an nkey; read again as `credentialsFile`. @default none */
  readonly nkeySeedFile?: string;
}

/** User name and password for HTTP basic authentication. */
export interface BasicAuth {
  /** Without ":". Either this or `usernameFile`. @default empty */
  readonly username?: string;
  /** A file that holds the user name: as `passwordFile`. @default none */
  readonly usernameFile?: string;
  /** A secret, never logged. Either this or `passwordFile`. @default empty */
  readonly password?: string;
  /**
   * A file that holds the password, up to 64 KiB; white space at its ends is not part of it.
   * It is read again while the queue works (at most once a second, and when the endpoint
   * refuses the login): what is in it may change.
   * @default none
   */
  readonly passwordFile?: string;
}

/** A token by OAuth 2.0, which is got before it is needed and again before it ends. */
export interface OAuth2 {
  /** What the server knows the client by. */
  readonly clientId: string;
  /** For `client_credentials`; a secret. Either this or `clientSecretFile`. @default none */
  readonly clientSecret?: string;
  /**
   * A file that holds it: as `passwordFile` of `basicAuth`. A new one gets a new token.
   * @default none
   */
  readonly clientSecretFile?: string;
  /**
   * By the client's secret, or by an assertion that its key signs (RFC 7523).
   * @default "client_credentials"
   */
  readonly grantType?: OAuth2GrantType;
  /**
   * An RSA key in PEM that signs the assertion; a secret. Either this or its file.
   * @default none
   */
  readonly clientCertificateKey?: string;
  /**
   * A file that holds it: as `passwordFile` of `basicAuth`. A new one gets a new token.
   * @default none
   */
  readonly clientCertificateKeyFile?: string;
  /** The `kid` in the assertion's head. @default none */
  readonly clientCertificateKeyId?: string;
  /** How the assertion is signed. @default "RS256" */
  readonly signatureAlgorithm?: OAuth2SignatureAlgorithm;
  /** Who signs the assertion. @default `clientId` */
  readonly iss?: string;
  /** Whom the assertion is for. @default `tokenUrl` */
  readonly audience?: string;
  /** What else the assertion says, or says instead: any JSON. @default {} */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** What the token is to be for. Bounds: up to 100. @default [] */
  readonly scopes?: readonly string[];
  /** Where it is got: http or https. */
  readonly tokenUrl: string;
  /** Sent with each request for a token, such as `resource`; the values are secrets. @default {} */
  readonly endpointParams?: Readonly<Record<string, string>>;
  /**
   * TLS by other authorities, with a certificate of walq's own, and so on:
   * [connections.md](connections.md).
   * @default none
   */
  readonly tlsConfig?: TlsOptions;
  /**
   * A proxy for all connections: http, https, socks5 or socks5h, with a user name and a
   * password where it wants them; those are secrets, never logged.
   * @default none
   */
  readonly proxyUrl?: string;
  /**
   * Hosts that are connected to without that proxy: names (with all below them), addresses,
   * networks, each with a port or without, or `*`. With it, hosts of this machine are too.
   * @default none
   */
  readonly noProxy?: string;
  /**
   * Take proxies from `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, or the same in lower case.
   * Not together with `proxyUrl`. Without either no proxy is used, whatever the environment
   * says.
   * @default false
   */
  readonly proxyFromEnvironment?: boolean;
  /** Headers for the proxy alone, with each CONNECT. Values are secrets. @default none */
  readonly proxyConnectHeader?: Readonly<Record<string, readonly string[]>>;
}

/** The values of one header; of more than one it becomes a list, in this order. */
export interface HttpHeader {
  /** As they are. Bounds: up to 100. @default none */
  readonly values?: readonly string[];
  /** The same: walq keeps all of them secret. Bounds: up to 100. @default none */
  readonly secrets?: readonly string[];
  /**
   * Files that hold a value each: as `passwordFile` of `basicAuth`. Bounds: up to 100.
   * @default none
   */
  readonly files?: readonly string[];
}

/**
 * Keys of AWS. What is not given is looked for where AWS's own clients look: in the
 * environment, a web identity, the files in `~/.aws`, the container and the virtual
 * machine.
 */
export interface SigV4 {
  /** Where the endpoint is. @default `AWS_REGION`, or that of the profile */
  readonly region?: string;
  /** With `secretKey`; both are secrets. @default none */
  readonly accessKey?: string;
  /** With `accessKey`. @default none */
  readonly secretKey?: string;
  /**
   * Of the files in `~/.aws`; then the environment is not looked at.
   * @default `AWS_PROFILE`, or `default`
   */
  readonly profile?: string;
  /** A role that is taken with the keys, by STS. @default none */
  readonly roleArn?: string;
  /** What the role wants to be told; only with `roleArn`. @default none */
  readonly externalId?: string;
  /** Ask the STS that is fit for FIPS. @default false */
  readonly useFipsStsEndpoint?: boolean;
  /** What is signed for: Amazon Managed Prometheus. @default "aps" */
  readonly serviceName?: string;
}

/** An identity that the virtual machine has. */
export interface AzureManagedIdentity {
  /** Which of its identities: a UUID. @default the one that the system gave it */
  readonly clientId?: string;
}

/** An identity that a pod has in Kubernetes. */
export interface AzureWorkloadIdentity {
  /** The application: a UUID. */
  readonly clientId: string;
  /** Its directory. */
  readonly tenantId: string;
  /**
   * A file that holds the token of Kubernetes; read again as `passwordFile` of `basicAuth`.
   * A start does not look for it.
   * @default "/var/run/secrets/azure/tokens/azure-identity-token"
   */
  readonly tokenFilePath?: string;
}

/** An application and its secret. */
export interface AzureClient {
  /** The application: a UUID. */
  readonly clientId: string;
  /** Its secret, never logged. */
  readonly clientSecret: string;
  /** Its directory. */
  readonly tenantId: string;
}

/** A token of Azure AD (Microsoft Entra ID), which is got again before it ends. */
export interface AzureAd {
  /** Whose login gives it out. @default "AzurePublic" */
  readonly cloud?: AzureCloud;
  /** What it is for. @default Azure Monitor of that cloud */
  readonly scope?: string;
  /** By the host's metadata service. One of the three has to be given. @default none */
  readonly managedIdentity?: AzureManagedIdentity;
  /** By a token of Kubernetes. @default none */
  readonly workloadIdentity?: AzureWorkloadIdentity;
  /** By a secret. @default none */
  readonly oauth?: AzureClient;
}

/** A rule that changes the labels of a series, or drops it, as `relabel_config` of Prometheus. */
export interface RelabelConfig {
  /**
   * Labels whose values, with `separator` between them, are what the rule looks at; a label
   * that is not there is empty. Bounds: up to 100.
   * @default none
   */
  readonly sourceLabels?: readonly string[];
  /** Stands between these values; it can be empty. @default ";" */
  readonly separator?: string;
  /**
   * A regular expression of Go (RE2) that has to match all of the value, in which `.` also
   * matches a newline.
   * @default "(.*)"
   */
  readonly regex?: string;
  /**
   * For `hashmod`: what the MD5 of the value is divided by. Bounds: 0 to
   * 18446744073709551615.
   * @default 0
   */
  readonly modulus?: number | bigint;
  /** The label that is set; `replace` fills in groups of `regex`, such as `${1}`. @default "" */
  readonly targetLabel?: string;
  /**
   * What `replace` sets the label to and `labelmap` names labels, by the rules of Go's
   * `Expand`: `$1x` is the group named `1x`, `${1}x` the first group and an x, `$$` a
   * dollar. A label whose value would be empty is deleted.
   * @default "$1"
   */
  readonly replacement?: string;
  /** What the rule does; in any letter case. @default "replace" */
  readonly action?: RelabelAction;
}

/** One place that the signals go to. */
export interface EndpointOptions {
  /**
   * Names the endpoint's directory: letters, digits, `_`, and behind the first one `.` and
   * `-`; unique, and not a name that walq uses there (`walq.lock`). Bounds: 1 to 64
   * characters.
   */
  readonly name: string;
  /**
   * http or https, without user name, password and fragment; or a stream of NATS JetStream
   * that the endpoint hands over to, such as `nats://host1,host2/stream`.
   */
  readonly url: string;
  /**
   * What there is to say of such a stream beside `basicAuth`, `bearerToken` and `tlsConfig`.
   * @default none
   */
  readonly nats?: HandOverOptions;
  /** One attempt takes at most this long. Bounds: 10ms to 1h. @default "30s" */
  readonly writeTimeout?: Duration;
  /**
   * Added to every request; none that walq, HTTP or remote write sets itself. Values are
   * secrets.
   * @default {}
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as the Authorization header. @default none */
  readonly basicAuth?: BasicAuth;
  /**
   * Sent as the Authorization header, after its type; a secret, never logged. An empty one
   * sends the type alone, as `authorization: {}` does.
   * @default none
   */
  readonly bearerToken?: string;
  /**
   * A file that holds that token in place of `bearerToken`: as `passwordFile` of
   * `basicAuth`.
   * @default none
   */
  readonly bearerTokenFile?: string;
  /** The type of that header; only with `bearerToken` or its file. @default "Bearer" */
  readonly authorizationType?: string;
  /** A token of OAuth 2.0 in the Authorization header. @default none */
  readonly oauth2?: OAuth2;
  /**
   * Headers to add to every request, by their names, with values that can be in files.
   * @default none
   */
  readonly httpHeaders?: Readonly<Record<string, HttpHeader>>;
  /**
   * TLS by other authorities, with a certificate of walq's own, and so on:
   * [connections.md](connections.md).
   * @default none
   */
  readonly tlsConfig?: TlsOptions;
  /**
   * A proxy for all connections: http, https, socks5 or socks5h, with a user name and a
   * password where it wants them; those are secrets, never logged.
   * @default none
   */
  readonly proxyUrl?: string;
  /**
   * Hosts that are connected to without that proxy: names (with all below them), addresses,
   * networks, each with a port or without, or `*`. With it, hosts of this machine are too.
   * @default none
   */
  readonly noProxy?: string;
  /**
   * Take proxies from `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, or the same in lower case.
   * Not together with `proxyUrl`. Without either no proxy is used, whatever the environment
   * says.
   * @default false
   */
  readonly proxyFromEnvironment?: boolean;
  /** Headers for the proxy alone, with each CONNECT. Values are secrets. @default none */
  readonly proxyConnectHeader?: Readonly<Record<string, readonly string[]>>;
  /**
   * Follow a redirect with 307 or 308 that leads to the same scheme, host and port. All
   * other redirects are no answer: the request is sent again to where it was.
   * @default true
   */
  readonly followRedirects?: boolean;
  /**
   * Connect to a random address of all that the host has, not to the first that takes the
   * connection.
   * @default false
   */
  readonly roundRobinDns?: boolean;
  /** Each request is signed by AWS Signature Version 4. @default none */
  readonly sigv4?: SigV4;
  /** A token of Azure AD in the Authorization header. @default none */
  readonly azuread?: AzureAd;
  /**
   * Remote write 1.0 or 2.0. An endpoint that answers as one that does not know 2.0 gets 1.0
   * from then on.
   * @default "prometheus.WriteRequest", and 2.0 for a stream
   */
  readonly protobufMessage?: ProtobufMessage;
  /**
   * Leave out metadata entries that are the same as one that the endpoint has taken.
   * @default false
   */
  readonly metadataCacheEnabled?: boolean;
  /** Entries that are remembered for that. Bounds: 1 to 100000. @default 1000 */
  readonly metadataCacheSize?: number;
  /** Send exemplars; if not, they count as dropped for the reason `filtered`. @default true */
  readonly sendExemplars?: boolean;
  /**
   * Send native histograms; if not, they count as dropped for the reason `filtered`.
   * @default true
   */
  readonly sendNativeHistograms?: boolean;
  /**
   * A request with so many signals leaves at once, if its shard has none under way. Bounds:
   * 1 to 100000.
   * @default 2000, or `batchCountMax` where that is less
   */
  readonly batchCount?: number;
  /**
   * Signals a request at most: one that waits for its shard, which has another one under
   * way, grows up to this. Where the endpoint does not answer in time, it is sent in halves.
   * Bounds: 1 to 100000.
   * @default `batchCount` where that is given, and else 10000
   */
  readonly batchCountMax?: number;
  /** How long a request waits to be filled. Bounds: 10ms to 1h. @default "1s" */
  readonly flushInterval?: Duration;
  /**
   * First wait between attempts; doubles, with jitter, up to `retryBackoffMax`. Bounds: 1ms
   * to 1h.
   * @default "1s"
   */
  readonly retryBackoff?: Duration;
  /** Longest wait between attempts; not below `retryBackoff`. Bounds: 1ms to 1d. @default "30s" */
  readonly retryBackoffMax?: Duration;
  /**
   * Requests under way at once, at least, and at the start: a series always goes by one
   * shard, and its order is kept when the number changes. More in YAML is taken as 256.
   * Bounds: 1 to 256.
   * @default 2, or `maxShards` where that is less
   */
  readonly minShards?: number;
  /**
   * The same at most. Between the two the number finds its level by how far what is sent is
   * behind: see docs/parallelism.md. Bounds: 1 to 256.
   * @default 50, or `minShards` where that is more
   */
  readonly maxShards?: number;
  /** A fixed number, in place of `minShards` and `maxShards`. Bounds: 1 to 256. @default none */
  readonly parallelism?: number;
  /**
   * There are more shards when what is sent is older than this, and the shards are busy.
   * Bounds: 10ms to 1d.
   * @default "60s"
   */
  readonly driftScaleUp?: Duration;
  /**
   * There are fewer when it was never older than this for `desiredConnectionsLookback`, and
   * fewer would do; not above `driftScaleUp`. Bounds: 10ms to 1d.
   * @default "30s"
   */
  readonly driftScaleDown?: Duration;
  /** Time between two looks at that. Bounds: 10ms to 1h. @default "5s" */
  readonly desiredCheckInterval?: Duration;
  /** How long it has to be calm before there are fewer. Bounds: 10ms to 1d. @default "5m" */
  readonly desiredConnectionsLookback?: Duration;
  /**
   * How long failures and successes of attempts are remembered. Bounds: 10ms to 1d.
   * @default "1m"
   */
  readonly networkFlushInterval?: Duration;
  /**
   * The number does not change while more of the remembered attempts failed than this; and
   * it does not grow while one of them was answered with 429. Bounds: 0 to 1.
   * @default 0.5
   */
  readonly allowedNetworkErrorFraction?: number;
  /**
   * Attempts after the first that fail; 0 is without limit. What `onRefused` holds is none.
   * Bounds: 0 to 1000000.
   * @default 0
   */
  readonly maxRetryAttempts?: number;
  /**
   * What is older is not sent to this endpoint, and dropped as `ttl`; 0 is as old as the
   * queue's `ttl` allows. Bounds: 0s to 10y.
   * @default "0s"
   */
  readonly sampleAgeLimit?: Duration;
  /**
   * What requests are under. `zstd`, at level 1, is for VictoriaMetrics; an endpoint that
   * answers 400 or 415 to it and takes the same under snappy gets snappy from then on. Not
   * on Node before 22.15.
   * @default "snappy"
   */
  readonly compression?: RequestCompression;
  /**
   * Bytes a second that are sent to the endpoint at most, compressed; 0 is without limit.
   * Bounds: 0 or 1KiB to 1TiB.
   * @default 0
   */
  readonly rateLimit?: Size;
  /**
   * Bytes that the endpoint's files take at most; 0 is without limit. Bounds: 0 or 1KiB to
   * 1PiB.
   * @default 0
   */
  readonly maxDiskBytes?: Size;
  /**
   * What happens when they would be more: the oldest files are dropped, counted as
   * `disk_limit`, or commits are refused with `STORAGE` until there is room.
   * @default "drop_oldest"
   */
  readonly onFull?: OnFull;
  /**
   * Bytes that the files in `rejected/` take at most: requests that the endpoint refused for
   * good, which can be sent again. The oldest are removed first; 0 keeps none. Bounds: 0 or
   * 1KiB to 1PiB.
   * @default "256MiB"
   */
  readonly rejectedBytesMax?: Size;
  /** How long such a request is kept; 0 keeps none. Bounds: 0s to 10y. @default "30d" */
  readonly rejectedAgeMax?: Duration;
  /**
   * How long the files of batches are kept, in `delivered/`, when all of their signals have
   * an outcome, so that they can be sent again; 0 deletes them at once. Bounds: 0s to 10y.
   * @default "0s"
   */
  readonly keepDelivered?: Duration;
  /**
   * Bytes that these files take at most, 4 KiB each at least; the oldest are removed first.
   * Bounds: 1KiB to 1PiB.
   * @default "1GiB"
   */
  readonly keepDeliveredBytesMax?: Size;
  /**
   * What happens when the endpoint refuses who asks, or says that nothing is here, and
   * nothing about the data (401, 403, 404 and others). `hold`: nothing is dropped, and it is
   * asked again, soon and then after pauses from 30 s to five minutes, and at once after an
   * update or when a secret file has changed. `drop`: what was sent is dropped as
   * `rejected`, as Prometheus does it, also for 408.
   * @default "hold"
   */
  readonly onRefused?: OnRefused;
  /**
   * A request that is answered with 400 is sent again in halves, and those in halves, until
   * what is refused stands alone: only that is dropped as `rejected`. Costs at most 64
   * attempts beyond those of the request; what is refused after that is dropped as it is.
   * @default true
   */
  readonly splitOnBadRequest?: boolean;
  /**
   * In which order a backlog is sent. `strict`: the oldest first. `fresh_first`, for
   * endpoints that take samples out of order: what is new goes first, in a lane of its own,
   * and the backlog behind it, each in order. walq asks the endpoint by a series of its own
   * (`walq_order_probe`) before, and keeps the strict order where it refuses: see
   * docs/guarantees.md.
   * @default "strict"
   */
  readonly sendOrder?: SendOrder;
  /**
   * With `sendOrder: fresh_first`, there are two lanes when what is to be sent next has
   * waited this long. Bounds: 1s to 1d.
   * @default "30s"
   */
  readonly freshFirstAfter?: Duration;
  /** Send metadata; if not, it counts as dropped for the reason `filtered`. @default true */
  readonly sendMetadata?: boolean;
  /**
   * How often metadata of what `walq run` scrapes is sent again: the shortest of all
   * endpoints that get any holds for all of them. What is new or has changed, and what comes
   * in otherwise, goes at once. Bounds: 1s to 24d.
   * @default "1m"
   */
  readonly metadataSendInterval?: Duration;
  /**
   * Added to series that have no such label, such as `cluster` and `__replica__`; in YAML
   * those of `global` for all endpoints, and an endpoint's own beside them.
   * @default {}
   */
  readonly externalLabels?: Labels;
  /**
   * Rules for the labels of series on their way to this endpoint, one after the other, when
   * `externalLabels` have been added. A series that they drop counts as dropped for the
   * reason `dropped_series`. Bounds: up to 1000.
   * @default []
   */
  readonly writeRelabelConfigs?: readonly RelabelConfig[];
}

/** What `Queue.open` takes. */
export interface QueueOptions {
  /**
   * A directory that this queue alone owns; made when it is missing. A relative one starts
   * where the process was started.
   */
  readonly dataPath: string;
  /**
   * Where signals are kept until they are sent: a stream of NATS JetStream, by its URL, or
   * by a block of more. Without it they are in files in `dataPath`.
   * @default none
   */
  readonly store?: string | JetStreamOptions;
  /**
   * How old a sample may be, by its timestamp. One that is older when it comes in is refused
   * (`WriteResult.expired`); one that has grown older before an attempt to send it is
   * dropped for the reason `ttl`: an outage of an endpoint that lasts longer loses data (up
   * to a day later while no endpoint has said what time it is: docs/guarantees.md). Bounds:
   * 1s to 10y.
   * @default "2h"
   */
  readonly ttl?: Duration;
  /** Which label and metric names are valid on the way in. @default "utf8" */
  readonly nameValidationScheme?: NameValidationScheme;
  /**
   * How often the queue puts a sample of its own series `walq_sequence` into itself, each
   * one more than the last, by which a receiver can be asked whether anything is missing
   * (docs/guarantees.md); 0 is never, and the shortest is a second. Bounds: 0s to 1d.
   * @default "0s"
   */
  readonly sequenceSeries?: Duration;
  /** How signals become files. @default {} */
  readonly persistence?: PersistenceOptions;
  /** Bounds on what one call may bring. @default {} */
  readonly limits?: LimitOptions;
  /**
   * Where the signals go; every signal goes to each of them. None may be given where `store`
   * says that others send. Bounds: up to 100.
   */
  readonly endpoints: readonly EndpointOptions[];
  /**
   * What becomes of directories that endpoints of earlier options have left, by their names:
   * they are sent to the endpoint that is named here, with its options. What is not named
   * here or in `forgetOrphans` stays and is reported.
   * @default {}
   */
  readonly drainOrphans?: Readonly<Record<string, string>>;
  /**
   * Names of such directories whose files are deleted; with a `store`, of endpoints of
   * before, for which the stream keeps nothing any more. Bounds: up to 1000.
   * @default []
   */
  readonly forgetOrphans?: readonly string[];
}
