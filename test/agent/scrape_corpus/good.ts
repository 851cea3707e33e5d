/** Files that Prometheus takes, after its documents and what people write. */
import { found, job } from "./text.ts";

/** Those of which Prometheus 2.42 knows the keys, too. */
export const GOOD: Readonly<Record<string, string>> = {
  "a node exporter": `
global:
  scrape_interval: 15s
  scrape_timeout: 10s
  external_labels: { monitor: codelab }
scrape_configs:
  # The job name is added as a label.
  - job_name: "node"
    static_configs:
      - targets: ["localhost:9100", "10.0.0.2:9100"]
        labels: { group: production }
      - targets:
          - localhost:9101
        labels:
          group: canary
`,
  "jobs and nothing in them": `
scrape_configs:
  - job_name: a
  - job_name: b
    static_configs: []
  - job_name: c
    static_configs:
      - targets: []
`,
  "no jobs": "scrape_configs: []\n",
  "nothing behind the key": "scrape_configs:\nglobal:\n",
  "a blackbox exporter": `
scrape_configs:
  - job_name: blackbox
    metrics_path: /probe
    params:
      module: [http_2xx]
    static_configs:
      - targets:
          - https://prometheus.io
          - http://example.com:8080/path?x=y
    relabel_configs:
      - source_labels: [__address__]
        target_label: __param_target
      - source_labels: [__param_target]
        target_label: instance
      - target_label: __address__
        replacement: 127.0.0.1:9115
`,
  "an SNMP exporter": `
scrape_configs:
  - job_name: snmp
    scrape_interval: 5m
    scrape_timeout: 4m
    metrics_path: /snmp
    params: { auth: [public_v2], module: [if_mib, system] }
    file_sd_configs: [{ files: [snmp/*.yml], refresh_interval: 1m }]
    relabel_configs:
      - { source_labels: [__address__], target_label: __param_target }
      - { target_label: __address__, replacement: "snmp:9116" }
`,
  "a federation": `
scrape_configs:
  - job_name: federate
    honor_labels: true
    metrics_path: /federate
    params:
      "match[]":
        - '{job="prometheus"}'
        - '{__name__=~"job:.*"}'
    static_configs: [{ targets: ["source:9090"] }]
`,
  "pods that say they want it": `
scrape_configs:
  - job_name: kubernetes-pods
    kubernetes_sd_configs:
      - role: pod
    relabel_configs:
      - source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_scrape]
        action: keep
        regex: true
      - source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_path]
        action: replace
        target_label: __metrics_path__
        regex: (.+)
      - source_labels: [__address__, __meta_kubernetes_pod_annotation_prometheus_io_port]
        action: replace
        regex: ([^:]+)(?::\\d+)?;(\\d+)
        replacement: $1:$2
        target_label: __address__
      - action: labelmap
        regex: __meta_kubernetes_pod_label_(.+)
`,
  "an API server": `
scrape_configs:
  - job_name: kubernetes-apiservers
    kubernetes_sd_configs: [{ role: endpoints }]
    scheme: https
    tls_config: { insecure_skip_verify: true }
    bearer_token_file: token
    relabel_configs:
      - source_labels: [__meta_kubernetes_namespace, __meta_kubernetes_service_name]
        action: keep
        regex: default;kubernetes
`,
  "limits with units and without": job(
    "body_size_limit: 10MB",
    "sample_limit: 1000",
    "target_limit: 30",
    "label_limit: 35",
    "label_name_length_limit: 210",
    "label_value_length_limit: 210",
  ),
  "a limit of nothing": job("body_size_limit: 0", "sample_limit: 0"),
  "sizes of each unit": job("body_size_limit: 1.5GiB"),
  "no timestamps": job("honor_timestamps: false", "honor_labels: yes"),
  "paths and schemes of any kind": job("metrics_path: metrics", "scheme: HTTPS"),
  "an empty path": job('metrics_path: ""'),
  "a name of any letters": "scrape_configs: [{ job_name: 'größe / 1 \"x\"' }]\n",
  "a name that is a number": "scrape_configs: [{ job_name: 7 }]\n",
  "an interval of composed units": job("scrape_interval: 1m30s", "scrape_timeout: 1m500ms"),
  "an interval that is as long as the timeout": job("scrape_interval: 5s", "scrape_timeout: 5s"),
  "zeros that are as good as nothing": job("scrape_interval: 0s", "scrape_timeout: 0s"),
  "a shorter interval than the timeout of all": "global: { scrape_timeout: 30s }\n" +
    job("scrape_interval: 10s"),
  "a longer timeout than the interval of all": "global: { scrape_interval: 10s }\n" +
    job("scrape_interval: 1h", "scrape_timeout: 30m"),
  "an interval of all that is shorter than the default timeout":
    "global: { scrape_interval: 1s }\n" + job(),
  "basic authentication": job("basic_auth: { username: admin, password_file: password }"),
  "basic authentication with nothing in it": job("basic_auth: {}"),
  "a token by its key": job("authorization: { type: Token, credentials_file: token }"),
  "a token of no type": job("authorization: { credentials: abc }"),
  "an authorization with nothing in it": job("authorization: {}"),
  "a token by its old key": job("bearer_token: abc"),
  "OAuth 2.0": job(
    "oauth2:",
    "  client_id: a",
    "  client_secret_file: password",
    "  scopes: [metrics]",
    "  token_url: https://login.example/token",
    "  endpoint_params: { audience: x }",
    "  tls_config: { insecure_skip_verify: true }",
  ),
  "TLS by version": job("tls_config: { min_version: TLS12, server_name: a.example }"),
  "a proxy": job("proxy_url: http://proxy:3128", "follow_redirects: false", "enable_http2: false"),
  "texts that a template left empty": job(
    'proxy_url: ""',
    "basic_auth:",
    "tls_config: {}",
    "scrape_interval:",
    "relabel_configs: []",
    "file_sd_configs:",
  ),
  "each action of a rule": job(
    "relabel_configs:",
    "  - { source_labels: [a, b], separator: ;, regex: (.*);(.*), replacement: $1$2, target_label: c }",
    "  - { source_labels: [a], regex: x, action: keep }",
    "  - { source_labels: [a], regex: y, action: DROP }",
    "  - { source_labels: [a], target_label: b, action: keepequal }",
    "  - { source_labels: [a], target_label: b, action: dropequal }",
    "  - { source_labels: [a], modulus: 8, target_label: __tmp_hash, action: hashmod }",
    "  - { regex: __meta_(.+), action: labelmap }",
    "  - { regex: tmp_.*, action: labeldrop }",
    "  - { regex: .+, action: labelkeep }",
    "  - { source_labels: [a], target_label: a, action: lowercase }",
    "  - { source_labels: [a], target_label: a, action: uppercase }",
  ),
  "rules for series": job(
    "metric_relabel_configs:",
    "  - { source_labels: [__name__], regex: go_.*, action: drop }",
    "  - { source_labels: [le], regex: '0\\.0+', action: drop }",
    "  - regex: (?i)pod_.*",
    "    action: labeldrop",
    "  - { target_label: team, replacement: '' }",
  ),
  "an address with a path that a rule takes apart": job(
    "static_configs: [{ targets: ['http://a/metrics'] }]",
    "relabel_configs: [{ source_labels: [__address__], regex: 'http://([^/]+)/.*', target_label: __address__ }]",
  ),
  "an address without a port": job("static_configs: [{ targets: [localhost, '[::1]:9100'] }]"),
  "labels of any value": job(
    "static_configs:",
    "  - targets: [a:1]",
    "    labels: { version: 1.10, on: yes, empty: '', __metrics_path__: /x, __scheme__: https }",
  ),
  "targets in files": found("file", "files: [a.json, b.yml, targets/*.yaml, /etc/x.JSON]"),
  "a pattern in the last part alone": found("file", 'files: ["*.json", "targets/web-*-*.yml"]'),
  "targets of a server": found(
    "http",
    "url: https://sd.example/targets?group=a",
    "refresh_interval: 30s",
    "authorization: { credentials: abc }",
    "tls_config: { insecure_skip_verify: true }",
    "proxy_url: http://proxy:3128",
  ),
  "a server that is logged in to by its URL": found("http", "url: http://user:pass@sd/"),
  "records of services": found("dns", "names: [_metrics._tcp.example, _b._tcp.example]"),
  "records of addresses": found("dns", "{ names: [a.example], type: A, port: 9100 }"),
  "records in small letters": found("dns", "{ names: [a.example], type: aaaa, port: 9100 }"),
  "records of mail": found(
    "dns",
    "{ names: [example], type: MX, port: 25, refresh_interval: 15s }",
  ),
  "a Docker by its socket": found("docker", "host: unix:///var/run/docker.sock"),
  "a Docker over TLS": found(
    "docker",
    "host: https://docker.example:2376",
    "port: 8080",
    "host_networking_host: 10.0.0.1",
    "refresh_interval: 10s",
    "tls_config: { insecure_skip_verify: true }",
    "filters:",
    "  - name: label",
    "    values: [prometheus=true]",
    "  - { name: status, values: [running, paused] }",
  ),
  "a Consul as it is": found("consul", "{}"),
  "a Consul with everything": found(
    "consul",
    "server: consul.example:8501",
    "token: abc",
    "datacenter: dc1",
    "namespace: ns",
    "partition: p",
    "tag_separator: ';'",
    "scheme: https",
    "allow_stale: false",
    "refresh_interval: 1m",
    "services: [web, db]",
    "tags: [prod, v2]",
    "node_meta: { rack: 7 }",
    "tls_config: { insecure_skip_verify: true }",
  ),
  "a Consul with a login of its own": found("consul", "{ username: a, password: b }"),
  "a Kubernetes from outside": found(
    "kubernetes",
    "role: endpointslice",
    "api_server: https://k8s.example:6443",
    "authorization: { credentials_file: token }",
    "tls_config: { insecure_skip_verify: true }",
    "namespaces: { names: [default, web] }",
  ),
  "a Kubernetes by a file": found(
    "kubernetes",
    "{ role: node, kubeconfig_file: /root/.kube/config }",
  ),
  "a Kubernetes with selectors": found(
    "kubernetes",
    "role: endpoints",
    "selectors:",
    "  - { role: pod, label: 'app in (web, db),tier!=test,!canary', field: 'status.phase=Running,spec.nodeName!=x' }",
    "  - role: service",
    "    label: a=b",
    "  - { role: endpoints, field: metadata.name=web }",
  ),
  "the namespace that it runs in": found(
    "kubernetes",
    "{ role: pod, namespaces: { own_namespace: true }, attach_metadata: { node: true } }",
  ),
  "each role": job(
    "kubernetes_sd_configs:",
    ...["node", "service", "pod", "endpoints", "endpointslice", "ingress"].map((role) =>
      `  - role: ${role}`
    ),
  ),
  "discoveries of all kinds in one job": job(
    "static_configs: [{ targets: [a:1] }]",
    "file_sd_configs: [{ files: [a.yml] }]",
    "dns_sd_configs: [{ names: [a] }]",
    "http_sd_configs: [{ url: http://a/ }]",
    "consul_sd_configs: [{ server: a:1 }, { server: b:1 }]",
    "docker_sd_configs: [{ host: 'tcp://a:2375' }]",
    "kubernetes_sd_configs: [{ role: pod }]",
  ),
  "discoveries that there are none of": job("ec2_sd_configs: []", "gce_sd_configs: []"),
  "anchors and merge keys": `
scrape_configs:
  - &base
    job_name: a
    scrape_interval: 5s
    tls_config: &tls { insecure_skip_verify: true }
    static_configs: &targets [{ targets: [a:1] }]
  - <<: *base
    job_name: b
    tls_config: *tls
    static_configs: *targets
`,
  "numbers as YAML 1.1 has them": job(
    "sample_limit: 1_000",
    "target_limit: 0x10",
    "label_limit: 012",
  ),
};

