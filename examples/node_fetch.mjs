// Node 18 or newer, without any package: node node_fetch.mjs
// FARTHING_URL and FARTHING_API_KEY say where it goes. In an application nobody waits for the answer.

const call = {
  provider: "openai",
  model: "gpt-4o-mini",
  endpointTag: "examples.node",
  usage: {
    // as your provider answered with it
    prompt_tokens: 1000,
    completion_tokens: 200,
    total_tokens: 1200,
    prompt_tokens_details: { cached_tokens: 600 },
  },
  latencyMs: 820,
  status: "success",
};

const answer = await fetch(`${process.env.FARTHING_URL}/v1/ingest/llm-request`, {
  method: "POST",
  headers: { "X-API-Key": process.env.FARTHING_API_KEY, "Content-Type": "application/json" },
  body: JSON.stringify(call),
  signal: AbortSignal.timeout(5000),
});
const told = await answer.json();
if (!answer.ok) throw new Error(`${answer.status}: ${told.message}`);
console.log(told.pricing.amountUsd);
