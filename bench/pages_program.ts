/** Serves the pages that `scrape.ts` has scraped: `/metrics?page=N`, and at `/counts` how often it was asked. */
import { createServer } from "node:http";
import process from "node:process";

const [port, series] = process.argv.slice(2).map(Number) as [number, number];

const HEADS = Array.from({ length: series }, (_, n) => {
  const family = `http_request_things_${n % 40}_total`;
  const head = n < 40
    ? `# HELP ${family} Things that requests have done.\n# TYPE ${family} counter\n`
    : "";
  return [
    n % 40,
    head,
    `${family}{code="${200 + n % 7}",handler="/api/v1/thing/${n}",method="GET"} `,
  ] as const;
}).sort(([a], [b]) => a - b);

let scrapes = 0;
createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  if (pathname === "/counts") return void response.end(JSON.stringify({ scrapes }));
  scrapes++;
  const page = Number(searchParams.get("page"));
  let text = "";
  for (const [at, [, head, line]] of HEADS.entries()) {
    // Some move at each scrape and some do not, as counters do.
    text += `${head}${line}${at % 3 === 0 ? page * 1000 + at : scrapes * at}\n`;
  }
  response.setHeader("content-type", "text/plain; version=0.0.4; charset=utf-8");
  response.end(text);
}).listen(port, "127.0.0.1");