/** Those that came with a later Prometheus. */
export const GOOD_NEWER: Readonly<Record<string, string>> = {
  "a limit for all": "global: { body_size_limit: 15MB, sample_limit: 1500 }\n" + job(),
  "jobs of other files": `scrape_config_files: [jobs/*.yml]\n${job()}`,
  "a file that is not there": "scrape_config_files: [nowhere.yml, nowhere/*]\n",
  "the formats of all, and of one": `global:
  scrape_protocols: [PrometheusText1.0.0, PrometheusText0.0.4]
scrape_configs:
  - job_name: a
    scrape_protocols: [PrometheusProto, OpenMetricsText1.0.0, OpenMetricsText0.0.1]
    fallback_scrape_protocol: PrometheusText0.0.4
`,
  "a fallback that a template left empty": job('fallback_scrape_protocol: ""'),
  "native histograms": job(
    "scrape_native_histograms: true",
    "always_scrape_classic_histograms: true",
    "convert_classic_histograms_to_nhcb: true",
    "native_histogram_bucket_limit: 160",
    "native_histogram_min_bucket_factor: 1.1",
  ),
  "what global has of them": `global:
  scrape_native_histograms: true
  always_scrape_classic_histograms: true
  convert_classic_histograms_to_nhcb: true
  extra_scrape_metrics: true
  scrape_failure_log_file: failed.log
  keep_dropped_targets: 10
scrape_configs: [{ job_name: a, scrape_native_histograms: false, extra_scrape_metrics: false }]
`,
  "names of the classic kind": "global: { metric_name_validation_scheme: legacy }\n" + job(),
  "names of the classic kind for one job":
    "global: { metric_name_escaping_scheme: allow-utf-8 }\n" +
    job("metric_name_validation_scheme: legacy"),
  "each escaping": `scrape_configs:
  - { job_name: a, metric_name_escaping_scheme: allow-utf-8 }
  - { job_name: b, metric_name_escaping_scheme: underscores }
  - { job_name: c, metric_name_escaping_scheme: dots }
  - { job_name: d, metric_name_escaping_scheme: values, metric_name_validation_scheme: legacy }
`,
  "names that only UTF-8 has": job(
    'static_configs: [{ targets: [a:1], labels: { "größe.in m": x } }]',
    'relabel_configs: [{ source_labels: ["größe.in m"], target_label: "a.b" }]',
  ),
  "headers": job(
    "http_headers: { X-A: { values: [a, b], secrets: [c], files: [token] }, X-B: {} }",
  ),
  "no compression": job("enable_compression: false", "track_timestamps_staleness: true"),
  "a proxy by the environment": job("proxy_from_environment: true"),
  "a proxy with headers and exceptions": job(
    "proxy_url: http://proxy:3128",
    "no_proxy: 10.0.0.0/8,.local",
    "proxy_connect_header: { X-A: [b] }",
  ),
  "a name of a user in a file": job("basic_auth: { username_file: token, password: x }"),
  "certificates in the file itself": job("tls_config: { max_version: TLS13 }"),
  "records of name servers": found("dns", "{ names: [example], type: NS, port: 53 }"),
  "the first network alone, or all": found(
    "docker",
    "{ host: unix:///a.sock, match_first_network: false }",
  ),
  "a Consul with filters": found(
    "consul",
    "{ filter: 'Node.Meta.a == b', health_filter: 'Checks.Status == passing', path_prefix: /consul }",
  ),
  "pods of nodes": found("kubernetes", "{ role: pod, selectors: [{ role: node, label: a=b }] }"),
  "what pods belong to": found(
    "kubernetes",
    "role: pod",
    "attach_metadata: { node: true, namespace: true, deployment: true, job: true, cronjob: true }",
  ),
};
