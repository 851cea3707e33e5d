"""The SDK of OpenTelemetry for Python: collects twice, and exports each collection by its
own OTLP exporter to all of the given targets."""

import json
import sys
import time

from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.metrics import Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricExportResult
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource

targets = json.loads(sys.argv[1])["targets"]
exporters = [
    OTLPMetricExporter(endpoint=one["url"], compression=Compression(one["compression"]))
    for one in targets
]
reader = InMemoryMetricReader()
provider = MeterProvider(
    [reader],
    resource=Resource(
        {
            "service.name": "shop",
            "service.namespace": "python",
            "service.instance.id": "one",
            "host.cpus": 8,
            "of.it": ["a", "b"],
        }
    ),
    views=[
        View(
            instrument_name="wait",
            aggregation=ExponentialBucketHistogramAggregation(max_size=40),
        )
    ],
)
meter = provider.get_meter("scope", "1.2.3")
orders = meter.create_counter("orders", unit="{order}", description="Orders.")
queue = meter.create_up_down_counter("queue.length")
duration = meter.create_histogram("http.server.request.duration", unit="s")
wait = meter.create_histogram("wait", unit="ms", description="Waits.")
warmth = meter.create_gauge("temperature", unit="Cel")
meter.create_observable_gauge(
    "process.memory",
    unit="By",
    callbacks=[lambda _: [Observation(123456789, {"kind": "heap"})]],
)

for turn in (1, 2):
    orders.add(3 * turn, {"payment.kind": "card", "plan": "L"})
    orders.add(1, {"payment.kind": 'a "b"\n\\', "größe": True})
    queue.add(-turn)
    warmth.set(21.5 - turn, {"room": "attic"})
    for at in range(50):
        duration.record(at * turn / 97, {"http.response.status_code": 200 + at % 2})
        wait.record(abs(at - 10) ** 3 * turn, {"way": "in"})
    collected = reader.get_metrics_data()
    for exporter in exporters:
        if exporter.export(collected) is not MetricExportResult.SUCCESS:
            sys.exit(f"{exporter._endpoint} did not take it")
    time.sleep(0.01)
for exporter in exporters:
    exporter.shutdown()
