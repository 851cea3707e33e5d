// A remote write 2.0 receiver to test against: the handler and the storage of
// Prometheus 3.16, and a page that says what the storage holds. Prometheus itself
// cannot be built from the module proxy: one of its service discoveries is not there.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"math"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	remoteapi "github.com/prometheus/client_golang/exp/api/remote"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery"
	"github.com/prometheus/prometheus/discovery/targetgroup"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/metadata"
	"github.com/prometheus/prometheus/scrape"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/storage/remote"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address to listen on")
	path := flag.String("path", "", "directory of the storage")
	forward := flag.String("forward", "", "a configuration, by whose remote_write all is sent on")
	scrapes := flag.Bool("scrape", false, "scrape the static targets of that configuration")
	flag.Parse()
	registry := prometheus.NewRegistry()
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	options := tsdb.DefaultOptions()
	options.EnableExemplarStorage = true
	options.MaxExemplars = 100_000
	options.EnableSTStorage = true
	options.EnableMetadataWALRecords = true
	options.FloatChunkEncoding = chunkenc.EncXOR2
	db, err := tsdb.Open(*path, logger, registry, options, nil)
	if err != nil {
		log.Fatal(err)
	}
	if *forward != "" {
		if err := sendOn(db, *path, *forward, registry, logger); err != nil {
			log.Fatal(err)
		}
	}
	if *scrapes {
		if err := scrapeAll(db, *forward, registry, logger); err != nil {
			log.Fatal(err)
		}
	}
	tee := &tee{db: db, metadata: map[string]metadata.Metadata{}, starts: map[string]int64{}}
	both := remoteapi.MessageTypes{remoteapi.WriteV1MessageType, remoteapi.WriteV2MessageType}
	http.Handle("/api/v1/write", remote.NewWriteHandler(logger, registry, tee, both, false, true))
	http.HandleFunc("/ready", func(http.ResponseWriter, *http.Request) {})
	http.HandleFunc("/content", func(w http.ResponseWriter, r *http.Request) {
		content, err := tee.content(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_ = json.NewEncoder(w).Encode(content)
	})
	http.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.Serve(listener, nil))
}

// sendOn sends what comes into the storage on, by the remote write of Prometheus.
func sendOn(db *tsdb.DB, path, file string, r prometheus.Registerer, l *slog.Logger) error {
	all, err := config.LoadFile(file, false, l)
	if err != nil {
		return err
	}
	start := func() (int64, error) { return 0, nil }
	sender := remote.NewStorage(l, r, start, path, time.Minute, nil, false)
	db.SetWriteNotified(sender)
	return sender.ApplyConfig(all)
}

// scrapeAll scrapes what a file names into the storage, as Prometheus does.
func scrapeAll(db *tsdb.DB, file string, r prometheus.Registerer, l *slog.Logger) error {
	all, err := config.LoadFile(file, true, l)
	if err != nil {
		return err
	}
	options := &scrape.Options{
		DiscoveryReloadInterval:  model.Duration(100 * time.Millisecond),
		AppendMetadata:           true,
		DiscoveryReloadOnStartup: true,
	}
	manager, err := scrape.NewManager(options, l, nil, nil, db, r)
	if err != nil {
		return err
	}
	if err := manager.ApplyConfig(all); err != nil {
		return err
	}
	targets := map[string][]*targetgroup.Group{}
	for _, job := range all.ScrapeConfigs {
		for _, one := range job.ServiceDiscoveryConfigs {
			if static, ok := one.(discovery.StaticConfig); ok {
				targets[job.JobName] = append(targets[job.JobName], static...)
			}
		}
	}
	told := make(chan map[string][]*targetgroup.Group, 1)
	told <- targets
	go func() { log.Fatal(manager.Run(told)) }()
	return nil
}

// tee hands everything to the storage and keeps what that does not give back: metadata,
// and the start timestamps of histograms.
type tee struct {
	db       *tsdb.DB
	mutex    sync.Mutex
	metadata map[string]metadata.Metadata
	starts   map[string]int64
}

func (t *tee) AppenderV2(ctx context.Context) storage.AppenderV2 {
	return &teeAppender{ExemplarAppenderV2: t.db.AppenderV2(ctx).(storage.ExemplarAppenderV2), tee: t}
}

type teeAppender struct {
	storage.ExemplarAppenderV2
	tee *tee
}

func (a *teeAppender) Append(
	ref storage.SeriesRef,
	ls labels.Labels,
	st, t int64,
	v float64,
	h *histogram.Histogram,
	fh *histogram.FloatHistogram,
	options storage.AOptions,
) (storage.SeriesRef, error) {
	a.tee.mutex.Lock()
	if !options.Metadata.IsEmpty() {
		a.tee.metadata[ls.Get("__name__")] = options.Metadata
	}
	if h != nil || fh != nil {
		a.tee.starts[place(ls, t)] = st
	}
	a.tee.mutex.Unlock()
	return a.ExemplarAppenderV2.Append(ref, ls, st, t, v, h, fh, options)
}

