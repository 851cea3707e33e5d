/**
 * A worker that ends in seconds: it leaves its numbers on the disk and is gone. What it could
 * not send in a moment goes out with its next run, in order.
 *
 *     npm install walq
 *     WALQ_URL=http://localhost:9090/api/v1/write node worker.js
 */
import process from "node:process";
import { Queue } from "walq";

const { WALQ_URL, WALQ_DATA = "./walq-data", GRACE_MS = "1000" } = process.env;

const startedMs = Date.now();
let rows = 0;
for (let row = 0; row < 100_000; row++) rows++; // the work

const queue = await Queue.open({
  dataPath: WALQ_DATA, // one for each worker that runs at the same time
  ttl: "24h",
  endpoints: [{ name: "prometheus", url: WALQ_URL }],
});
await queue.push({
  worker_rows: rows,
  worker_duration_seconds: (Date.now() - startedMs) / 1000,
  worker_finished_timestamp_seconds: Date.now() / 1000,
}, { job: "nightly" });
console.log("durable"); // whatever happens now, it is not lost
await queue.close({ graceMs: Number(GRACE_MS) });
