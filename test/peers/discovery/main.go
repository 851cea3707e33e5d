// Runs the discoveries of a configuration of Prometheus, which it reads from its standard input,
// and says which groups of targets they have told when they have been quiet for a while. With
// -configs it says how Prometheus shows each job.
package main

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"log/slog"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery"
	_ "github.com/prometheus/prometheus/discovery/consul"
	_ "github.com/prometheus/prometheus/discovery/dns"
	_ "github.com/prometheus/prometheus/discovery/file"
	_ "github.com/prometheus/prometheus/discovery/http"
	_ "github.com/prometheus/prometheus/discovery/kubernetes"
	_ "github.com/prometheus/prometheus/discovery/moby"
	"github.com/prometheus/prometheus/discovery/targetgroup"
	"go.yaml.in/yaml/v2"
)

const (
	// All of them have said something by then, on a machine that does much else.
	quiet     = 2500 * time.Millisecond
	updatesBy = 50 * time.Millisecond
)

type group struct {
	Source  string           `json:"source"`
	Labels  model.LabelSet   `json:"labels"`
	Targets []model.LabelSet `json:"targets"`
}

func main() {
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	loaded, err := config.Load(string(text), logger)
	if err != nil {
		log.Fatal(err)
	}
	jobs, err := loaded.GetScrapeConfigs()
	if err != nil {
		log.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	metrics, err := discovery.CreateAndRegisterSDMetrics(registry)
	if err != nil {
		log.Fatal(err)
	}
	if len(os.Args) > 1 && os.Args[1] == "-configs" {
		if err := json.NewEncoder(os.Stdout).Encode(configsOf(jobs)); err != nil {
			log.Fatal(err)
		}
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	manager := discovery.NewManager(ctx, logger, registry, metrics, discovery.Updatert(updatesBy))
	go func() { _ = manager.Run() }()
	configs := map[string]discovery.Configs{}
	for _, job := range jobs {
		configs[job.JobName] = job.ServiceDiscoveryConfigs
	}
	if err := manager.ApplyConfig(configs); err != nil {
		log.Fatal(err)
	}
	told := map[string][]*targetgroup.Group{}
	for isQuiet := false; !isQuiet; {
		select {
		case told = <-manager.SyncCh():
		case <-time.After(quiet):
			isQuiet = true
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(formsOf(told)); err != nil {
		log.Fatal(err)
	}
}

// configsOf has each job as Prometheus shows it (web/api/v1, scrapePoolConfig).
func configsOf(jobs []*config.ScrapeConfig) map[string]string {
	all := map[string]string{}
	for _, job := range jobs {
		text, err := yaml.Marshal(job)
		if err != nil {
			log.Fatal(err)
		}
		all[job.JobName] = string(text)
	}
	return all
}

// formsOf leaves out groups without targets: they are how a group ends.
func formsOf(told map[string][]*targetgroup.Group) map[string][]group {
	all := map[string][]group{}
	for job, groups := range told {
		all[job] = []group{}
		for _, one := range groups {
			if len(one.Targets) > 0 {
				all[job] = append(all[job], group{one.Source, one.Labels, one.Targets})
			}
		}
	}
	return all
}
