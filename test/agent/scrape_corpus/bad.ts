/** Files that are refused, each with the line and the key that is told first. */
import { found, job } from "./text.ts";

type Bad = readonly [line: number, key: string, text: string];

const A = "scrape_configs[0]";

/** What Prometheus refuses, too. */
export const BAD: Readonly<Record<string, Bad>> = {
  "jobs that are a map": [1, "scrape_configs", "scrape_configs: { job_name: a }\n"],
  "jobs that are a text": [1, "scrape_configs", "scrape_configs: node\n"],
  "a job that is nothing": [2, A, "scrape_configs:\n  -\n"],
  "a job that is a text": [2, A, "scrape_configs:\n  - node\n"],
  "a job without a name": [2, `${A}.job_name`, "scrape_configs:\n  - static_configs: []\n"],
  "a name that is empty": [2, `${A}.job_name`, "scrape_configs:\n  - job_name: ''\n"],
  "a name of nothing": [2, `${A}.job_name`, "scrape_configs:\n  - job_name:\n"],
  "a name twice": [
    4,
    "scrape_configs[2].job_name",
    "scrape_configs:\n  - job_name: a\n  - job_name: b\n  - job_name: a\n",
  ],
  "a key that nobody knows": [3, A, job("scrape_intervall: 5s")],
  "a key of another block": [3, `${A}.url`, job("url: http://a/")],
  "a key twice": [4, "", job("scheme: http", "scheme: https")],
  "an interval without a unit": [3, `${A}.scrape_interval`, job("scrape_interval: 15")],
  "an interval with a fraction": [3, `${A}.scrape_interval`, job("scrape_interval: 1.5m")],
  "an interval that is no duration": [3, `${A}.scrape_interval`, job("scrape_interval: often")],
  "an interval below zero": [3, `${A}.scrape_interval`, job("scrape_interval: -5s")],
  "units in the wrong order": [3, `${A}.scrape_interval`, job("scrape_interval: 30s1m")],
  "a timeout over the interval": [
    4,
    `${A}.scrape_timeout`,
    job("scrape_interval: 5s", "scrape_timeout: 6s"),
  ],
  "a timeout over the default interval": [3, `${A}.scrape_timeout`, job("scrape_timeout: 2m")],
  "a timeout over the interval of all": [
    4,
    `${A}.scrape_timeout`,
    "global: { scrape_interval: 10s }\n" + job("scrape_timeout: 11s"),
  ],
  "a timeout of all over the interval of all": [
    3,
    "global.scrape_timeout",
    "global:\n  scrape_interval: 10s\n  scrape_timeout: 15s\n",
  ],
  "a timeout of all over the default interval": [
    2,
    "global.scrape_timeout",
    "global:\n  scrape_timeout: 2m\n",
  ],
  "an interval of all without a unit": [
    2,
    "global.scrape_interval",
    "global:\n  scrape_interval: 9\n",
  ],
  "a size without a unit": [3, `${A}.body_size_limit`, job("body_size_limit: 100")],
  "a size of another unit": [3, `${A}.body_size_limit`, job("body_size_limit: 10Mb")],
  "a size of all without a unit": [
    2,
    "global.body_size_limit",
    "global:\n  body_size_limit: 1000\n",
  ],
  "a limit below zero": [3, `${A}.sample_limit`, job("sample_limit: -1")],
  "a limit that is a text": [3, `${A}.target_limit`, job("target_limit: many")],
  "a limit that is a list": [3, `${A}.label_limit`, job("label_limit: [1]")],
  "a truth value that is none": [3, `${A}.honor_labels`, job("honor_labels: maybe")],
  "a truth value in quotes": [3, `${A}.honor_timestamps`, job("honor_timestamps: 'true'")],
  "a scheme that is a list": [3, `${A}.scheme`, job("scheme: [http]")],
  "a parameter that is no list": [3, `${A}.params.module`, job("params: { module: http_2xx }")],
  "parameters that are a list": [3, `${A}.params`, job("params: [a]")],
  "targets that are a text": [
    3,
    `${A}.static_configs[0].targets`,
    job("static_configs: [{ targets: localhost:9090 }]"),
  ],
  "a group that is nothing": [4, `${A}.static_configs[0]`, job("static_configs:", "  -")],
  "a group that is a text": [4, `${A}.static_configs[0]`, job("static_configs:", "  - a:1")],
  "groups that are a map": [3, `${A}.static_configs`, job("static_configs: { targets: [a:1] }")],
  "a target with a scheme": [
    6,
    `${A}.static_configs[0].targets[1]`,
    job("static_configs:", "  - targets:", "      - a:1", "      - http://b:1"),
  ],
  "a target with a path": [
    5,
    `${A}.static_configs[1].targets[0]`,
    job("static_configs:", "  - targets: [a:1]", "  - targets: [b:1/metrics]"),
  ],
  "a label without a name": [
    4,
    `${A}.static_configs[0].labels`,
    job("static_configs:", "  - { targets: [a:1], labels: { '': b } }"),
  ],
  "a label that is a list": [
    4,
    `${A}.static_configs[0].labels.a`,
    job("static_configs:", "  - { targets: [a:1], labels: { a: [b] } }"),
  ],
  "a key of a group that nobody knows": [
    4,
    `${A}.static_configs[0]`,
    job("static_configs:", "  - { target: [a:1] }"),
  ],
  "a rule that is nothing": [4, `${A}.relabel_configs[0]`, job("relabel_configs:", "  -")],
  "a rule for series that is nothing": [
    4,
    `${A}.metric_relabel_configs[0]`,
    job("metric_relabel_configs:", "  -"),
  ],
  "a rule of an action that nobody knows": [
    4,
    `${A}.relabel_configs[0].action`,
    job("relabel_configs:", "  - { action: remove, source_labels: [a] }"),
  ],
  "a rule without a target": [
    4,
    `${A}.relabel_configs[0].target_label`,
    job("relabel_configs:", "  - { source_labels: [a] }"),
  ],
  "a pattern that is none": [
    4,
    `${A}.relabel_configs[0].regex`,
    job("relabel_configs:", "  - { source_labels: [a], target_label: b, regex: 'a(' }"),
  ],
  "a pattern that Go has not": [
    4,
    `${A}.metric_relabel_configs[0].regex`,
    job("metric_relabel_configs:", "  - { regex: '(?!a)b', action: labeldrop }"),
  ],
  "a hash without a modulus": [
    4,
    `${A}.relabel_configs[0].modulus`,
    job("relabel_configs:", "  - { action: hashmod, source_labels: [a], target_label: b }"),
  ],
  "labels to drop, with a source": [
    4,
    `${A}.metric_relabel_configs[0].source_labels`,
    job("metric_relabel_configs:", "  - { action: labeldrop, regex: a, source_labels: [a] }"),
  ],
  "two logins": [
    2,
    A,
    job("basic_auth: { username: a }", "bearer_token: b"),
  ],
  "a login and a token": [
    2,
    A,
    job("basic_auth: { username: a }", "authorization: { credentials: b }"),
  ],
  "two tokens": [
    2,
    A,
    job("bearer_token: a", "authorization: { credentials: b }"),
  ],
  "a token and OAuth": [
    2,
    A,
    job("bearer_token: a", "oauth2: { client_id: a, client_secret: b, token_url: http://a/ }"),
  ],
  "a token and its file": [
    4,
    `${A}.bearer_token_file`,
    job("bearer_token: a", "bearer_token_file: token"),
  ],
  "a password and its file": [
    3,
    `${A}.basic_auth.password_file`,
    job("basic_auth: { username: a, password: b, password_file: password }"),
  ],
  "a token of the type of a login": [
    3,
    `${A}.authorization.type`,
    job("authorization: { type: basic, credentials: a }"),
  ],
  "OAuth without a client": [
    3,
    `${A}.oauth2.client_id`,
    job("oauth2: { client_secret: a, token_url: http://a/ }"),
  ],
  "OAuth without a URL": [
    3,
    `${A}.oauth2.token_url`,
    job("oauth2: { client_id: a, client_secret: b }"),
  ],
  "a certificate without its key": [
    3,
    `${A}.tls_config.key`,
    job("tls_config: { cert_file: token }"),
  ],
  "a version of TLS that there is not": [
    3,
    `${A}.tls_config.min_version`,
    job("tls_config: { min_version: TLS1.2 }"),
  ],
  "a key of TLS that nobody knows": [3, `${A}.tls_config`, job("tls_config: { verify: no }")],
  "headers for no proxy": [
    3,
    `${A}.proxy_connect_header`,
    job("proxy_connect_header: { X-A: [b] }"),
  ],
  "an address of a proxy that is none": [3, `${A}.proxy_url`, job("proxy_url: '%zz'")],
  "no files": [4, `${A}.file_sd_configs[0].files`, found("file", "refresh_interval: 1m")],
  "no files in the list": [4, `${A}.file_sd_configs[0].files`, found("file", "files: []")],
  "a file of another kind": [
    4,
    `${A}.file_sd_configs[0].files[0]`,
    found("file", "files: [a.txt]"),
  ],
  "a pattern in a directory": [
    4,
    `${A}.file_sd_configs[0].files[0]`,
    found("file", 'files: ["*/a.json"]'),
  ],
  "files as often as nobody can": [
    5,
    `${A}.file_sd_configs[0].refresh_interval`,
    found("file", "files: [a.yml]", "refresh_interval: 5"),
  ],
  "a discovery that is nothing": [4, `${A}.dns_sd_configs[0]`, job("dns_sd_configs:", "  -")],
  "no URL": [4, `${A}.http_sd_configs[0].url`, found("http", "refresh_interval: 1m")],
  "a URL of another scheme": [4, `${A}.http_sd_configs[0].url`, found("http", "url: ftp://a/")],
  "a URL without a scheme": [4, `${A}.http_sd_configs[0].url`, found("http", "url: sd.example")],
  "a URL without a host": [4, `${A}.http_sd_configs[0].url`, found("http", "url: 'http://'")],
  "a key of a discovery that nobody knows": [
    5,
    `${A}.http_sd_configs[0]`,
    found("http", "url: http://a/", "interval: 1m"),
  ],
  "no names": [4, `${A}.dns_sd_configs[0].names`, found("dns", "type: SRV")],
  "addresses without a port": [
    4,
    `${A}.dns_sd_configs[0].port`,
    found("dns", "{ names: [a], type: A }"),
  ],
  "records that there are not": [
    5,
    `${A}.dns_sd_configs[0].type`,
    found("dns", "names: [a]", "type: TXT"),
  ],
  "no Docker": [4, `${A}.docker_sd_configs[0].host`, found("docker", "port: 80")],
  "a filter with a value alone": [
    5,
    `${A}.docker_sd_configs[0].filters[0].values`,
    found("docker", "host: unix:///a", "filters: [{ name: a, values: b }]"),
  ],
  "a port that is a text": [
    5,
    `${A}.docker_sd_configs[0].port`,
    found("docker", "host: unix:///a", "port: http"),
  ],
  "a Consul without an address": [
    4,
    `${A}.consul_sd_configs[0].server`,
    found("consul", "server: ' '"),
  ],
  "a Consul with two logins": [
    4,
    `${A}.consul_sd_configs[0].username`,
    found("consul", "username: a", "basic_auth: { username: b }"),
  ],
  "a Consul with two tokens": [
    4,
    `${A}.consul_sd_configs[0].token`,
    found("consul", "token: a", "authorization: { credentials: b, type: Token }"),
  ],
  "services that are a text": [
    4,
    `${A}.consul_sd_configs[0].services`,
    found("consul", "services: web"),
  ],
  "a Kubernetes without a role": [
    4,
    `${A}.kubernetes_sd_configs[0].role`,
    found("kubernetes", "namespaces: { names: [a] }"),
  ],
  "a role that there is not": [
    4,
    `${A}.kubernetes_sd_configs[0].role`,
    found("kubernetes", "role: deployment"),
  ],
  "a login for no server": [
    4,
    `${A}.kubernetes_sd_configs[0].api_server`,
    found("kubernetes", "role: pod", "bearer_token: a"),
  ],
  "a server and a file that says so": [
    5,
    `${A}.kubernetes_sd_configs[0].kubeconfig_file`,
    found("kubernetes", "{ role: pod, api_server: https://a/,", "kubeconfig_file: b }"),
  ],
  "a file that says so, and a login": [
    5,
    `${A}.kubernetes_sd_configs[0].kubeconfig_file`,
    found("kubernetes", "role: pod", "kubeconfig_file: b", "basic_auth: { username: a }"),
  ],
  "a server's own namespace": [
    6,
    `${A}.kubernetes_sd_configs[0].namespaces.own_namespace`,
    found(
      "kubernetes",
      "role: pod",
      "api_server: https://a/",
      "namespaces: { own_namespace: true }",
    ),
  ],
  "a selector of a role that is not in it": [
    6,
    `${A}.kubernetes_sd_configs[0].selectors[0].role`,
    found("kubernetes", "role: service", "selectors:", "  - { role: pod, label: a=b }"),
  ],
  "a role's selector twice": [
    7,
    `${A}.kubernetes_sd_configs[0].selectors[1].role`,
    found(
      "kubernetes",
      "role: pod",
      "selectors:",
      "  - { role: pod, label: a=b }",
      "  - { role: pod }",
    ),
  ],
  "a selector of fields that is none": [
    6,
    `${A}.kubernetes_sd_configs[0].selectors[0].field`,
    found("kubernetes", "role: pod", "selectors:", "  - { role: pod, field: status.phase }"),
  ],
  "a selector of labels that is none": [
    6,
    `${A}.kubernetes_sd_configs[0].selectors[0].label`,
    found("kubernetes", "role: pod", "selectors:", "  - { role: pod, label: 'a in b' }"),
  ],
  "a key of namespaces that nobody knows": [
    5,
    `${A}.kubernetes_sd_configs[0].namespaces`,
    found("kubernetes", "role: pod", "namespaces: { all: true }"),
  ],
  "YAML that is cut off": [3, "", "scrape_configs:\n  - { job_name: a\n"],
};

