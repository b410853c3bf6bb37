"""A stand-in for the APIs of OpenAI and Anthropic on loopback: fixed answers, with known usage."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, Final

Events = list[tuple[str, Any]]
"""Server-sent events: (name, empty for none; what it carries)."""

CHAT_MODEL: Final = "gpt-4o-mini-2024-07-18"
RESPONSES_MODEL: Final = "gpt-5-mini-2025-08-07"
MESSAGES_MODEL: Final = "claude-sonnet-4-5-20250929"
EMBEDDING_MODEL: Final = "text-embedding-3-small"
BROKEN: Final = "broken"
"""A model that every API refuses."""
_CHAT_USAGE: Final = {
    "prompt_tokens": 1000,
    "completion_tokens": 200,
    "total_tokens": 1200,
    "prompt_tokens_details": {"cached_tokens": 600, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 64, "audio_tokens": 0},
}
_RESPONSES_USAGE: Final = {
    "input_tokens": 2000,
    "output_tokens": 300,
    "total_tokens": 2300,
    "input_tokens_details": {"cached_tokens": 500},
    "output_tokens_details": {"reasoning_tokens": 128},
}
_MESSAGES_USAGE: Final = {
    "input_tokens": 50,
    "output_tokens": 30,
    "cache_read_input_tokens": 700,
    "cache_creation_input_tokens": 300,
    "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200},
    "service_tier": "standard",
}
_MESSAGES_TOTAL: Final = {name: value for name, value in _MESSAGES_USAGE.items() if name.endswith("_tokens")}
"""What the end of a stream says."""
_numbers: Final = count(1)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        kind = self.path.rpartition("/")[2]
        if asked["model"] == BROKEN:
            self._send(400, "application/json", json.dumps({"error": {"message": "no such model"}}))
            return
        whole, events = _ANSWERS[kind](next(_numbers), asked)
        if asked.get("stream"):
            self._send(200, "text/event-stream", "".join(map(_event, events)))
        else:
            self._send(200, "application/json", json.dumps(whole))

    def _send(self, status: int, content_type: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _event(event: tuple[str, Any]) -> str:
    name, value = event
    data = value if isinstance(value, str) else json.dumps(value)
    return (f"event: {name}\n" if name else "") + f"data: {data}\n\n"


def _chat(number: int, asked: dict[str, Any]) -> tuple[Any, Events]:
    given: dict[str, Any] = {
        "id": f"chatcmpl-{number:029d}",
        "created": 1_764_000_000,
        "model": CHAT_MODEL,
        "service_tier": "default",
    }
    message = {"role": "assistant", "content": "Hello", "refusal": None}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    whole = {**given, "object": "chat.completion", "choices": [choice], "usage": _CHAT_USAGE}
    chunk = {**given, "object": "chat.completion.chunk"}
    deltas: Any = ({"role": "assistant", "content": "Hel"}, None), ({"content": "lo"}, None), ({}, "stop")
    events: Events = [
        ("", {**chunk, "choices": [{"index": 0, "delta": delta, "finish_reason": end}]})
        for delta, end in deltas
    ]
    if (asked.get("stream_options") or {}).get("include_usage"):
        events.append(("", {**chunk, "choices": [], "usage": _CHAT_USAGE}))
    return whole, [*events, ("", "[DONE]")]


def _responses(number: int, _: dict[str, Any]) -> tuple[Any, Events]:
    text = {"type": "output_text", "text": "Hello", "annotations": []}
    item = {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": [text]}
    whole: dict[str, Any] = {
        "id": f"resp_{number:048d}",
        "object": "response",
        "created_at": 1_764_000_000,
        "status": "completed",
        "model": RESPONSES_MODEL,
        "service_tier": "default",
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "output": [item],
        "usage": _RESPONSES_USAGE,
    }
    begun = {**whole, "status": "in_progress", "usage": None, "output": []}
    return whole, [
        ("response.created", {"type": "response.created", "sequence_number": 0, "response": begun}),
        ("response.completed", {"type": "response.completed", "sequence_number": 1, "response": whole}),
    ]


def _messages(number: int, _: dict[str, Any]) -> tuple[Any, Events]:
    whole: dict[str, Any] = {
        "id": f"msg_01{number:022d}",
        "type": "message",
        "role": "assistant",
        "model": MESSAGES_MODEL,
        "content": [{"type": "text", "text": "Hello"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": _MESSAGES_USAGE,
    }
    begun = {**whole, "content": [], "stop_reason": None, "usage": _MESSAGES_USAGE | {"output_tokens": 1}}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": begun},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello"}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": _MESSAGES_TOTAL},
        {"type": "message_stop"},
    ]
    return whole, [(event["type"], event) for event in events]


def _embeddings(_: int, __: dict[str, Any]) -> tuple[Any, Events]:
    vector = {"object": "embedding", "index": 0, "embedding": [0.1, 0.2]}
    usage = {"prompt_tokens": 9, "total_tokens": 9}
    return {"object": "list", "model": EMBEDDING_MODEL, "data": [vector], "usage": usage}, []


_ANSWERS: Final = {
    "completions": _chat,
    "responses": _responses,
    "messages": _messages,
    "embeddings": _embeddings,
}


@contextmanager
def providers() -> Iterator[str]:
    """The address of a stand-in that answers for as long as the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
