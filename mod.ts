/**
 * Takes Prometheus metrics in, keeps them on disk until every endpoint has
 * answered for them, and sends them by Prometheus remote write.
 *
 * @module
 */
export { defaultPlatform, Queue } from "./src/default_queue.ts";
export { Queue as PortableQueue } from "./src/queue.ts";
export type { CloseOptions, QueueDependencies, StoppedQueue, WriteOptions } from "./src/queue.ts";
export type { Appender } from "./src/appender/appender.ts";
export type { Pushed, PushedSample, PushedSeries } from "./src/appender/push.ts";
export type { ContentHeaders } from "./src/content.ts";
export type {
  AzureAd,
  AzureClient,
  AzureCloud,
  AzureManagedIdentity,
  AzureWorkloadIdentity,
  BasicAuth,
  Duration,
  EndpointOptions,
  HandOverOptions,
  HttpHeader,
  JetStreamOptions,
  LimitOptions,
  NameValidationScheme,
  OAuth2,
  OAuth2GrantType,
  OAuth2SignatureAlgorithm,
  PersistenceOptions,
  QueueOptions,
  RelabelAction,
  RelabelConfig,
  SigV4,
  Size,
  TlsOptions,
} from "./src/options.ts";
export { jetStreamStore, OptionsError } from "./src/options.ts";
export type { OptionIssue } from "./src/options.ts";
export { WalqError } from "./src/errors.ts";
export type { WalqErrorCode } from "./src/errors.ts";
export type {
  AnyHistogram,
  AppendOptions,
  BucketSpan,
  DropReason,
  Exemplar,
  FloatHistogram,
  Histogram,
  IntegerHistogram,
  Labels,
  Metadata,
  MetricType,
  ProtobufMessage,
  RequestCompression,
  ResetHint,
  SeriesRef,
  SignalCounts,
  WriteResult,
} from "./src/types.ts";
export type { ClockSnapshot, OrphanSnapshot, QueueSnapshot } from "./src/stats/queue_stats.ts";
export type {
  DroppedTotals,
  EndpointSnapshot,
  LaneSnapshot,
  LanesSnapshot,
} from "./src/stats/endpoint_snapshot.ts";
export type { EndpointDetails } from "./src/stats/endpoint_details.ts";
export type { RecentAnswer } from "./src/stats/recent_answers.ts";
export type { HistogramSnapshot } from "./src/stats/histogram.ts";
export type {
  AskDns,
  BacklogPart,
  BatchCounts,
  BatchFormat,
  BatchId,
  CancelTimer,
  Clock,
  CompressRequest,
  ConnectionSettings,
  Decompress,
  DecompressZstd,
  DirectoryEntry,
  DnsServer,
  DropChoice,
  DroppedBatches,
  Environment,
  FileHead,
  FileSystem,
  HttpAnswer,
  HttpAnswerHead,
  HttpClient,
  HttpRequest,
  LivenessSocket,
  LivenessSockets,
  LogFields,
  Logger,
  OnFull,
  OnRefused,
  OpenedStream,
  OpenHttp,
  OpenStream,
  OutgoingMessage,
  PassedOver,
  Platform,
  ProcessTable,
  ProxySettings,
  Published,
  Random,
  RejectedChoice,
  RejectedLoss,
  RejectedRequest,
  RejectionCause,
  ReplayChoice,
  ReplayedBatches,
  RetriedRequests,
  RetryChoice,
  SendOrder,
  SetAsideBatch,
  StreamFault,
  StreamHead,
  StreamHeaders,
  StreamIdentity,
  StreamLog,
  StreamMessage,
  StreamPart,
  StreamRecord,
  StreamSeq,
  StreamSettings,
  StreamSnapshot,
  StreamState,
  StreamUse,
  StreamWishes,
  SyncLevel,
  TlsSettings,
  TlsVersion,
} from "./src/contracts.ts";
export { ConnectionSettingsError, FileSystemError, StreamError } from "./src/errors.ts";
export type { FileErrorCode, StreamErrorCode } from "./src/errors.ts";
