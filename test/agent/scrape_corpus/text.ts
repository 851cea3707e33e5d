/** A file with one job, of these lines: the first of them is line 3. */
export function job(...lines: readonly string[]): string {
  return `scrape_configs:\n  - job_name: a\n${lines.map((line) => `    ${line}\n`).join("")}`;
}

/** A job with one discovery of a kind, of these lines: the first of them is line 4. */
export function found(kind: string, first: string, ...lines: readonly string[]): string {
  return job(`${kind}_sd_configs:`, `  - ${first}`, ...lines.map((line) => `    ${line}`));
}

/** Files beside each file of the corpus. */
export const FILES: Readonly<Record<string, string>> = {
  "token": "t0ken",
  "password": "s3cret",
  "jobs/a.yml":
    "scrape_configs:\n  - job_name: of a file\n    static_configs: [{ targets: [a:1] }]\n",
  "jobs/twice.yaml": "scrape_configs:\n  - job_name: a\n",
  "jobs/wrong.yaml": "scrape_configs:\n  - job_name: w\n    scrape_interval: 5\n",
  "targets/a.json": '[{ "targets": ["a:1"], "labels": { "x": "y" } }]',
};
