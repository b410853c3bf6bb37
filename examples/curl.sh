#!/bin/sh
# One call, right after your provider has answered. FARTHING_URL and FARTHING_API_KEY say where it goes.
set -eu

curl --silent --show-error --fail-with-body "$FARTHING_URL/v1/ingest/llm-request?receipt=true" \
  --header "X-API-Key: $FARTHING_API_KEY" \
  --header "Content-Type: application/json" \
  --data '{
    "provider": "openai",
    "model": "gpt-4o-mini",
    "endpointTag": "examples.curl",
    "userId": "user_7f3a",
    "inputTokens": 1000,
    "cachedInputTokens": 600,
    "outputTokens": 200,
    "latencyMs": 820,
    "status": "success"
  }'
