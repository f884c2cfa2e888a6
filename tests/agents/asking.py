"""An agent's side: the SDK's own client, which speaks to ``nlbcheck mcp`` as agents do."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters, stdio_client
from mcp.types import CallToolResult, TextContent

Question = tuple[str, Mapping[str, Any]]
"""A tool's name, and its arguments."""


def text_of(result: CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


async def _asked(client: Client, questions: Sequence[Question]) -> list[CallToolResult]:
    async with client:
        return [await client.call_tool(name, dict(arguments)) for name, arguments in questions]


def asked(folder: Path, *questions: Question, options: Sequence[str] = ()) -> list[CallToolResult]:
    """Ask a server of one's own, started in ``folder``, on stdin and stdout."""
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "nlbcheck", "mcp", *options], cwd=folder, env=dict(os.environ)
    )
    return asyncio.run(_asked(Client(stdio_client(server)), questions))


def asked_at(url: str, *questions: Question) -> list[CallToolResult]:
    """Ask a server by streamable HTTP."""
    return asyncio.run(_asked(Client(url), questions))


def main() -> None:
    """Ask in a folder what the second argument says, in JSON, and print the answers in JSON."""
    found = asked(Path(sys.argv[1]), *[(name, values) for name, values in json.loads(sys.argv[2])])
    answers = [[bool(item.is_error), text_of(item), item.structured_content] for item in found]
    sys.stdout.write(json.dumps(answers))


if __name__ == "__main__":
    main()
