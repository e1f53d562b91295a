"""A model on loopback that plays a script: the Messages API of Anthropic and the Responses API of OpenAI, as far as
Claude Code and Codex ask for them. Every request is kept, so that a test can read what the model saw."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass
class Turn:
    """One answer of the model: a call of a tool, or words that end the turn."""

    text: str = ""
    tool: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    # Codex has tools whose input is plain text.
    plain: str | None = None


class ModelServer:
    """Serves a script until it is closed. Past its end the model says that it is done."""

    def __init__(self, script: list[Turn]) -> None:
        self.script = script
        self.requests: list[dict[str, Any]] = []
        self.lock = threading.Lock()
        handler = type("Handler", (Handler,), {"model": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def turn(self, request: dict[str, Any]) -> tuple[int, Turn]:
        """The next turn. A request without tools is one on the side, and takes none."""
        with self.lock:
            self.requests.append(request)
            if not request.get("tools"):
                return 0, Turn(text="aside")
            played = sum(1 for it in self.requests if it.get("tools"))
            turn = self.script[played - 1] if played <= len(self.script) else Turn(text="done")
            return played, turn

    def seen(self) -> list[str]:
        """What the model saw, request by request, as text."""
        with self.lock:
            return [json.dumps(it, ensure_ascii=False) for it in self.requests if it.get("tools")]


class Handler(BaseHTTPRequestHandler):
    model: ModelServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.reply({})

    def do_GET(self) -> None:
        self.reply({"data": [], "models": []})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        request = json.loads(body) if body else {}
        path = self.path.split("?")[0]
        if path.endswith("/messages/count_tokens"):
            self.reply({"input_tokens": 10})
        elif path.endswith("/messages"):
            self.stream(messages(*self.model.turn(request), request))
        elif path.endswith("/responses"):
            self.stream(responses(*self.model.turn(request)))
        else:
            self.reply({})

    def reply(self, value: dict[str, Any]) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def stream(self, events: list[dict[str, Any]]) -> None:
        body = "".join(f"event: {it['type']}\ndata: {json.dumps(it)}\n\n" for it in events).encode()
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def messages(number: int, turn: Turn, request: dict[str, Any]) -> list[dict[str, Any]]:
    """The events of one answer of the Messages API."""
    if turn.tool:
        block = {"type": "tool_use", "id": f"toolu_{number:02}", "name": turn.tool, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(turn.arguments)}
        stop = "tool_use"
    else:
        block = {"type": "text", "text": ""}
        delta = {"type": "text_delta", "text": turn.text}
        stop = "end_turn"
    usage = {"input_tokens": 10, "output_tokens": 10}
    message = {
        "id": f"msg_{number:02}",
        "type": "message",
        "role": "assistant",
        "model": request.get("model", "scripted"),
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    return [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": block},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": None}, "usage": usage},
        {"type": "message_stop"},
    ]


def responses(number: int, turn: Turn) -> list[dict[str, Any]]:
    """The events of one answer of the Responses API."""
    if turn.tool and turn.plain is not None:
        item = {
            "type": "custom_tool_call",
            "id": f"ctc_{number}",
            "call_id": f"call_{number}",
            "name": turn.tool,
            "input": turn.plain,
            "status": "completed",
        }
    elif turn.tool:
        item = {
            "type": "function_call",
            "id": f"fc_{number}",
            "call_id": f"call_{number}",
            "name": turn.tool,
            "arguments": json.dumps(turn.arguments),
            "status": "completed",
        }
    else:
        item = {
            "type": "message",
            "id": f"msg_{number}",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": turn.text, "annotations": []}],
        }
    response = {"id": f"resp_{number}", "object": "response", "status": "in_progress", "output": []}
    usage = {
        "input_tokens": 10,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 10,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 20,
    }
    done = response | {"status": "completed", "output": [item], "usage": usage}
    return [
        {"type": "response.created", "response": response},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": done},
    ]
