"""A stand-in for the providers on loopback: answers as they do, in their shapes, with numbers of its own.

Every text that it is sent or answers holds CANARY, so that a test can see whether any of it goes further.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CANARY = "xylophone-canary"
CHAT_USAGE: dict[str, Any] = {
    "prompt_tokens": 1_200,
    "completion_tokens": 345,
    "total_tokens": 1_545,
    "prompt_tokens_details": {"cached_tokens": 1_024, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 128, "audio_tokens": 0},
}
RESPONSES_USAGE: dict[str, Any] = {
    "input_tokens": 900,
    "input_tokens_details": {"cached_tokens": 256, "cache_write_tokens": 0},
    "output_tokens": 210,
    "output_tokens_details": {"reasoning_tokens": 64},
    "total_tokens": 1_110,
}
EMBEDDING_USAGE: dict[str, Any] = {"prompt_tokens": 77, "total_tokens": 77}
MESSAGE_USAGE: dict[str, Any] = {
    "input_tokens": 50,
    "output_tokens": 120,
    "cache_read_input_tokens": 2_000,
    "cache_creation_input_tokens": 700,
    "cache_creation": {"ephemeral_5m_input_tokens": 400, "ephemeral_1h_input_tokens": 300},
    "server_tool_use": {"web_search_requests": 2},
    "service_tier": "standard",
}
GEMINI_USAGE: dict[str, Any] = {
    "promptTokenCount": 400,
    "candidatesTokenCount": 90,
    "thoughtsTokenCount": 60,
    "cachedContentTokenCount": 100,
    "totalTokenCount": 550,
    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 400}],
}
MISTRAL_USAGE: dict[str, Any] = {"prompt_tokens": 300, "completion_tokens": 80, "total_tokens": 380}
FAILS = "model-that-fails"
OLD = "model-of-an-old-server"


@dataclass
class StandIn:
    """`asked` are the bodies that came, `root` its address."""

    root: str
    asked: list[dict[str, Any]] = field(default_factory=list)


def chat_answer(model: str, usage: dict[str, Any]) -> dict[str, Any]:
    message = {"role": "assistant", "content": CANARY, "refusal": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_770_000_000,
        "model": model,
        "choices": [choice],
        "service_tier": "default",
        "usage": usage,
    }


def chat_chunks(model: str, usage: dict[str, Any] | None) -> list[dict[str, Any]]:
    def chunk(choices: list[dict[str, Any]], told: dict[str, Any] | None) -> dict[str, Any]:
        head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model}
        return {**head, "choices": choices, "usage": told}

    words = [
        {"index": 0, "delta": {"role": "assistant", "content": f"{CANARY} "}, "finish_reason": None}
        for _ in range(3)
    ]
    chunks = [chunk([word], None) for word in words]
    chunks.append(chunk([{"index": 0, "delta": {}, "finish_reason": "stop"}], None))
    return [*chunks, *([] if usage is None else [chunk([], usage)])]


def response_answer(model: str, status: str = "completed") -> dict[str, Any]:
    text = {"type": "output_text", "text": CANARY, "annotations": []}
    search = {"type": "web_search_call", "id": "ws_1", "status": "completed"}
    message = {"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": [text]}
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1_770_000_000,
        "model": model,
        "status": status,
        "output": [{**search, "action": {"type": "search", "query": CANARY}}, message],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "error": None,
        "incomplete_details": None,
        "instructions": CANARY,
        "metadata": {},
        "service_tier": "default",
        "usage": RESPONSES_USAGE,
    }


def message_answer(model: str) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [{"type": "text", "text": CANARY}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": MESSAGE_USAGE,
    }


def message_events(model: str) -> list[tuple[str, dict[str, Any]]]:
    begun = {**MESSAGE_USAGE, "output_tokens": 1, "server_tool_use": None}
    start = {**message_answer(model), "content": [], "stop_reason": None, "usage": begun}
    text = {"type": "text_delta", "text": CANARY}
    late = {
        name: count for name, count in MESSAGE_USAGE.items() if name not in {"cache_creation", "service_tier"}
    }
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": start},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": text},
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": late,
        },
        {"type": "message_stop"},
    ]
    return [(str(event["type"]), event) for event in events]


def gemini_answer(model: str) -> dict[str, Any]:
    content = {"parts": [{"text": CANARY}], "role": "model"}
    return {
        "candidates": [{"content": content, "finishReason": "STOP", "index": 0}],
        "usageMetadata": GEMINI_USAGE,
        "modelVersion": model,
        "responseId": "gem_1",
    }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    stand_in: StandIn

    def log_message(self, *arguments: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._json({**response_answer("gpt-4o-mini"), "background": True})

    def do_POST(self) -> None:  # noqa: PLR0911 - one return for each kind of answer
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length))
        self.stand_in.asked.append(body)
        if FAILS in f"{body.get('model')}{self.path}":
            error = {"message": f"{CANARY} slow down", "type": "tokens", "code": "rate_limit_exceeded"}
            return self._json({"error": error}, 429)
        if body.get("model") == OLD and "stream_options" in body:
            error = {"message": "Unrecognized request argument: stream_options", "type": "invalid"}
            return self._json({"error": error}, 400)
        if self.path.startswith("/anthropic"):
            return self._anthropic(body)
        if self.path.startswith("/google"):
            return self._google()
        if self.path.startswith("/mistral"):
            return self._chat(body, MISTRAL_USAGE, is_asked=True)
        if self.path.endswith("/embeddings"):
            vector = {"object": "embedding", "index": 0, "embedding": [0.5, 0.25]}
            return self._json(
                {"object": "list", "data": [vector], "model": body["model"], "usage": EMBEDDING_USAGE}
            )
        if self.path.endswith("/responses"):
            return self._responses(body)
        options = body.get("stream_options") or {}
        return self._chat(body, CHAT_USAGE, is_asked=bool(options.get("include_usage")))

    def _chat(self, body: dict[str, Any], usage: dict[str, Any], *, is_asked: bool) -> None:
        if body.get("stream"):
            chunks = chat_chunks(body["model"], usage if is_asked else None)
            return self._events([(None, chunk) for chunk in chunks], ends_with_done=True)
        return self._json(chat_answer(body["model"], usage))

    def _responses(self, body: dict[str, Any]) -> None:
        if body.get("background"):
            queued = {
                **response_answer(body["model"], "queued"),
                "usage": None,
                "background": True,
                "output": [],
            }
            return self._json(queued)
        whole = response_answer(body["model"])
        if not body.get("stream"):
            return self._json(whole)
        begun = {**whole, "status": "in_progress", "usage": None, "output": []}
        delta = {"type": "response.output_text.delta", "delta": CANARY, "item_id": "m", "logprobs": []}
        added = {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": {**whole["output"][1], "content": []},
        }
        part = {"type": "response.content_part.added", "item_id": "m", "output_index": 0, "content_index": 0}
        empty = {"type": "output_text", "text": "", "annotations": []}
        events: list[dict[str, Any]] = [
            {"type": "response.created", "response": begun},
            added,
            {**part, "part": empty},
            {**delta, "output_index": 0, "content_index": 0},
            {"type": "response.completed", "response": whole},
        ]
        numbered = [{**event, "sequence_number": number} for number, event in enumerate(events)]
        return self._events([(str(event["type"]), event) for event in numbered])

    def _anthropic(self, body: dict[str, Any]) -> None:
        if body.get("stream"):
            return self._events(list(message_events(body["model"])))
        return self._json(message_answer(body["model"]))

    def _google(self) -> None:
        model = self.path.rpartition("/")[2].partition(":")[0]
        if ":streamGenerateContent" in self.path:
            first = {**gemini_answer(model)}
            return self._events([(None, first), (None, gemini_answer(model))])
        return self._json(gemini_answer(model))

    def _json(self, document: dict[str, Any], status: int = 200) -> None:
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _events(
        self, events: list[tuple[str | None, dict[str, Any]]], *, ends_with_done: bool = False
    ) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for name, event in events:
            lead = f"event: {name}\n" if name else ""
            self.wfile.write(f"{lead}data: {json.dumps(event)}\n\n".encode())
        if ends_with_done:
            self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """The stand-in, while it answers."""
    stand_in = StandIn("")
    handler = type("Handler", (_Handler,), {"stand_in": stand_in})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    stand_in.root = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
