import { compare } from "bcryptjs";
import type { Compare } from "./password_check.ts";

/** By bcryptjs, which gives way to others every 100 ms. A password is cut at 72 bytes, as bcrypt does everywhere. */
export const bcryptCompare: Compare = (password, hash) => compare(password, hash);
