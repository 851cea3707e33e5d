/** Jobs, each with something that Prometheus shows of it. */

const RULES = [
  { source_labels: ["a", "b"], target_label: "c" },
  { source_labels: ["a", "b"], target_label: "c", regex: "(.*)" },
  { source_labels: ["__address__"], regex: "(.+):\\d+", replacement: "$1", target_label: "host" },
  { source_labels: ["a"], action: "drop", regex: "x|y" },
  { source_labels: ["a"], separator: "", action: "hashmod", modulus: 7, target_label: "m" },
  { regex: "__meta_(.+)", action: "labelmap", replacement: "x_$1" },
  { source_labels: ["a"], regex: "", replacement: "", target_label: "b" },
  { regex: "tmp_.*", action: "labeldrop" },
  { source_labels: ["a"], action: "keepequal", target_label: "b" },
  { source_labels: ["a"], action: "lowercase", target_label: "b" },
];

/** Without their names. */
export const SHOWN_JOBS: readonly object[] = [
  {},
  { static_configs: [{ targets: ["a:1", "b"], labels: { c: "d" } }, { targets: ["e"] }] },
  { honor_labels: true, honor_timestamps: false, track_timestamps_staleness: true },
  { scrape_interval: "90s", scrape_timeout: "1m30s", metrics_path: "/m", scheme: "https" },
  { scrape_interval: "2w", scrape_timeout: "1500ms", enable_compression: false },
  { params: { module: ["a", "b"], empty: [""] } },
  { scrape_protocols: ["PrometheusText0.0.4"], fallback_scrape_protocol: "PrometheusText0.0.4" },
  { scrape_native_histograms: true, always_scrape_classic_histograms: true },
  { convert_classic_histograms_to_nhcb: true, extra_scrape_metrics: true },
  { scrape_failure_log_file: "/var/log/failed.log" },
  {
    body_size_limit: "10MB",
    sample_limit: 1,
    target_limit: 2,
    label_limit: 3,
    label_name_length_limit: 4,
    label_value_length_limit: 5,
  },
  { body_size_limit: "1000B", keep_dropped_targets: 6 },
  { native_histogram_bucket_limit: 160, native_histogram_min_bucket_factor: 1.5 },
  { metric_name_validation_scheme: "legacy" },
  { metric_name_escaping_scheme: "dots" },
  { relabel_configs: RULES, metric_relabel_configs: RULES },
  { basic_auth: { username: "u", password: "hunter2" } },
  { basic_auth: { username_file: "/u", password_file: "/p" } },
  { authorization: { credentials: "hunter2" } },
  { authorization: { type: "Token", credentials_file: "/c" }, follow_redirects: false },
  { bearer_token: "hunter2" },
  {
    oauth2: {
      client_id: "c",
      client_secret: "hunter2",
      token_url: "https://x.example/token",
      scopes: ["a", "b"],
    },
  },
  {
    tls_config: {
      ca_file: "/ca",
      cert_file: "/cert",
      key_file: "/key",
      server_name: "s",
      min_version: "TLS13",
    },
  },
  { tls_config: { insecure_skip_verify: true } },
  { proxy_url: "http://proxy.example:3128", no_proxy: "a,b" },
  { proxy_from_environment: true },
  { http_headers: { "X-One": { secrets: ["hunter2", "hunter2"] } } },
  {
    file_sd_configs: [{ files: ["/a.json", "/b/*.yml"] }, {
      files: ["/c.yaml"],
      refresh_interval: "1h",
    }],
  },
  { http_sd_configs: [{ url: "http://sd.example/metrics", basic_auth: { username: "u" } }] },
  { dns_sd_configs: [{ names: ["a.example"] }, { names: ["b.example"], type: "A", port: 80 }] },
  {
    docker_sd_configs: [{
      host: "unix:///var/run/docker.sock",
      filters: [{ name: "n", values: ["v"] }],
    }],
  },
  {
    docker_sd_configs: [{
      host: "tcp://d:1",
      port: 90,
      host_networking_host: "h",
      match_first_network: false,
    }],
  },
  { consul_sd_configs: [{ server: "c:8500", token: "hunter2", services: ["a"], tags: ["t"] }] },
  {
    consul_sd_configs: [{
      datacenter: "d",
      namespace: "n",
      partition: "p",
      path_prefix: "/x",
      tag_separator: ";",
      scheme: "https",
      allow_stale: false,
      node_meta: { a: "b" },
      filter: "f == 1",
      refresh_interval: "10s",
    }],
  },
  { kubernetes_sd_configs: [{ role: "pod" }] },
  {
    kubernetes_sd_configs: [{
      role: "endpoints",
      api_server: "https://k.example",
      namespaces: { names: ["a", "b"] },
      selectors: [{ role: "pod", label: "a=b", field: "c=d" }],
      attach_metadata: { node: true, cronjob: true },
    }],
  },
];