/** What a later Prometheus refuses: 2.42 has not the keys, or not the check. */
export const BAD_NEWER: Readonly<Record<string, Bad>> = {
  "two logins for a discovery": [
    4,
    `${A}.http_sd_configs[0]`,
    found("http", "url: http://a/", "bearer_token: a", "basic_auth: { username: b }"),
  ],
  "a format that nobody knows": [
    3,
    `${A}.scrape_protocols`,
    job("scrape_protocols: [OpenMetrics]"),
  ],
  "a format in other letters": [
    3,
    `${A}.scrape_protocols`,
    job("scrape_protocols: [prometheusproto]"),
  ],
  "a format twice": [
    3,
    `${A}.scrape_protocols`,
    job("scrape_protocols: [PrometheusProto, PrometheusText0.0.4, PrometheusProto]"),
  ],
  "no formats": [3, `${A}.scrape_protocols`, job("scrape_protocols: []")],
  "no formats for all": [2, "global.scrape_protocols", "global:\n  scrape_protocols: []\n"],
  "a fallback that nobody knows": [
    3,
    `${A}.fallback_scrape_protocol`,
    job("fallback_scrape_protocol: text"),
  ],
  "a list of fallbacks": [
    3,
    `${A}.fallback_scrape_protocol`,
    job("fallback_scrape_protocol: [PrometheusText0.0.4]"),
  ],
  "names of a kind that there is not": [
    3,
    `${A}.metric_name_validation_scheme`,
    job("metric_name_validation_scheme: utf-8"),
  ],
  "an escaping that there is not": [
    3,
    `${A}.metric_name_escaping_scheme`,
    job("metric_name_escaping_scheme: none"),
  ],
  "classic names, asked for in UTF-8": [
    4,
    `${A}.metric_name_escaping_scheme`,
    job("metric_name_validation_scheme: legacy", "metric_name_escaping_scheme: allow-utf-8"),
  ],
  "classic names of all, asked for in UTF-8": [
    3,
    `global.metric_name_escaping_scheme`,
    "global:\n  metric_name_validation_scheme: legacy\n  metric_name_escaping_scheme: allow-utf-8\n" +
    job(),
  ],
  "a rule with a name that is not classic": [
    5,
    `${A}.relabel_configs[0].target_label`,
    job(
      "metric_name_validation_scheme: legacy",
      "relabel_configs:",
      "  - { source_labels: [a], target_label: 'a.b' }",
    ),
  ],
  "an external label that is not classic": [
    4,
    'global.external_labels["a.b"]',
    "global:\n  metric_name_validation_scheme: legacy\n  external_labels:\n    a.b: c\n",
  ],
  "a factor that is a text": [
    3,
    `${A}.native_histogram_min_bucket_factor`,
    job("native_histogram_min_bucket_factor: small"),
  ],
  "buckets below zero": [
    3,
    `${A}.native_histogram_bucket_limit`,
    job("native_histogram_bucket_limit: -1"),
  ],
  "a header that HTTP has anyway": [
    3,
    `${A}.http_headers`,
    job("http_headers: { Accept-Encoding: { values: [br] } }"),
  ],
  "a header that is a login": [
    3,
    `${A}.http_headers`,
    job("http_headers: { Authorization: { values: [a] } }"),
  ],
  "a header that walq sends by itself": [
    3,
    `${A}.http_headers`,
    job("http_headers: { X-Prometheus-Scrape-Timeout-Seconds: { values: ['1'] } }"),
  ],
  "a proxy, and the environment's": [
    3,
    `${A}.proxy_url`,
    job("proxy_url: http://a/", "proxy_from_environment: true"),
  ],
  "exceptions from no proxy": [3, `${A}.no_proxy`, job("no_proxy: a.example")],
  "a pattern in a directory of jobs": [
    2,
    "scrape_config_files[0]",
    "scrape_config_files:\n  - jobs/*/*.yml\n",
  ],
  "a key that a file of jobs has not": [
    1,
    "scrape_config_files",
    "scrape_config_files: { a: b }\n",
  ],
};

