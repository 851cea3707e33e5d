import { expectedEndpointName, isEndpointName } from "../endpoint_name.ts";
import { WalqError } from "../errors.ts";

/**
 * Each of these is to be a directory in a data path: a name that no configuration could have
 * would put it elsewhere, or where nobody sends it from.
 *
 * @throws {WalqError} `INVALID_OPTIONS`
 */
export function refuseWrongNames(names: readonly string[]): void {
  const wrong = names.find((name) => !isEndpointName(name));
  if (wrong === undefined) return;
  const text = `Cannot import for an endpoint: got ${JSON.stringify(wrong)}, expected `;
  throw new WalqError("INVALID_OPTIONS", text + expectedEndpointName(wrong));
}
