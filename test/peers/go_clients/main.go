// Clients in Go: `otel` is the SDK of OpenTelemetry with its own OTLP exporter, `push` the
// client of the Pushgateway. What they are to do is a JSON behind it.
package main

import (
	"encoding/json"
	"log"
	"os"
)

func main() {
	work := map[string]func(argument) error{"otel": export, "push": pushAll}[os.Args[1]]
	var given argument
	if err := json.Unmarshal([]byte(os.Args[2]), &given); err != nil {
		log.Fatal(err)
	}
	if err := work(given); err != nil {
		log.Fatal(err)
	}
}

type argument struct {
	Targets []struct {
		URL         string `json:"url"`
		Compression string `json:"compression"`
	} `json:"targets"`
}
