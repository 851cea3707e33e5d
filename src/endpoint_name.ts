import { ENDPOINT_NAME_LENGTH_MAX } from "./limits.ts";

const NAME = new RegExp(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,${ENDPOINT_NAME_LENGTH_MAX - 1}}$`);

/** What walq itself puts into the data path, beside the endpoints' directories; some file systems do not tell case apart. */
const OWN_NAME = /^walq\.(?:(?:lock|ballast|names|stream)(?:\..*)?|.*\.(?:door|owner))$/i;

/** Whether it can be the name of an endpoint, and so of its directory in the data path. */
export function isEndpointName(text: string): boolean {
  return NAME.test(text) && !isOwnName(text);
}

/** Whether walq itself has files of that name in the data path. */
export function isOwnName(text: string): boolean {
  return OWN_NAME.test(text);
}

/** What is said of a text that is no name of an endpoint: "expected ...". */
export function expectedEndpointName(text: unknown): string {
  return typeof text === "string" && NAME.test(text)
    ? "another name: walq uses this one itself, in the data path"
    : `1 to ${ENDPOINT_NAME_LENGTH_MAX} letters, digits, ".", "_", "-", ` +
      'the first a letter, a digit or "_"';
}
