/** An answer in words, for who asked in plain text. */
export function plainFailure(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>>,
): Response {
  const all = { "content-type": "text/plain; charset=utf-8", ...headers };
  return new Response(`${message}\n`, { status, headers: all });
}
