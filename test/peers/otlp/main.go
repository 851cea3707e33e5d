// What Prometheus 3.16 makes of requests of OTLP metrics, by its own handler: a line of
// JSON on the input is a request with the block `otlp` it is taken by, a line on the
// output is all that was appended, and the answer.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/storage/remote"
)

type asked struct {
	Config      string
	ContentType string
	Body        []byte
	// Of a sequence, whose state goes on from request to request: its place, from 0.
	Place int
	// What features are on.
	ConvertDelta, NativeDelta, TypeAndUnit bool
}

type row struct {
	Labels    map[string]string `json:"labels"`
	Start     int64             `json:"start"`
	Time      int64             `json:"time"`
	Bits      string            `json:"bits,omitempty"`
	Histogram *nativeHistogram  `json:"histogram,omitempty"`
	Exemplars []one             `json:"exemplars"`
	Family    string            `json:"family"`
	Type      string            `json:"type"`
	Help      string            `json:"help"`
	Unit      string            `json:"unit"`
}

type one struct {
	Labels map[string]string `json:"labels"`
	Bits   string            `json:"bits"`
	Time   int64             `json:"time"`
}

type nativeHistogram struct {
	Hint          int       `json:"hint"`
	Schema        int32     `json:"schema"`
	Count         uint64    `json:"count"`
	SumBits       string    `json:"sumBits"`
	ZeroThreshold string    `json:"zeroThreshold"`
	ZeroCount     uint64    `json:"zeroCount"`
	PositiveSpans [][2]int  `json:"positiveSpans"`
	Positive      []int64   `json:"positive"`
	NegativeSpans [][2]int  `json:"negativeSpans"`
	Negative      []int64   `json:"negative"`
	Custom        []float64 `json:"custom"`
	Invalid       string    `json:"invalid,omitempty"`
}

type answer struct {
	Status    int    `json:"status"`
	Text      string `json:"text"`
	Rows      []row  `json:"rows"`
	Committed bool   `json:"committed"`
}

// Keeps what is appended.
type keeper struct {
	answer
}

func (k *keeper) AppenderV2(context.Context) storage.AppenderV2 { return k }

func (k *keeper) Append(_ storage.SeriesRef, ls labels.Labels, st, t int64, v float64, h *histogram.Histogram, fh *histogram.FloatHistogram, opts storage.AOptions) (storage.SeriesRef, error) {
	if fh != nil {
		return 0, errors.New("a float histogram")
	}
	added := row{
		Labels: ls.Map(), Start: st, Time: t, Exemplars: []one{}, Family: opts.MetricFamilyName,
		Type: string(opts.Metadata.Type), Help: opts.Metadata.Help, Unit: opts.Metadata.Unit,
	}
	if h == nil {
		added.Bits = bits(v)
	} else {
		added.Histogram = form(h)
	}
	for _, e := range opts.Exemplars {
		added.Exemplars = append(added.Exemplars, oneOf(e))
	}
	k.Rows = append(k.Rows, added)
	return 1, nil
}

func (k *keeper) Commit() error {
	k.Committed = true
	return nil
}

func (k *keeper) Rollback() error { return nil }

func bits(v float64) string { return strconv.FormatUint(math.Float64bits(v), 16) }

func oneOf(e exemplar.Exemplar) one {
	return one{Labels: e.Labels.Map(), Bits: bits(e.Value), Time: e.Ts}
}

func form(h *histogram.Histogram) *nativeHistogram {
	invalid := ""
	if err := h.Validate(); err != nil {
		invalid = err.Error()
	}
	return &nativeHistogram{
		Hint: int(h.CounterResetHint), Schema: h.Schema, Count: h.Count, SumBits: bits(h.Sum),
		ZeroThreshold: bits(h.ZeroThreshold), ZeroCount: h.ZeroCount,
		PositiveSpans: spans(h.PositiveSpans), Positive: list(h.PositiveBuckets),
		NegativeSpans: spans(h.NegativeSpans), Negative: list(h.NegativeBuckets),
		Custom: list(h.CustomValues), Invalid: invalid,
	}
}

func spans(given []histogram.Span) [][2]int {
	all := [][2]int{}
	for _, span := range given {
		all = append(all, [2]int{int(span.Offset), int(span.Length)})
	}
	return all
}

func list[T any](given []T) []T {
	return append([]T{}, given...)
}

func main() {
	log.SetOutput(io.Discard)
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	reader := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := json.NewEncoder(os.Stdout)
	var kept *keeper
	var handler http.Handler
	for {
		line, err := reader.ReadBytes('\n')
		if err != nil {
			return
		}
		var request asked
		if err := json.Unmarshal(line, &request); err != nil {
			os.Stderr.WriteString(err.Error())
			os.Exit(1)
		}
		loaded, err := config.Load(request.Config, quiet)
		if err != nil {
			_ = out.Encode(answer{Status: -1, Text: err.Error(), Rows: []row{}})
			continue
		}
		if request.Place == 0 {
			kept = &keeper{}
			handler = remote.NewOTLPWriteHandler(quiet, prometheus.NewRegistry(), kept,
				func() config.Config { return *loaded }, remote.OTLPOptions{
					ConvertDelta: request.ConvertDelta, NativeDelta: request.NativeDelta,
					EnableTypeAndUnitLabels: request.TypeAndUnit,
				})
		}
		kept.answer = answer{Rows: []row{}}
		posted := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(request.Body))
		posted.Header.Set("Content-Type", request.ContentType)
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, posted)
		kept.Status = recorder.Code
		kept.Text = recorder.Body.String()
		_ = out.Encode(kept.answer)
	}
}