type series struct {
	Labels     map[string]string   `json:"labels"`
	Samples    []sample            `json:"samples"`
	Histograms []nativeHistogram   `json:"histograms"`
	Exemplars  []exemplarOfASeries `json:"exemplars"`
}

// Numbers of 64 bits are text: JSON's would lose some. A float is its bits in hexadecimal.
type sample struct {
	TimestampMs string `json:"timestampMs"`
	StartMs     string `json:"startMs"`
	Bits        string `json:"bits"`
}

// A native histogram as Prometheus describes it: its count, sum and buckets.
type nativeHistogram struct {
	TimestampMs string    `json:"timestampMs"`
	StartMs     string    `json:"startMs"`
	IsFloat     bool      `json:"isFloat"`
	Schema      int32     `json:"schema"`
	Count       float64   `json:"count"`
	SumBits     string    `json:"sumBits"`
	ZeroCount   float64   `json:"zeroCount"`
	ZeroBits    string    `json:"zeroThresholdBits"`
	Hint        int       `json:"resetHint"`
	Custom      []float64 `json:"customValues"`
	Buckets     []string  `json:"buckets"`
}

type exemplarOfASeries struct {
	Labels      map[string]string `json:"labels"`
	TimestampMs string            `json:"timestampMs"`
	Bits        string            `json:"bits"`
}

type content struct {
	Series   []*series                    `json:"series"`
	Metadata map[string]map[string]string `json:"metadata"`
}

func (t *tee) content(ctx context.Context) (*content, error) {
	all := &content{Series: []*series{}, Metadata: map[string]map[string]string{}}
	t.mutex.Lock()
	for family, m := range t.metadata {
		all.Metadata[family] = map[string]string{"type": string(m.Type), "help": m.Help, "unit": m.Unit}
	}
	t.mutex.Unlock()
	querier, err := t.db.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		return nil, err
	}
	defer querier.Close()
	anything := labels.MustNewMatcher(labels.MatchRegexp, "__name__", ".+")
	set := querier.Select(ctx, true, nil, anything)
	byLabels := map[string]*series{}
	for set.Next() {
		one, err := t.seriesOf(set.At())
		if err != nil {
			return nil, err
		}
		byLabels[set.At().Labels().String()] = one
		all.Series = append(all.Series, one)
	}
	if set.Err() != nil {
		return nil, set.Err()
	}
	exemplars, err := t.db.ExemplarQuerier(ctx)
	if err != nil {
		return nil, err
	}
	found, err := exemplars.Select(math.MinInt64, math.MaxInt64, []*labels.Matcher{anything})
	if err != nil {
		return nil, err
	}
	for _, result := range found {
		one := byLabels[result.SeriesLabels.String()]
		if one == nil {
			return nil, fmt.Errorf("exemplars of %s, which has no samples", result.SeriesLabels)
		}
		for _, e := range result.Exemplars {
			one.Exemplars = append(one.Exemplars, exemplarOf(e))
		}
	}
	return all, nil
}

func (tee *tee) seriesOf(from storage.Series) (*series, error) {
	tee.mutex.Lock()
	defer tee.mutex.Unlock()
	one := &series{
		Labels:     from.Labels().Map(),
		Samples:    []sample{},
		Histograms: []nativeHistogram{},
		Exemplars:  []exemplarOfASeries{},
	}
	it := from.Iterator(nil)
	for kind := it.Next(); kind != chunkenc.ValNone; kind = it.Next() {
		switch kind {
		case chunkenc.ValFloat:
			t, v := it.At()
			one.Samples = append(one.Samples, sample{decimal(t), decimal(it.AtST()), bits(v)})
		case chunkenc.ValHistogram:
			t, h := it.AtHistogram(nil)
			st := tee.starts[place(from.Labels(), t)]
			one.Histograms = append(one.Histograms, histogramOf(t, st, h.ToFloat(nil), false))
		case chunkenc.ValFloatHistogram:
			t, h := it.AtFloatHistogram(nil)
			st := tee.starts[place(from.Labels(), t)]
			one.Histograms = append(one.Histograms, histogramOf(t, st, h, true))
		}
	}
	return one, it.Err()
}

func histogramOf(t, st int64, h *histogram.FloatHistogram, isFloat bool) nativeHistogram {
	buckets := []string{}
	for it := h.AllBucketIterator(); it.Next(); {
		if bucket := it.At(); bucket.Count != 0 {
			buckets = append(buckets, bucket.String())
		}
	}
	return nativeHistogram{
		decimal(t), decimal(st), isFloat, h.Schema, h.Count, bits(h.Sum), h.ZeroCount,
		bits(h.ZeroThreshold), int(h.CounterResetHint), h.CustomValues, buckets,
	}
}

func exemplarOf(e exemplar.Exemplar) exemplarOfASeries {
	return exemplarOfASeries{e.Labels.Map(), decimal(e.Ts), bits(e.Value)}
}

func place(ls labels.Labels, t int64) string { return ls.String() + "@" + decimal(t) }

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

func bits(v float64) string { return fmt.Sprintf("%016x", math.Float64bits(v)) }
