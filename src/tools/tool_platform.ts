import type { Kernel, Platform } from "../contracts.ts";

/** What tools work with, as somebody gives it to them. */
export interface ToolPlatform {
  readonly platform: Platform;
  readonly kernel: Kernel;
  /** Told how much more is done, now and then. @default nobody */
  readonly onProgress?: ((done: number) => Promise<void>) | undefined;
}
