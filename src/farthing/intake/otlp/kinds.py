"""What a span is: a call of its own, the sum of others, or neither."""

from __future__ import annotations

from typing import Final, Literal

from farthing.intake.otlp.attributes import Values

Kind = Literal["call", "sum", "other"]

_CALLS: Final = frozenset(
    {
        *("chat", "generate_content", "text_completion", "embeddings", "completion", "embedding", "generate"),
        *("llm", "generation", "rerank", "responses", "messages", "acompletion", "aembedding", "aresponses"),
    }
)
"""Operations that ask a model, by every spelling of the table, in lower case."""
_SUMS: Final = frozenset(
    {
        *(
            "invoke_agent",
            "invoke_workflow",
            "agent_step",
            "agent",
            "workflow",
            "chain",
            "task",
            "execute_task",
        ),
        *("span", "default", "executor", "pipeline"),
    }
)
"""Operations around calls: what they say was used is what their calls used."""
_NEITHER: Final = frozenset(
    {
        *(
            "execute_tool",
            "create_agent",
            "retrieval",
            "retriever",
            "fetch_response",
            "plan",
            "tool",
            "prompt",
        ),
        *(
            "guardrail",
            "evaluator",
            "event",
            "create_memory",
            "search_memory",
            "update_memory",
            "delete_memory",
        ),
    }
)
"""Operations that use nothing; a response that is fetched again was paid for when it was made."""
_LEAF_OF_VERCEL: Final = (".dogenerate", ".dostream", ".doembed")
_USAGE: Final = frozenset({"input_tokens", "output_tokens", "total_tokens"})
_ANSWERED: Final = frozenset({"response_id", "response_model", "request_model"})


def kind_of(values: Values) -> Kind:
    """By what the span calls itself; one that does not is a call if it has usage and names a model."""
    if not values:
        return "other"
    for said in values.get("operation", ()):
        if isinstance(said, str) and (kind := _of_word(said.strip().lower())) is not None:
            return kind
    if not has_usage(values):
        return "other"
    return "sum" if _ANSWERED.isdisjoint(values) else "call"


def has_usage(values: Values) -> bool:
    """Whether anything counts tokens."""
    return not _USAGE.isdisjoint(values)


def _of_word(word: str) -> Kind | None:
    if word in _CALLS:
        return "call"
    if word in _SUMS:
        return "sum"
    if word in _NEITHER:
        return "other"
    if word.startswith("ai."):
        return "call" if word.endswith(_LEAF_OF_VERCEL) else "sum"
    return None
