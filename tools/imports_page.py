"""What docs/import.md says around its tables."""

from __future__ import annotations

from typing import Final

OPENING: Final = """\
What another tool has kept of your calls can come along: `farthing import` reads its export, and each call
in it is stored as your application would have sent it: read, priced and counted the same way, with its
receipt. Prompts and answers are never kept, whatever the file holds.

```sh
farthing import spend-logs.csv --email ada@example.com --dry-run
farthing import spend-logs.csv --email ada@example.com --rejected refused.ndjson
```

The first only says what would come of it: calls by model and what they would cost, beside what the file
says they did; rows that would be refused, with their lines and reasons; columns that nobody knows, each
with an example; columns that are left out on purpose, and why. The second does it. `--json` prints all of
that for programs. The file may be CSV (commas, semicolons or tabs), NDJSON, JSON (an array, or the pages
that an API answers, one after another) or Parquet (`pip install 'farthing[parquet]'`), also packed with
gzip or zstd; it is read row by row, so memory stays flat. The format is told by the columns, and said;
`--format` names it.

## What can be relied on

- **Each call once.** Every row has an id: the source's own, or, where it has none, a digest of the row and
  which of its equals in the file it is; ids of more than 200 characters are kept as a digest. The same file
  again, or one that overlaps, stores nothing twice, in whatever order its rows stand. Change a row that has
  no id, or the mapping of its id, and it is another call.
- **One call, whoever tells of it.** Where the id is the provider's id of the answer, a call that came over
  OpenTelemetry, or from the SDK or your application with `metadata.providerRequestId`, is found again. One
  that your application sent under an id of its own is known by the provider's id for a week after it came:
  import what is older before you send it by another way, or don't do both.
- **What a source counts twice** counts twice here, too: where Langfuse has a generation for a framework's
  step and another for the call within it, both with usage, they are two calls.
- **Goes on where it was.** Calls are stored a thousand rows at a time. An import that was killed is started
  again with the same command; rows that are done are passed over without touching the database. (The place
  is kept in the folder `imports` of the data folder, and not believed when the database no longer has the
  last call.)
- **A bad row spoils only itself.** With `--rejected FILE` it is kept there as it was read, with the
  reasons (each run begins that file anew, but for one that goes on where another was broken off); mend
  that file, and import it. Numbers that can't all be true are kept and flagged `usage_inconsistent`, since
  nobody there could mend them.
- **The source's own cost** becomes `reportedCostUsd`, beside ours, never instead of it. The table of models
  shows the difference of those calls that both have a cost for.
- A row's time is the call's end, where the file has it, in UTC where it names no zone. It decides the
  price.
- Calls that are older than single calls are kept ([retention](api.md)) are in sums only, as always.
- Each file is entered in the audit log: that it begins, before anything of it is stored, and what was
  stored, also where it was broken off. A beginning without an end is an import that was killed.

The exit code is 1 when any row was refused, though all others are stored then, and when the file can't be
taken; `--dry-run` ends with 0 whatever it finds.

## What rows don't say

`--data-mode` (real unless you say otherwise), `--environment`, `--endpoint-tag` and `--provider` hold for
rows that say nothing of it. Langfuse and some rows of Helicone don't say whose a model is: without
`--provider` it is taken from the model's name (`claude-…` is Anthropic's) and noted; what can't be told is
`unknown`, and unpriced.

## To a server elsewhere

`farthing import FILE --server https://farthing.example.com --api-key-stdin` sends the same calls to
`/v1/ingest/llm-requests` with the key on standard input, and waits and tries again as senders should. With
`--dry-run` it needs `--email` and an installation here, whose prices it weighs by.

## Sums are no calls

Providers export what an organization used by the minute, hour or day, not by the call. A sum stored as a
call would make requests, cost per request and latencies wrong, so it never is
([why](decisions/0039-sums-are-no-calls.md)):

- Rows of exactly one request are calls, and can be stored with `--confirm`. They have no id of the call:
  what your application reported, too, would count twice. Their time is the beginning of their bucket.
- All other rows are shown, added up by model, and left. `--dry-run` needs no `--confirm`.

## Formats
"""

TABLES: Final = """\
Any file with a row for each call can be read as a table. Columns that are called as the API calls a field,
in any spelling (`Input Tokens`, `input_tokens`), need no word; others are mapped, by flags or in a file,
where fields may be spelled in any way, too:

```sh
farthing import calls.csv --email ada@example.com \\
  --map occurredAt=ts --map inputTokens=in --set provider=openai
```

```toml
[columns]
externalRequestId = "id"
occurredAt = "ts"          # ISO 8601, or seconds or milliseconds since 1970
model = "model name"
inputTokens = "in"
outputTokens = "out"
requestCount = "requests"  # where a row may be more than one call

[values]
provider = "openai"
```

`usage`, `metadata` and `tags` take JSON objects; so a column with the provider's own usage object is read
as [usage objects](usage.md) are. Without a `status` a call succeeded. Rows whose `requestCount` is not 1
are sums, and a table with such a column but without ids takes `--confirm`.
"""
