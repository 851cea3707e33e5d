/**
 * When a sender that got a 503 is to come again: long enough for a flush, a full disk
 * or a client too many to pass, short enough to lose no time.
 */
export const RETRY_AFTER_SECONDS = 5;
