"""The Prometheus client for Python: pushes the same to all of the given targets, in each
of its ways."""

import json
import sys

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Enum,
    Gauge,
    Histogram,
    Info,
    Summary,
    delete_from_gateway,
    disable_created_metrics,
    push_to_gateway,
    pushadd_to_gateway,
)

# The time at which each series was made.
disable_created_metrics()
registry = CollectorRegistry()
jobs = Counter("py_jobs_total", "Jobs.", ["kind"], registry=registry)
jobs.labels('a "b"\n\\').inc(3)
jobs.labels("größe").inc()
Gauge("py_last_seconds", "Last.", registry=registry).set(12.5)
Gauge("py_cold", "Cold.", registry=registry).set(-1e-300)
took = Histogram("py_took_seconds", "Took.", buckets=[0.5, 1, 2.5], registry=registry)
took.observe(0.75)
Summary("py_sums_seconds", "Sums.", registry=registry).observe(2)
Info("py_build", "Build.", registry=registry).info({"version": "1.2", "of": "x y"})
Enum("py_state", "State.", states=["up", "down", "a b"], registry=registry).state("up")

for target in json.loads(sys.argv[1])["targets"]:
    url = target["url"]
    push_to_gateway(url, job="python", registry=registry)
    key = {"instance": "a b", "path": "/var/tmp", "empty": ""}
    pushadd_to_gateway(url, job="python", registry=registry, grouping_key=key)
    group = {"way": "größe+1"}
    push_to_gateway(
        url, job="python", registry=registry, grouping_key=group, compression="gzip"
    )
    gone = {"way": "gone"}
    pushadd_to_gateway(url, job="gone", registry=registry, grouping_key=gone)
    delete_from_gateway(url, job="gone", grouping_key=gone)
