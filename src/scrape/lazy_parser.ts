import type { PageParser, TargetPages } from "../contracts.ts";
import { loadKernel } from "../kernel/kernel.ts";

/** The kernel's parser of pages; it takes no memory before there is a target. */
export async function lazyPageParser(): Promise<PageParser> {
  const kernel = await loadKernel();
  let parser: PageParser | undefined;
  return {
    openTarget: (): TargetPages => (parser ??= kernel.createPageParser()).openTarget(),
  };
}
