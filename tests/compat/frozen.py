"""The first agent and the first hub's answers."""

from __future__ import annotations

from datetime import UTC, datetime
import hashlib
import json
from pathlib import Path
import subprocess
import sys
from typing import Any, Self

from tests.agent.fake_hub import Answer, FakeHub, Request, sign

FIRST = Path(__file__).with_name("first")
BUNDLE = FIRST / "homelab-agent.pyz"
BUNDLE_SHA256 = "e553849cc6f9ac31fb74a62e4d126e7bc9ac4e9968bb1f71d97aacb44c5d7516"
REPLIES: dict[str, Any] = json.loads((FIRST / "replies.json").read_text())

# Reads what the first hub and the first agent read, one a line; answers each with "ok"
# or with why not.
_READER = """
import sys
sys.path.insert(0, sys.argv[1])
from homelab_agent.protocol.messages import parse_message
from homelab_agent.protocol.refusals import Refusal
from homelab_agent.protocol.replies import parse_reply
for line in sys.stdin.buffer:
    server_id, _, body = line.rstrip(b"\\n").partition(b" ")
    try:
        if server_id:
            parse_message(body, server_id.decode())
        else:
            parse_reply(body)
        print("ok", flush=True)
    except Refusal as refusal:
        print(refusal.code, ascii(refusal.message), flush=True)
"""


def is_unchanged() -> bool:
    """Return whether the frozen agent is the one that was frozen."""
    return hashlib.sha256(BUNDLE.read_bytes()).hexdigest() == BUNDLE_SHA256


class FirstReader:
    """The first protocol package, which reads messages and replies."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", _READER, BUNDLE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=10)

    def judge(self, body: bytes, server_id: str = "") -> str:
        """Return "ok", or how a server's message, or a reply, was refused."""
        assert b"\n" not in body
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(server_id.encode() + b" " + body + b"\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().decode().strip()


def answer_like(name: str, hub: FakeHub, request: Request) -> Answer:
    """Answer as the first hub did in this case."""
    recorded = REPLIES[name]
    told = {
        "REQUEST": request.id,
        "NOW": datetime.fromtimestamp(hub.now(), UTC).isoformat(),
        "ADDRESS": hub.url,
    }
    text = json.dumps(recorded["body"])
    for mark, value in told.items():
        text = text.replace(f'"{mark}"', json.dumps(value))
    if not recorded["signed"]:
        return Answer(recorded["status"], text.encode())
    return sign(hub.key, text.encode(), int(hub.now()), recorded["status"])


def first_hub(hub: FakeHub, request: Request) -> Answer:
    """Answer any message as the first hub did."""
    if not request.signed:
        return answer_like("invalid_signature", hub, request)
    kind = request.json["type"]
    name = kind if kind in {"heartbeat", "command_result", "wait"} else "unknown_type"
    answer = answer_like(name, hub, request)
    if kind == "wait":
        # It was parked for a while.
        answer.delay = 1.0
    return answer
