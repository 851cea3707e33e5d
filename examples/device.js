/**
 * A device that samples a sensor, and is offline for days: a boat, a field, a lorry. What it
 * has sampled is on its disk until the receiver has it, with the times of the samples.
 *
 *     npm install walq
 *     WALQ_URL=https://mimir.example/api/v1/push node device.js
 */
import { hostname } from "node:os";
import process from "node:process";
import { Queue } from "walq";

const { WALQ_URL, WALQ_DATA = "./walq-data", SAMPLE_MS = "1000", COMMIT_MS = "60000" } =
  process.env;

const queue = await Queue.open({
  dataPath: WALQ_DATA,
  ttl: "30d", // as long as it may be offline
  endpoints: [{
    name: "mimir",
    url: WALQ_URL,
    maxDiskBytes: "256MiB", // the oldest goes first when that is full
    externalLabels: { device: hostname() },
  }],
});

/** A sensor that is none: one degree an hour, with some noise. */
function readSensor() {
  return 20 + (Date.now() / 3_600_000) % 5 + Math.random() / 10;
}

const appender = queue.appender();
let series = { __name__: "temperature_celsius", room: "hold" };
function sample() {
  // What append returns stands for the series, and is cheaper than its labels.
  series = appender.append(series, Date.now(), readSensor());
}

/** One write to the disk for many samples, as SD cards wear out. A crash loses at most those since the last. */
async function commit() {
  try {
    const { accepted } = await appender.commit({ durable: true });
    console.log(`${accepted} samples are safe`);
  } catch (error) {
    console.error(`These samples were not taken: ${error.message}`);
  }
}

const timers = [setInterval(sample, Number(SAMPLE_MS)), setInterval(commit, Number(COMMIT_MS))];

process.once("SIGTERM", async () => {
  timers.forEach(clearInterval);
  await commit();
  await queue.close({ graceMs: 2_000 });
});
