/**
 * Throws when an invariant of walq itself is broken. What a user, a disk or an
 * endpoint can cause is a {@link WalqError}; this is for what only a bug can.
 *
 * @throws {Error} with a message that starts with "BUG:".
 */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`BUG: ${message}`);
}
