/** Loaded into a process by `--import`: when it ends, it leaves what it has used in the file that WALQ_USAGE names. */
import { writeFileSync } from "node:fs";
import process from "node:process";

process.on("exit", () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const usage = { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakRssBytes: maxRSS * 1024 };
  writeFileSync(process.env["WALQ_USAGE"]!, JSON.stringify(usage));
});
