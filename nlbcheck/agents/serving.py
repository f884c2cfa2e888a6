"""How are the tools offered by the Model Context Protocol? The only place that knows its SDK.

https://modelcontextprotocol.io/specification
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar, cast

import uvicorn
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings
from mcp.shared.dispatcher import as_request_id, coerce_request_id
from mcp.shared.message import SessionMessage
from mcp.types import (
    PARSE_ERROR,
    CallToolResult,
    ErrorData,
    InputRequiredResult,
    JSONRPCError,
    JSONRPCMessage,
    JSONRPCNotification,
    JSONRPCRequest,
    JSONRPCResponse,
    ToolAnnotations,
)
from pydantic import ValidationError

from nlbcheck import __version__
from nlbcheck.agents.marking import RULE, marked
from nlbcheck.agents.tools import Tools
from nlbcheck.errors import InputError, NlbcheckError, OwnFaultError, UnseenError, lacking, place

if TYPE_CHECKING:
    from mcp.shared._stream_protocols import ReadStream, WriteStream

INSTRUCTIONS = (
    "Verdicts on connectivity through AWS Network Load Balancers. Begin with probe, go on with diagnose "
    "where a row fails, and read explain for a code that is new to you. Every answer begins with its "
    "verdict. unknown means that something could not be seen: report it as that, and never as a pass. Do not "
    f"guess a cause that no finding names. No tool changes anything in AWS. {RULE}"
)
_LONGEST_ERROR = 1000
_PATIENCE = 1
"""Seconds for requests to end once the server is interrupted."""
_P = ParamSpec("_P")
_R = TypeVar("_R")


class ToolServer(MCPServer[Any]):
    """Refuses arguments that a tool does not take, and answers what is no message: the SDK drops both."""

    async def run_stdio_async(self) -> None:
        """See `MCPServer.run_stdio_async`."""
        served = self._lowlevel_server
        async with stdio_server() as (heard, answers):
            open_requests = _OpenRequests()
            told = cast("ReadStream[SessionMessage | Exception]", _Heard(heard, answers, open_requests))
            telling = cast("WriteStream[SessionMessage]", _Answers(answers, open_requests))
            await served.run(told, telling, served.create_initialization_options())

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """See `MCPServer.call_tool`; raises ToolError, with one sentence, for wrong arguments."""
        known = {tool.name: tool.input_schema["properties"] for tool in await self.list_tools()}
        if strange := [each for each in arguments if name in known and each not in known[name]]:
            said = f"expected {', '.join(known[name])}, found {', '.join(strange)}"
            raise ToolError(f"wrong input: {marked(said, _LONGEST_ERROR)}")
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            if not isinstance(error.__cause__, ValidationError):
                raise
            found = error.__cause__.errors()
            said = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in found)
            raise ToolError(f"wrong input: {marked(said, _LONGEST_ERROR)}") from None


class _OpenRequests:
    """The requests of a client that have no answer yet, by their ids as the SDK reads them: "7" is 7."""

    def __init__(self) -> None:
        self._ids: set[int | str] = set()
        self._answered = asyncio.Event()

    def note(self, message: JSONRPCMessage) -> None:
        """Take notice of what a client has sent; what it has withdrawn is not answered."""
        if isinstance(message, JSONRPCRequest):
            self._ids.add(coerce_request_id(message.id))
        elif isinstance(message, JSONRPCNotification) and message.method == "notifications/cancelled":
            self.close((message.params or {}).get("requestId"))

    def close(self, said: object) -> None:
        """Take notice that a request has its answer, or wants none; what a client says may be no id."""
        number = as_request_id(said)
        if number is not None:
            self._ids.discard(coerce_request_id(number))
            self._answered.set()

    async def all_answered(self) -> None:
        """Wait until no request is left without its answer."""
        while self._ids:
            self._answered = asyncio.Event()
            await self._answered.wait()


class _Answers:
    """What is told to a client."""

    def __init__(self, answers: WriteStream[SessionMessage], requests: _OpenRequests) -> None:
        self._answers = answers
        self._requests = requests

    async def send(self, item: SessionMessage) -> None:
        await self._answers.send(item)
        if isinstance(item.message, JSONRPCResponse | JSONRPCError):
            self._requests.close(item.message.id)

    async def aclose(self) -> None:
        await self._answers.aclose()

    async def __aenter__(self) -> Self:
        await self._answers.__aenter__()
        return self

    async def __aexit__(self, *raised: Any) -> None:  # noqa: ANN401 (the SDK's)
        await self._answers.__aexit__(*raised)


class _Heard:
    """What is heard from a client; what cannot be read is answered here, so that nobody waits for it.

    It ends once every request has its answer: at the end of what it hears the SDK drops those under way,
    and ``nlbcheck mcp < requests`` would lose the last ones.
    """

    def __init__(
        self,
        heard: Any,  # noqa: ANN401 (the SDK's)
        answers: WriteStream[SessionMessage],
        requests: _OpenRequests,
    ) -> None:
        self._heard = heard
        self._answers = answers
        self._requests = requests

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (whatever the stream has)
        return getattr(self._heard, name)

    async def __aenter__(self) -> Self:
        await self._heard.__aenter__()
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self._heard.__aexit__(*raised)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage:
        try:
            while isinstance(item := await self._heard.__anext__(), Exception):
                if answer := _not_read(item):
                    await self._answers.send(SessionMessage(answer))
        except StopAsyncIteration:
            await self._requests.all_answered()
            raise
        message: SessionMessage = item
        self._requests.note(message.message)
        return message


def _not_read(error: Exception) -> JSONRPCError | None:
    """Return the answer to what is no message of the protocol, such as text that no encoding can carry.

    An empty line asks for none.
    """
    told = error.errors()[0] if isinstance(error, ValidationError) else {"msg": "cannot be read"}
    line = told.get("input")
    if isinstance(line, str) and not line.strip():
        return None
    try:
        message = json.loads(line) if isinstance(line, str) else line
    except (ValueError, RecursionError):
        message = None
    number = message.get("id") if isinstance(message, dict) else None
    to = number if isinstance(number, int) or (isinstance(number, str) and number.isprintable()) else None
    why = f"wrong input: {marked(str(told['msg']), _LONGEST_ERROR)}"
    return JSONRPCError(jsonrpc="2.0", id=to, error=ErrorData(code=PARSE_ERROR, message=why))


def server(tools: Tools) -> MCPServer[Any]:
    """Return the server that offers the tools."""
    made = ToolServer("nlbcheck", version=__version__, instructions=INSTRUCTIONS, log_level="WARNING")
    for tool, title, hints in (
        (tools.probe, "Probe every listener", _reading(outside=True)),
        (tools.diagnose, "Find the cause of a failure", _reading(outside=True)),
        (tools.trace, "Walk one connection", _reading(outside=True)),
        (tools.mapping_check, "Compare the mapping table with AWS", _reading(outside=True)),
        (tools.explain, "Explain a finding", _reading(outside=False)),
        (tools.snapshot, "Record the state of AWS into a file", _writing()),
        (tools.lab_try, "Try a change in a lab", _reading(outside=False)),
    ):
        told: Callable[..., object] = tool
        made.add_tool(_saying_why(told), title=title, annotations=hints, structured_output=True)
    return made


def serve_http(made: MCPServer[Any], host: str, port: int) -> None:
    """Answer at ``http://HOST:PORT/mcp`` until interrupted; port 0 takes a free one.

    Requests for another host, or from pages of other origins, are refused. Raises UnseenError where the
    address cannot be listened on.
    """
    name = f"[{host}]" if ":" in host else host
    names = dict.fromkeys((name, "localhost"))
    security = TransportSecuritySettings(
        allowed_hosts=[f"{each}:*" for each in names], allowed_origins=[f"http://{each}:*" for each in names]
    )
    app = made.streamable_http_app(host=host, transport_security=security)
    try:
        uvicorn.run(
            app, host=host, port=port, access_log=False, log_level="info", timeout_graceful_shutdown=_PATIENCE
        )
    except SystemExit:  # it has said why
        raise UnseenError(f"{name}:{port}: cannot be listened on") from None


def _reading(*, outside: bool) -> ToolAnnotations:
    """Return the hints of a tool that changes nothing; ``outside`` where it asks the network or AWS."""
    return ToolAnnotations(
        read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=outside
    )


def _writing() -> ToolAnnotations:
    """Return the hints of a tool that writes a new file and replaces none."""
    return ToolAnnotations(
        read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=True
    )


def _saying_why(tool: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return a tool whose failures are one sentence; what an unexpected error says is not shown."""

    @wraps(tool)
    def saying_why(*arguments: _P.args, **named: _P.kwargs) -> _R:
        try:
            return tool(*arguments, **named)
        except Exception as error:
            raise ToolError(_sentence(error)) from None

    return saying_why


def _sentence(error: Exception) -> str:
    """Return what kept a tool from answering, in one line."""
    if isinstance(error, InputError):
        return f"wrong input: {marked('; '.join(error.problems), _LONGEST_ERROR)}"
    if isinstance(error, NlbcheckError):
        return f"not visible, so unknown: {marked(str(error), _LONGEST_ERROR)}"
    return lacking(error) or str(OwnFaultError(place(error)))
