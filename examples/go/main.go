// One call from Go, with the standard library alone: go run main.go
// FARTHING_URL and FARTHING_API_KEY say where it goes.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"
)

func main() {
	call := map[string]any{
		"provider":          "openai",
		"model":             "gpt-4o-mini",
		"endpointTag":       "examples.go",
		"inputTokens":       1000,
		"cachedInputTokens": 600,
		"outputTokens":      200,
		"latencyMs":         820,
		"status":            "success",
	}
	body, err := json.Marshal(call)
	if err != nil {
		log.Fatal(err)
	}
	request, err := http.NewRequest("POST", os.Getenv("FARTHING_URL")+"/v1/ingest/llm-request", bytes.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("X-API-Key", os.Getenv("FARTHING_API_KEY"))
	request.Header.Set("Content-Type", "application/json")

	client := http.Client{Timeout: 5 * time.Second}
	answer, err := client.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	var told struct {
		Message string
		Pricing struct{ AmountUsd string }
	}
	if err := json.NewDecoder(answer.Body).Decode(&told); err != nil {
		log.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK {
		log.Fatalf("%d: %s", answer.StatusCode, told.Message)
	}
	fmt.Println(told.Pricing.AmountUsd)
}
