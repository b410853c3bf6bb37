// One call from .NET 10 or newer, without any package: dotnet run Program.cs
// FARTHING_URL and FARTHING_API_KEY say where it goes.
using System.Text;
using System.Text.Json.Nodes;

var call = new JsonObject
{
    ["provider"] = "openai",
    ["model"] = "gpt-4o-mini",
    ["endpointTag"] = "examples.dotnet",
    ["inputTokens"] = 1000,
    ["cachedInputTokens"] = 600,
    ["outputTokens"] = 200,
    ["latencyMs"] = 820,
    ["status"] = "success",
};

using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
client.DefaultRequestHeaders.Add("X-API-Key", Environment.GetEnvironmentVariable("FARTHING_API_KEY"));
var body = new StringContent(call.ToJsonString(), Encoding.UTF8, "application/json");
var answer = await client.PostAsync(
    Environment.GetEnvironmentVariable("FARTHING_URL") + "/v1/ingest/llm-request", body);
var told = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
if (!answer.IsSuccessStatusCode)
{
    throw new Exception($"{(int)answer.StatusCode}: {told["message"]}");
}
Console.WriteLine(told["pricing"]!["amountUsd"]);
