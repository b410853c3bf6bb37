// OpenTelemetry in Node, with its instrumentation of OpenAI's client: Farthing is one more place for spans.
//
// npm install openai @opentelemetry/sdk-node @opentelemetry/instrumentation-openai
// FARTHING_URL, FARTHING_API_KEY and OPENAI_API_KEY in the environment: node opentelemetry_node.cjs
// Where the exporter is set up by variables, OTEL_EXPORTER_OTLP_ENDPOINT=$FARTHING_URL/otlp and
// OTEL_EXPORTER_OTLP_HEADERS say the same as the first lines.
//
// This instrumentation (0.21) does not tell which tokens came from the provider's cache: a call that had some is
// priced as if it had none, dearer than it was. Where that matters send `usage` as node_fetch.mjs does.
process.env.OTEL_EXPORTER_OTLP_ENDPOINT ??= `${process.env.FARTHING_URL}/otlp`;
process.env.OTEL_EXPORTER_OTLP_HEADERS ??= `x-api-key=${process.env.FARTHING_API_KEY}`;
process.env.OTEL_METRICS_EXPORTER ??= "none";
process.env.OTEL_LOGS_EXPORTER ??= "none";

const { NodeSDK } = require("@opentelemetry/sdk-node");
const { OpenAIInstrumentation } = require("@opentelemetry/instrumentation-openai");

const sdk = new NodeSDK({
  serviceName: "examples.opentelemetry_node",
  instrumentations: [new OpenAIInstrumentation()],
});
sdk.start(); // before the client is loaded

const { OpenAI } = require("openai");

async function main() {
  const client = new OpenAI();
  await client.chat.completions.create({
    model: "gpt-4o-mini",
    messages: [{ role: "user", content: "Hi" }],
  });
  await sdk.shutdown();
}

main();
