package main

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/push"
	"github.com/prometheus/common/expfmt"
)

// Pushes the same to all of the targets, in each of the client's forms and ways.
func pushAll(given argument) error {
	for _, target := range given.Targets {
		if err := pushTo(target.URL); err != nil {
			return err
		}
	}
	return nil
}

func pushTo(url string) error {
	registry := prometheus.NewRegistry()
	jobs := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "go_jobs_total", Help: "Jobs."}, []string{"kind"})
	jobs.WithLabelValues("a \"b\"\n\\").Add(3)
	jobs.WithLabelValues("größe").Inc()
	last := prometheus.NewGauge(prometheus.GaugeOpts{Name: "go_last_seconds", Help: "Last."})
	last.Set(12.5)
	took := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "go_took_seconds", Buckets: []float64{0.5, 1, 2.5}})
	took.Observe(0.75)
	sums := prometheus.NewSummary(prometheus.SummaryOpts{Name: "go_sums_seconds", Objectives: map[float64]float64{0.5: 0.05}})
	sums.Observe(2)
	registry.MustRegister(jobs, last, took, sums)
	group := func(format expfmt.FormatType, job, path string) *push.Pusher {
		return push.New(url, job).Gatherer(registry).Format(expfmt.NewFormat(format)).
			Grouping("path", path).Grouping("empty", "")
	}
	if err := group(expfmt.TypeProtoDelim, "go", "/var/tmp").Push(); err != nil {
		return err
	}
	if err := group(expfmt.TypeProtoDelim, "go", "a b").Add(); err != nil {
		return err
	}
	if err := group(expfmt.TypeTextPlain, "go", "text").Push(); err != nil {
		return err
	}
	gone := group(expfmt.TypeTextPlain, "gone", "gone")
	if err := gone.Add(); err != nil {
		return err
	}
	return gone.Delete()
}
