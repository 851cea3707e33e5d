import { Deadline } from "../../actor/deadline.ts";
import type { DnsServer } from "../../contracts.ts";
import { messageOf } from "../../errors.ts";
import type { DnsRecordType } from "../../options/resolved_scrape.ts";
import type { DiscoveryDependencies } from "../dependencies.ts";
import { decodeAnswer, type DnsAnswer, type DnsRecord, encodeQuery } from "./message.ts";
import { fullNames, parseResolvConf, RESOLV_CONF, type ResolverConfig } from "./resolv_conf.ts";

const PORT = 53;
/** How long one server may take for one answer, as with Prometheus. */
const ANSWER_MS_MAX = 2_000;
const FILE_BYTES_MAX = 64 * 1024;
const NAME_ERROR = 3;

/**
 * The records of a name, as Prometheus looks for them (discovery/dns): under each name that
 * the host's search list makes of it, until one is known. None if all servers say that there
 * is no such name.
 *
 * By walq itself and not by the runtime, as Deno's cannot tell a name server that is broken
 * from a name that is not there: then an outage of the name server would end all targets.
 *
 * @throws {Error} when for one of these names no server has an answer.
 */
export async function lookUp(
  name: string,
  type: DnsRecordType,
  platform: DiscoveryDependencies["platform"],
  signal: AbortSignal,
): Promise<readonly DnsRecord[]> {
  const config = await readConfig(platform);
  let problem: string | undefined;
  for (const full of fullNames(name, config)) {
    try {
      const { code, records } = await askServers(full, type, config, platform, signal);
      if (code === 0) return records;
    } catch (error) {
      signal.throwIfAborted();
      problem ??= messageOf(error);
    }
  }
  if (problem !== undefined) throw new Error(problem);
  return [];
}

async function readConfig(
  { files }: DiscoveryDependencies["platform"],
): Promise<ResolverConfig> {
  try {
    const bytes = await files.readWhole(RESOLV_CONF, FILE_BYTES_MAX);
    return parseResolvConf(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new Error(`cannot read the file "${RESOLV_CONF}", which names the name servers`, {
      cause: error,
    });
  }
}

/** The first answer that is one: that there are records, or none, or that there is no such name. */
async function askServers(
  name: string,
  type: DnsRecordType,
  { servers }: ResolverConfig,
  platform: DiscoveryDependencies["platform"],
  signal: AbortSignal,
): Promise<DnsAnswer> {
  const problems: string[] = [];
  for (const address of servers) {
    try {
      const answer = await askServer({ address, port: PORT }, name, type, platform, signal);
      if (answer.code === 0 || answer.code === NAME_ERROR) return answer;
      problems.push(`${address} answered with the code ${answer.code}`);
    } catch (error) {
      signal.throwIfAborted();
      problems.push(`${address}: ${messageOf(error)}`);
    }
  }
  throw new Error(`no name server has an answer for ${name} ${type}: ${problems.join(", ")}`);
}

async function askServer(
  server: DnsServer,
  name: string,
  type: DnsRecordType,
  platform: DiscoveryDependencies["platform"],
  signal: AbortSignal,
): Promise<DnsAnswer> {
  const ask = async (transport: "udp" | "tcp"): Promise<DnsAnswer> => {
    const query = encodeQuery(Math.floor(platform.random() * 0x10000), name, type);
    const deadline = new Deadline(signal, ANSWER_MS_MAX, platform.clock);
    try {
      const bytes = await platform.askDns(server, query, transport, deadline.signal);
      return decodeAnswer(bytes, type);
    } catch (error) {
      throw deadline.causeOf(error);
    } finally {
      deadline.end();
    }
  };
  const answer = await ask("udp");
  return answer.isTruncated ? await ask("tcp") : answer;
}
