/** An answer without what a `Response` can do beside, which is dear to make. */
export interface BriefAnswer {
  readonly status: number;
  /** By lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The whole body; undefined for none. */
  readonly text: string | undefined;
}

/** The same as others want it. */
export function toResponse({ status, headers, text }: BriefAnswer): Response {
  return new Response(text ?? null, { status, headers });
}
