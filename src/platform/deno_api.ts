/**
 * The part of Deno's own API that walq uses, declared here so that every
 * compiler can check `deno.ts`, also those without Deno's types.
 */
interface DenoApi {
  readonly pid: number;
  open(path: string, options: DenoOpenOptions): Promise<DenoFile>;
  openSync(path: string, options: DenoOpenOptions): DenoFile;
  rename(from: string, to: string): Promise<void>;
  link(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  mkdir(path: string, options: { recursive: boolean }): Promise<void>;
  stat(path: string): Promise<{ readonly isFile: boolean; readonly size: number }>;
  readDir(path: string): AsyncIterable<DenoDirEntry>;
  readTextFile(path: string): Promise<string>;
  listen(options: { transport: "unix"; path: string }): DenoListener;
  connect(options: DenoConnectOptions): Promise<DenoTcpConnection>;
  startTls(
    connection: DenoTcpConnection,
    options: { hostname: string; alpnProtocols: string[] },
  ): Promise<DenoTlsConnection>;
}

/** How a file is opened. */
export interface DenoOpenOptions {
  read?: boolean;
  write?: boolean;
  createNew?: boolean;
  append?: boolean;
  create?: boolean;
}

/** An open file. */
export interface DenoFile {
  read(bytes: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  seek(offset: number, whence: number): Promise<number>;
  sync(): Promise<void>;
  close(): void;
}

/** A listening socket. */
export interface DenoListener extends AsyncIterable<{ close(): void }> {
  close(): void;
  /** Whether it keeps the process alive. */
  ref(): void;
  unref(): void;
}

/** Where to connect to, by TCP. */
interface DenoConnectOptions {
  hostname: string;
  port: number;
  signal: AbortSignal;
  autoSelectFamilyAttemptDelay: number;
}

/** A connection, of any kind. */
export interface DenoConnection {
  read(bytes: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  close(): void;
  /** Whether it keeps the process alive. */
  ref(): void;
  unref(): void;
}

/** A connection as the network has it. */
interface DenoTcpConnection extends DenoConnection {
  setNoDelay(noDelay: boolean): void;
  setKeepAlive(keepAlive: boolean): void;
}

/** A connection under TLS. */
interface DenoTlsConnection extends DenoConnection {
  /** Rejects when the certificate is not valid. */
  handshake(): Promise<unknown>;
}

/** A name in a directory. */
interface DenoDirEntry {
  readonly name: string;
  readonly isFile: boolean;
  readonly isDirectory: boolean;
}

/** Deno's API; only to be called on Deno. */
export function denoApi(): DenoApi {
  return (globalThis as unknown as { Deno: DenoApi }).Deno;
}
