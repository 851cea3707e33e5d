package main

import (
	"context"
	"math"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	api "go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/exemplar"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
)

// Collects twice, and exports each collection to all of the targets.
func export(given argument) error {
	ctx := context.Background()
	reader := metric.NewManualReader()
	provider := metric.NewMeterProvider(
		metric.WithReader(reader),
		metric.WithExemplarFilter(exemplar.AlwaysOnFilter),
		metric.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "shop"),
			attribute.String("service.namespace", "go"),
			attribute.String("service.instance.id", "one"),
			attribute.Int("host.cpus", 8),
			attribute.StringSlice("of.it", []string{"a", "b"}),
		)),
		metric.WithView(metric.NewView(
			metric.Instrument{Name: "wait"},
			metric.Stream{Aggregation: metric.AggregationBase2ExponentialHistogram{MaxSize: 40, MaxScale: 20}},
		)),
	)
	var exporters []*otlpmetrichttp.Exporter
	for _, target := range given.Targets {
		compression := otlpmetrichttp.NoCompression
		if target.Compression == "gzip" {
			compression = otlpmetrichttp.GzipCompression
		}
		exporter, err := otlpmetrichttp.New(ctx,
			otlpmetrichttp.WithEndpointURL(target.URL), otlpmetrichttp.WithCompression(compression))
		if err != nil {
			return err
		}
		exporters = append(exporters, exporter)
	}
	happen, err := instruments(provider.Meter("scope", api.WithInstrumentationVersion("1.2.3")))
	if err != nil {
		return err
	}
	for turn := 1; turn <= 2; turn++ {
		happen(ctx, turn)
		var collected metricdata.ResourceMetrics
		if err := reader.Collect(ctx, &collected); err != nil {
			return err
		}
		for _, exporter := range exporters {
			if err := exporter.Export(ctx, &collected); err != nil {
				return err
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	return nil
}

func instruments(meter api.Meter) (func(context.Context, int), error) {
	orders, err := meter.Int64Counter("orders", api.WithUnit("{order}"), api.WithDescription("Orders."))
	if err != nil {
		return nil, err
	}
	queue, err := meter.Int64UpDownCounter("queue.length")
	if err != nil {
		return nil, err
	}
	duration, err := meter.Float64Histogram("http.server.request.duration", api.WithUnit("s"))
	if err != nil {
		return nil, err
	}
	wait, err := meter.Float64Histogram("wait", api.WithUnit("ms"))
	if err != nil {
		return nil, err
	}
	warmth, err := meter.Float64Gauge("temperature", api.WithUnit("Cel"))
	if err != nil {
		return nil, err
	}
	with := api.WithAttributes
	return func(ctx context.Context, turn int) {
		orders.Add(ctx, int64(3*turn), with(attribute.String("payment.kind", "card"), attribute.Bool("größe", true)))
		orders.Add(ctx, 1, with(attribute.String("payment.kind", "a \"b\"\n\\")))
		queue.Add(ctx, int64(-turn))
		warmth.Record(ctx, 21.5-float64(turn), with(attribute.String("room", "attic")))
		warmth.Record(ctx, math.Inf(1), with(attribute.String("room", "none")))
		for at := range 50 {
			duration.Record(ctx, float64(at*turn)/97, with(attribute.Int("http.response.status_code", 200+at%2)))
			wait.Record(ctx, math.Pow(float64(at-10), 3), with(attribute.String("way", "in")))
		}
	}, nil
}
