// Posts to each URL of the command line, with as many bytes as stand before it, and
// prints the status of the answer, or 0 when Go's client refuses it.
package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"
)

func main() {
	for i := 1; i+1 < len(os.Args); i += 2 {
		length, err := strconv.Atoi(os.Args[i])
		if err != nil {
			panic(err)
		}
		client := http.Client{Transport: &http.Transport{}, Timeout: time.Minute}
		answer, err := client.Post(os.Args[i+1], "text/plain", bytes.NewReader(make([]byte, length)))
		if err != nil {
			fmt.Println("refused")
			continue
		}
		fmt.Println(answer.StatusCode)
		answer.Body.Close()
	}
}
