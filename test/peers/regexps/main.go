// Regexps says what Go makes of expressions, as Prometheus compiles those of rules: it
// reads a list of questions in JSON and writes the answers in their order.
package main

import (
	"encoding/json"
	"os"
	"regexp"
)

type question struct {
	Regex    string `json:"regex"`
	Text     string `json:"text"`
	Template string `json:"template"`
}

type answer struct {
	// Why it is no expression.
	Refused string `json:"refused"`
	// Null where it does not match.
	Groups   []string `json:"groups"`
	Expanded string   `json:"expanded"`
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		panic(err)
	}
	answers := make([]answer, len(questions))
	for i, q := range questions {
		compiled, err := regexp.Compile("^(?s:" + q.Regex + ")$")
		if err != nil {
			answers[i].Refused = err.Error()
			continue
		}
		answers[i].Groups = compiled.FindStringSubmatch(q.Text)
		if at := compiled.FindStringSubmatchIndex(q.Text); at != nil {
			answers[i].Expanded = string(compiled.ExpandString(nil, q.Template, q.Text, at))
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		panic(err)
	}
}
