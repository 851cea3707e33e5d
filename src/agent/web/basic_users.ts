import { costOf } from "./bcrypt_hash.ts";
import type { PasswordCheck } from "./password_check.ts";

/** What comes of a login: who it is, or why that is not known. */
export type Login = { readonly user: string } | "wrong" | "busy";

/** Users by their names, with the bcrypt hashes of their passwords. */
export type Users = ReadonlyMap<string, string>;

/** Logins that are remembered, of each kind. */
const REMEMBERED_MAX = 100;

/**
 * Knows users by name and password. What was found right or wrong is remembered by a
 * digest over a salt of this process: the password is kept nowhere. A user that there
 * is not costs as much as one that there is.
 */
export class BasicUsers {
  readonly #check: PasswordCheck;
  readonly #salt = crypto.getRandomValues(new Uint8Array(32));
  readonly #right = new Set<string>();
  readonly #wrong = new Set<string>();

  constructor(check: PasswordCheck) {
    this.#check = check;
  }

  /** `authorization` is the header; `users` are not none. */
  async login(authorization: string | null, users: Users): Promise<Login> {
    const given = loginIn(authorization);
    if (given === undefined) return "wrong";
    const { name, password } = given;
    const hash = users.get(name) ?? costliest(users);
    const isUser = users.has(name);
    // The file may make a user of a name, or take it out, and what is remembered of the other holds no more.
    const digest = await this.#digest([isUser ? "user" : "nobody", name, hash, password]);
    if (this.#right.has(digest)) return { user: name };
    if (this.#wrong.has(digest)) return "wrong";
    const isRight = await this.#check.isRight(password, hash);
    if (isRight === undefined) return "busy";
    const isIn = isRight && isUser;
    remember(isIn ? this.#right : this.#wrong, digest);
    return isIn ? { user: name } : "wrong";
  }

  async #digest(parts: readonly string[]): Promise<string> {
    const text = new TextEncoder().encode(JSON.stringify(parts));
    const salted = new Uint8Array(this.#salt.length + text.length);
    salted.set(this.#salt);
    salted.set(text, this.#salt.length);
    return String.fromCharCode(
      ...new Uint8Array(await crypto.subtle.digest("SHA-256", salted)),
    );
  }
}

/** The oldest gives way. */
function remember(digests: Set<string>, digest: string): void {
  digests.add(digest);
  if (digests.size <= REMEMBERED_MAX) return;
  for (const oldest of digests) {
    digests.delete(oldest);
    return;
  }
}

/** What a user that there is not is compared with. */
function costliest(users: Users): string {
  return [...users.values()].reduce((most, hash) => costOf(hash) > costOf(most) ? hash : most);
}

/** Name and password of `Basic` (RFC 7617), in UTF-8. */
function loginIn(header: string | null): { name: string; password: string } | undefined {
  const [, encoded] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header ?? "") ?? [];
  if (encoded === undefined) return undefined;
  let text: string;
  try {
    const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
    text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
  const colon = text.indexOf(":");
  if (colon < 0) return undefined;
  return { name: text.slice(0, colon), password: text.slice(colon + 1) };
}
