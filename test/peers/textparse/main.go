// Reads pages by the parsers of Prometheus 3.16, as its scraping does, and says what is in
// them. A question is a line of JSON, and so is its answer, in the same order.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

type question struct {
	Page        []byte `json:"page"`
	ContentType string `json:"contentType"`
	ScrapedMs   int64  `json:"scrapedMs"`
	Native      bool   `json:"native"`
	Classic     bool   `json:"alwaysClassic"`
	Custom      bool   `json:"convertToCustomBuckets"`
	Created     bool   `json:"readsCreated"`
}

type answer struct {
	Error    string            `json:"error,omitempty"`
	Panics   bool              `json:"panics,omitempty"`
	Series   []series          `json:"series"`
	Families map[string]family `json:"families"`
}

// Numbers of 64 bits are text: JSON's would lose some. A float is its bits.
type series struct {
	Labels      []pair  `json:"labels"`
	Bits        string  `json:"bits,omitempty"`
	Histogram   *native `json:"histogram,omitempty"`
	TimestampMs string  `json:"timestampMs"`
	StartMs     string  `json:"startMs"`
	Exemplars   []told  `json:"exemplars"`
}

type pair [2]string

type told struct {
	Labels      []pair `json:"labels"`
	Bits        string `json:"bits"`
	TimestampMs string `json:"timestampMs"`
}

type native struct {
	IsFloat       bool       `json:"isFloat"`
	Count         string     `json:"count"`
	Sum           string     `json:"sum"`
	Schema        int32      `json:"schema"`
	ZeroThreshold string     `json:"zeroThreshold"`
	ZeroCount     string     `json:"zeroCount"`
	NegativeSpans [][2]int64 `json:"negativeSpans"`
	Negative      []string   `json:"negative"`
	PositiveSpans [][2]int64 `json:"positiveSpans"`
	Positive      []string   `json:"positive"`
	ResetHint     int        `json:"resetHint"`
	CustomValues  []string   `json:"customValues"`
}

type family struct {
	Type string `json:"type"`
	Help string `json:"help"`
	Unit string `json:"unit"`
}

func main() {
	in := json.NewDecoder(bufio.NewReader(os.Stdin))
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		var q question
		if err := in.Decode(&q); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		one, isThrough := readWithin(q)
		if err := json.NewEncoder(out).Encode(one); err != nil {
			log.Fatal(err)
		}
		if !isThrough {
			out.Flush()
			os.Exit(exitHangs)
		}
	}
}

// A page takes microseconds, and its reading cannot be stopped: the process has to end.
const (
	pageTime  = 200 * time.Millisecond
	exitHangs = 3
)

var errPanics = errors.New("it panics")

// readWithin gives up when the parser does not come to an end.
func readWithin(q question) (answer, bool) {
	through := make(chan answer, 1)
	go func() {
		one, err := read(q)
		if err != nil {
			one = refused(err)
			one.Panics = errors.Is(err, errPanics)
		}
		through <- one
	}()
	select {
	case one := <-through:
		return one, true
	case <-time.After(pageTime):
		return refused(errors.New("it hangs")), false
	}
}

func refused(err error) answer {
	return answer{Error: err.Error(), Series: []series{}, Families: map[string]family{}}
}

// familyOf is what is said of a family, of which nothing may have been said yet.
func (a answer) familyOf(name string) family {
	if known, ok := a.Families[name]; ok {
		return known
	}
	return family{Type: string(model.MetricTypeUnknown)}
}

// read goes through a page as scrape.append does.
func read(q question) (all answer, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", errPanics, r)
		}
	}()
	all = answer{Series: []series{}, Families: map[string]family{}}
	if len(q.Page) == 0 {
		return all, nil
	}
	p, err := textparse.New(q.Page, q.ContentType, labels.NewSymbolTable(), textparse.ParserOptions{
		IgnoreNativeHistograms:                  !q.Native,
		ConvertClassicHistogramsToNHCB:          q.Custom,
		KeepClassicOnClassicAndNativeHistograms: q.Classic,
		OpenMetricsSkipSTSeries:                 q.Created,
	})
	if p == nil {
		return all, err
	}
	seen := map[string]bool{}
	for {
		entry, err := p.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return all, err
		}
		switch entry {
		case textparse.EntryType:
			name, kind := p.Type()
			one := all.familyOf(string(name))
			one.Type = string(kind)
			all.Families[string(name)] = one
		case textparse.EntryHelp:
			name, help := p.Help()
			one := all.familyOf(string(name))
			one.Help = string(help)
			all.Families[string(name)] = one
		case textparse.EntryUnit:
			name, unit := p.Unit()
			one := all.familyOf(string(name))
			one.Unit = string(unit)
			all.Families[string(name)] = one
		case textparse.EntrySeries, textparse.EntryHistogram:
			// Before the parser looks ahead for a start timestamp.
			text, own := textOf(p, entry)
			one, err := seriesOf(p, entry, q)
			if err != nil {
				return all, err
			}
			if len(one.Labels) == 0 {
				// As where rules have dropped it; a target has labels of its own.
				continue
			}
			// Of two samples of a series with one time the first counts, and of two without one.
			key := fmt.Sprint(one.Labels, one.TimestampMs)
			if seen[key] || (own == nil && seen[text]) {
				continue
			}
			seen[key] = true
			seen[text] = true
			all.Series = append(all.Series, one)
		}
	}
}

