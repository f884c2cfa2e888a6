"""How do AWS clients reach a recorded state over HTTP?"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from nlbcheck.aws.recording import without_secrets
from nlbcheck.errors import InputError
from nlbcheck.lab.endpoint import answer, models, request
from nlbcheck.lab.endpoint.failures import ApiError, CommonError
from nlbcheck.lab.endpoint.faults import REFUSALS, ApiFault, Faults, Trouble
from nlbcheck.lab.endpoint.instances import AtInstance
from nlbcheck.lab.endpoint.run_command import Commands
from nlbcheck.lab.endpoint.state import EndpointState
from nlbcheck.model.facts import AccountRegion

_LONGEST_BODY = 1 << 20
_IDLE = 60
"""Seconds that a client may keep a connection without asking anything."""


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """One call that reached the endpoint, whatever was answered."""

    account_region: AccountRegion
    service: str
    operation: str
    parameters: Mapping[str, Any]


class AwsEndpoint:
    """An HTTP server that answers AWS calls from a state, until it is closed."""

    def __init__(
        self,
        state: EndpointState,
        listener: socket.socket | None = None,
        inside: AtInstance = lambda _instance: None,
    ) -> None:
        """Serve on ``listener``, a bound TCP socket that is the endpoint's from here on.

        Without one, on a free port of 127.0.0.1. Commands to instances run ``inside`` where these stand.
        """
        self.state = state
        self.commands = Commands(inside)
        self.faults = Faults()
        self._server = _Server(self, listener or socket.create_server(("127.0.0.1", 0)))
        self._calls: list[LoggedCall] = []
        self.closing = Event()
        host, port = self._server.socket.getsockname()[:2]
        self.url = f"http://{host}:{port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def calls(self) -> tuple[LoggedCall, ...]:
        """Every call so far, in the order in which they came, retries too."""
        return tuple(self._calls)

    def inject(self, fault: ApiFault) -> None:
        """Let calls meet a fault from here on."""
        self.faults.inject(fault)

    def heal(self) -> None:
        """End all faults."""
        self.faults.heal()

    def close(self) -> None:
        """Stop serving, and end every connection."""
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.commands.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def answer(self, call: request.ApiCall) -> dict[str, Any]:
        """Answer a call; ApiError where AWS would refuse it."""
        if call.operation.service in models.IN_JSON:
            return self.commands.answer(call, self.state.recording)
        return self.state.answer(call)

    def log(self, call: request.ApiCall) -> None:
        """Remember a call, without keys."""
        operation = call.operation
        self._calls.append(
            LoggedCall(
                call.account_region, operation.service, operation.name, without_secrets(call.parameters)
            )
        )


class _Server(ThreadingTCPServer):
    request_queue_size = 128

    def __init__(self, endpoint: AwsEndpoint, listener: socket.socket) -> None:
        super().__init__(listener.getsockname(), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.server_address = listener.getsockname()
        self.endpoint = endpoint
        self._open: dict[socket.socket, Thread] = {}
        self._lock = Lock()
        self.server_activate()

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Serve one connection, in a thread of its own."""
        thread = Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        with self._lock:
            self._open[request] = thread
        thread.start()

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401
        """Forget a connection that is over."""
        with self._lock:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """End every connection and wait for its thread."""
        super().server_close()
        with self._lock:
            left = dict(self._open)
        for connection, thread in left.items():
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Say nothing: a client that goes away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = (
        1 << 16
    )  # unbuffered, an answer goes out in pieces, each waiting for the other side's delayed ACK
    disable_nagle_algorithm = True
    timeout = _IDLE
    server: _Server

    def do_POST(self) -> None:
        """Answer one call."""
        service, request_id = "sts", str(uuid4())
        try:
            body = self._body()
            signed = request.signer(self.headers.get("Authorization", ""))
            service = signed.service
            if service in models.IN_JSON:
                call = request.json_call(signed, self.headers.get("X-Amz-Target", ""), body)
            else:
                call = request.call(signed, body)
            status, content = self._answered(call, request_id)
        except ApiError as error:
            status, content = error.status, answer.failure(service, error, request_id)
        if content:
            self._send(status, content, answer.content_type(service))
        else:
            self.close_connection = True

    def _answered(self, call: request.ApiCall, request_id: str) -> tuple[int, bytes]:
        """Return the answer to a call, empty where the connection is to be dropped instead."""
        endpoint, service = self.server.endpoint, call.operation.service
        endpoint.log(call)
        fault = endpoint.faults.meet(call.operation.name)
        if fault is not None and fault.trouble is Trouble.DROPPED:
            return 0, b""
        if fault is not None and fault.trouble in REFUSALS:
            raise REFUSALS[fault.trouble].error(service)
        if fault is not None:
            endpoint.closing.wait(fault.seconds)
        try:
            return 200, answer.success(call.operation, endpoint.answer(call), request_id)
        except ApiError:
            raise
        except InputError as error:
            raise CommonError.BAD_VALUE.error(service, str(error)) from error
        except Exception as error:
            # Our own fault, or the lab's. The client must hear of it: nobody else does.
            raise CommonError.BROKEN.error(service, f"The lab failed: {error!r}") from error

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _LONGEST_BODY:
            self.close_connection = True  # what follows is no request
            raise ApiError("RequestEntityTooLarge", "The request has no length, or is too long", 413)
        return self.rfile.read(int(length))

    def _send(self, status: int, content: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401
        """Say nothing: the endpoint's terminal belongs to the command that it serves."""
