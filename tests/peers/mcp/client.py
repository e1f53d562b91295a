"""Lists and calls every tool of `loom mcp`, as the client of the Python SDK does it, over both transports and in
both revisions of the protocol. Run by `make mcp-test`: LOOM names the program."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path

from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.shared.exceptions import MCPError
from team import LOOM, make_team, run

REVISIONS = {"2025-11-25": "legacy", "2026-07-28": "2026-07-28"}
TOOLS = {
    "loom_brief",
    "loom_check",
    "loom_claim",
    "loom_conflicts",
    "loom_note",
    "loom_plan",
    "loom_propose",
    "loom_release",
    "loom_report_finding",
    "loom_status",
    "loom_take_finding",
    "loom_trace",
}
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "lines", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
READ_ONLY = {"loom_brief", "loom_check", "loom_conflicts", "loom_status", "loom_trace"}


@asynccontextmanager
async def over_pipes(shop: Path, mode: str):
    server = StdioServerParameters(command=LOOM, args=["mcp"], cwd=shop)
    async with Client(stdio_client(server), mode=mode) as client:
        yield client


def start_http(shop: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([LOOM, "mcp", "--http"], cwd=shop, stderr=subprocess.PIPE, text=True)


@asynccontextmanager
async def over_http(shop: Path, mode: str):
    server = start_http(shop)
    try:
        assert server.stderr is not None
        url = server.stderr.readline().split()[-1]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/mcp", url), url
        async with Client(url, mode=mode) as client:
            yield client
    finally:
        server.terminate()
        server.wait(30)


async def call(client: Client, name: str, **arguments):
    result = await client.call_tool(name, arguments)
    assert not result.is_error, (name, result.content)
    assert set(result.structured_content) == {"reply", "text"}, result.structured_content
    assert result.content[0].text == result.structured_content["text"]
    return result.structured_content["reply"], result.structured_content["text"]


async def refused(client: Client, name: str, **arguments) -> str:
    """What an agent reads where a call does not work out, as a tool's answer or as the protocol's."""
    try:
        result = await client.call_tool(name, arguments)
    except MCPError as error:
        return str(error)
    assert result.is_error, (name, result)
    return result.content[0].text


async def play(client: Client, shop: Path, revision: str) -> None:
    assert client.protocol_version == revision, client.protocol_version
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert set(tools) == TOOLS, set(tools) ^ TOOLS
    for name, tool in tools.items():
        assert tool.annotations.read_only_hint == (name in READ_ONLY), name
        assert tool.annotations.destructive_hint == (name == "loom_release"), name
        assert tool.output_schema["type"] == "object", name
        assert tool.input_schema.get("additionalProperties") is False, name

    reply, text = await call(client, "loom_brief", paths=["docs/**"])
    assert reply["type"] == "brief" and "the handbook" in text, text
    reply, text = await call(client, "loom_conflicts", paths=["docs/x.md"])
    assert reply["conflicts"]["claims"]["list"][0]["actor"]["id"] == "ada", reply
    reply, _ = await call(client, "loom_plan", paths=["src/**"], intent="a plan")
    assert reply["claim"]["mode"] == "plan", reply
    reply, text = await call(client, "loom_claim", paths=["docs/x.md"])
    assert reply["claim"]["type"] == "refused" and "the handbook" in text, (reply, text)
    reply, _ = await call(client, "loom_claim", paths=[str(shop / "src" / "a.rs")], intent="mend it")
    token = reply["claim"]["token"]
    assert reply["claim"]["specs"][0]["paths"] == [{"file": "src/a.rs"}], reply
    status = run(LOOM, "status", cwd=shop).stdout
    assert token in status and "mend it" in status, status
    reply, _ = await call(client, "loom_release", tokens=[token])
    assert reply["type"] == "released", reply
    assert token not in run(LOOM, "status", cwd=shop).stdout

    reply, _ = await call(client, "loom_check", verb="edit", paths=["pay/x.rs"])
    assert reply["decision"]["verdict"] == "require_approval", reply
    reply, _ = await call(client, "loom_propose", verb="edit", paths=["pay/x.rs"], intent="a penny")
    request = reply["request"]
    # An agent cannot say yes to itself: there is no such tool, and nobody acts as a person here.
    assert "loom_approve" not in tools
    await refused(client, "loom_approve", request=request)
    run(LOOM, "approve", request, "--as", "human:bob", cwd=shop)
    reply, _ = await call(client, "loom_propose", verb="edit", paths=["pay/x.rs"])
    assert reply["decision"]["passes"], reply

    reply, _ = await call(client, "loom_report_finding", key="test:a", title="a fails", paths=["a.txt"])
    assert reply["type"] == "finding_reported", reply
    reply, _ = await call(client, "loom_take_finding", key="test:a")
    assert reply["type"] == "finding_taken", reply
    reply, _ = await call(client, "loom_note", kind="warning", text="slow here", paths=["a.txt"])
    assert reply["type"] == "note_written", reply
    assert "slow here" in run(LOOM, "notes", cwd=shop).stdout
    reply, text = await call(client, "loom_trace", paths=["a.txt"])
    assert reply["trace"]["hops"] and "the first line" in text, (reply, text)
    reply, text = await call(client, "loom_status")
    own = reply["this_run"]
    assert own.startswith("mcp.") and own in [it["run"] for it in reply["runs"]], reply

    resources = {str(it.uri) for it in (await client.list_resources()).resources}
    assert resources == {"loom://brief", "loom://fleet"}, resources
    brief = await client.read_resource("loom://brief")
    assert own in brief.contents[0].text, brief
    fleet = await client.read_resource("loom://fleet")
    assert json.loads(fleet.contents[0].text)["workspace"] == "shop", fleet

    for name, arguments, part in [
        ("loom_claim", {}, "paths"),
        ("loom_claim", {"paths": ["/etc/passwd"]}, "outside"),
        ("loom_claim", {"paths": ["a"], "mod": "write"}, "mod"),
        ("loom_claim", {"paths": ["a"], "ttl_s": 10**9}, "ttl"),
        ("loom_claim", {"paths": 3}, "sequence"),
        ("loom_claim", {"paths": ["[a"]}, "invalid_pattern"),
        ("loom_take_finding", {"key": "nobody"}, "not_found"),
        ("loom_trace", {}, "one of"),
        ("loom_check", {"verb": "no verb"}, "verb"),
    ]:
        told = await refused(client, name, **arguments)
        assert part in told, (name, arguments, told)


def check_hostile_lines(shop: Path) -> None:
    """Lines that are no messages do not end the server, and are no reason to print anything but messages."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LOOM_", "GIT_"))}
    lines = [
        "{",
        "nonsense",
        "[]",
        '{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": 3}',
        '{"jsonrpc": "2.0", "id": 2, "method": "no/such", "params": {}}',
        "[" * 100_000,
        "\\x00\\xff",
        json.dumps({"jsonrpc": "2.0", "id": 3, "method": "server/discover", "params": {"_meta": META}}),
    ]
    server = subprocess.Popen(
        [LOOM, "mcp"], cwd=shop, env=kept, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdin is not None and server.stdout is not None
    server.stdin.write("".join(f"{line}\n" for line in lines))
    server.stdin.flush()
    for line in server.stdout:
        message = json.loads(line)
        assert message["jsonrpc"] == "2.0", message
        if message.get("id") == 3:
            assert "2026-07-28" in message["result"]["supportedVersions"], message
            break
    else:
        raise AssertionError("the server ended")
    server.stdin.close()
    assert server.wait(30) == 0


async def main() -> None:
    for revision, mode in REVISIONS.items():
        for transport in (over_pipes, over_http):
            with tempfile.TemporaryDirectory() as folder:
                shop = make_team(Path(folder))
                async with transport(shop, mode) as client:
                    await play(client, shop, revision)
                # The server's own run ends with it, and so does what it held.
                status = run(LOOM, "status", cwd=shop).stdout
                assert "mcp." not in status, status
            print(f"{transport.__name__}, {revision}: every tool and resource")
    with tempfile.TemporaryDirectory() as folder:
        shop = make_team(Path(folder))
        for words in (["--as", "human:ada"], ["--http", "0.0.0.0:0"], ["--http", "nonsense"]):
            ended = run(LOOM, "mcp", *words, cwd=shop, check=False)
            assert ended.returncode == 1 and not ended.stdout, ended
        check_hostile_lines(shop)
    print("no person's name, and no address but loopback")


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