// textOf is what the series is known by, and its time if it has one.
func textOf(p textparse.Parser, entry textparse.Entry) (string, *int64) {
	if entry == textparse.EntryHistogram {
		text, t, _, _ := p.Histogram()
		return string(text), t
	}
	text, t, _ := p.Series()
	return string(text), t
}

func seriesOf(p textparse.Parser, entry textparse.Entry, q question) (series, error) {
	var ls labels.Labels
	p.Labels(&ls)
	// As for every series that is scraped: empty values are none.
	ls = labels.NewBuilder(ls).Labels()
	if ls.IsEmpty() {
		return series{}, nil
	}
	if !ls.Has(model.MetricNameLabel) {
		return series{}, errors.New("missing metric name (__name__ label)")
	}
	if !ls.IsValid(model.UTF8Validation) {
		return series{}, fmt.Errorf("invalid metric name or label names: %s", ls)
	}
	if name, twice := ls.HasDuplicateLabelNames(); twice {
		return series{}, fmt.Errorf("label name %q is not unique", name)
	}
	one := series{Labels: pairsOf(ls), Exemplars: []told{}}
	t := q.ScrapedMs
	var own *int64
	if entry == textparse.EntryHistogram {
		var h *histogram.Histogram
		var fh *histogram.FloatHistogram
		_, own, h, fh = p.Histogram()
		if h != nil {
			if err := h.Validate(); err != nil {
				return series{}, err
			}
			one.Histogram = nativeOf(h)
		} else {
			if err := fh.Validate(); err != nil {
				return series{}, err
			}
			one.Histogram = nativeOfFloat(fh)
		}
	} else {
		var v float64
		_, own, v = p.Series()
		one.Bits = bits(v)
	}
	if own != nil {
		t = *own
	}
	one.TimestampMs = decimal(t)
	one.StartMs = "0"
	if q.Created {
		one.StartMs = decimal(p.StartTimestamp())
	}
	one.Exemplars = exemplarsOf(p, entry, t)
	return one, nil
}

// exemplarsOf leaves out those that storage refuses: too long ones, those with a label twice, and the second of two that are equal. Prometheus would send what is no UTF-8; walq does not (docs/scraping.md).
func exemplarsOf(p textparse.Parser, entry textparse.Entry, t int64) []told {
	found := []exemplar.Exemplar{}
	for {
		var e exemplar.Exemplar
		if !p.Exemplar(&e) {
			break
		}
		if !e.HasTs {
			if entry == textparse.EntryHistogram {
				continue
			}
			e.Ts = t
		}
		found = append(found, e)
	}
	slices.SortFunc(found, exemplar.Compare)
	all := []told{}
	for i, e := range found {
		if i > 0 && e.Equals(found[i-1]) {
			continue
		}
		runes := 0
		isText := true
		e.Labels.Range(func(l labels.Label) {
			isText = isText && utf8.ValidString(l.Name) && utf8.ValidString(l.Value)
			runes += utf8.RuneCountInString(l.Name) + utf8.RuneCountInString(l.Value)
		})
		if _, twice := e.Labels.HasDuplicateLabelNames(); !twice && isText && runes <= exemplar.ExemplarMaxLabelSetLength {
			all = append(all, told{pairsOf(e.Labels), bits(e.Value), decimal(e.Ts)})
		}
	}
	return all
}

func nativeOf(h *histogram.Histogram) *native {
	return &native{
		Count: strconv.FormatUint(h.Count, 10), Sum: bits(h.Sum), Schema: h.Schema,
		ZeroThreshold: bits(h.ZeroThreshold), ZeroCount: strconv.FormatUint(h.ZeroCount, 10),
		NegativeSpans: spansOf(h.NegativeSpans), Negative: deltasOf(h.NegativeBuckets),
		PositiveSpans: spansOf(h.PositiveSpans), Positive: deltasOf(h.PositiveBuckets),
		ResetHint: int(h.CounterResetHint), CustomValues: floatsOf(h.CustomValues),
	}
}

func nativeOfFloat(h *histogram.FloatHistogram) *native {
	return &native{
		IsFloat: true, Count: bits(h.Count), Sum: bits(h.Sum), Schema: h.Schema,
		ZeroThreshold: bits(h.ZeroThreshold), ZeroCount: bits(h.ZeroCount),
		NegativeSpans: spansOf(h.NegativeSpans), Negative: floatsOf(h.NegativeBuckets),
		PositiveSpans: spansOf(h.PositiveSpans), Positive: floatsOf(h.PositiveBuckets),
		ResetHint: int(h.CounterResetHint), CustomValues: floatsOf(h.CustomValues),
	}
}

func pairsOf(ls labels.Labels) []pair {
	all := []pair{}
	ls.Range(func(l labels.Label) { all = append(all, pair{l.Name, l.Value}) })
	return all
}

func spansOf(spans []histogram.Span) [][2]int64 {
	all := [][2]int64{}
	for _, one := range spans {
		all = append(all, [2]int64{int64(one.Offset), int64(one.Length)})
	}
	return all
}

func deltasOf(deltas []int64) []string {
	all := []string{}
	for _, one := range deltas {
		all = append(all, decimal(one))
	}
	return all
}

func floatsOf(values []float64) []string {
	all := []string{}
	for _, one := range values {
		all = append(all, bits(one))
	}
	return all
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

func bits(v float64) string { return strconv.FormatUint(math.Float64bits(v), 10) }
