/** `$2y$10$`, then 22 characters of salt and 31 of hash. Go takes costs from 4 to 31. */
const HASH = /^\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;

export function isBcryptHash(text: string): boolean {
  return HASH.test(text);
}

/** Each step of it doubles the work. */
export function costOf(hash: string): number {
  return Number(HASH.exec(hash)?.[1] ?? 0);
}