/** What Prometheus takes, or does not look at, and walq cannot do. */
export const BAD_HERE: Readonly<Record<string, Bad>> = {
  "virtual machines of Amazon": [3, `${A}.ec2_sd_configs`, job("ec2_sd_configs: [{ region: a }]")],
  "virtual machines of Google": [
    3,
    `${A}.gce_sd_configs`,
    job("gce_sd_configs: [{ project: a, zone: b }]"),
  ],
  "a swarm": [
    3,
    `${A}.dockerswarm_sd_configs`,
    job("dockerswarm_sd_configs: [{ host: unix:///a, role: tasks }]"),
  ],
  "a Eureka": [3, `${A}.eureka_sd_configs`, job("eureka_sd_configs: [{ server: http://a/ }]")],
  "a Nomad": [3, `${A}.nomad_sd_configs`, job("nomad_sd_configs: [{}]")],
  "a file of a token that is not there": [
    3,
    `${A}.bearer_token_file`,
    job("bearer_token_file: no"),
  ],
  "a file of a discovery that is not there": [
    5,
    `${A}.http_sd_configs[0].tls_config.ca_file`,
    found("http", "url: http://a/", "tls_config: { ca_file: no }"),
  ],
  "a secret of a provider": [
    3,
    `${A}.basic_auth.password_ref`,
    job("basic_auth: { username: a, password_ref: b }"),
  ],
};
