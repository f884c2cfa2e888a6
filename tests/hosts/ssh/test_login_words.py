"""Is what paramiko says told in words that say what the server did?"""

from __future__ import annotations

import pytest

from nlbcheck.errors import VantageError
from nlbcheck.hosts.ssh.login import words
from nlbcheck.hosts.ssh.tunnel import ChannelRefusal
from nlbcheck.lean_paramiko import paramiko
from nlbcheck.model.net import SocketAddress
from nlbcheck.vantage.ssh.refusals import as_error


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (paramiko.ChannelException(2, "Connect failed"), "it cannot connect there"),
        (paramiko.ChannelException(4, "Resource shortage"), "it has too little room"),
        (paramiko.ChannelException(99, "\x1b[2Jodd"), "\\x1b[2Jodd"),
        (paramiko.SSHException("No existing session"), "the server closed the connection"),
        (paramiko.SSHException("Channel closed."), "the server closed the connection"),
        (paramiko.SSHException("Timeout opening channel."), "it does not answer in time"),
        (paramiko.SSHException("Error reading SSH protocol banner"), "Error reading SSH protocol banner"),
        (TimeoutError(), "it does not answer in time"),
        (EOFError(), "the server closed the connection"),
    ],
)
def test_what_an_error_means(error: Exception, told: str) -> None:
    assert words(error) == told


@pytest.mark.parametrize(
    ("said", "told"),
    [("", "does not say why"), ("open failed", "does not say why (open failed)")],
)
def test_a_refusal_without_a_word_has_no_empty_brackets(said: str, told: str) -> None:
    error = as_error(ChannelRefusal(2, said), SocketAddress("10.0.0.1", 22), lambda _: None)
    assert isinstance(error, VantageError)
    assert error.words == f"its SSH server makes no connection to 10.0.0.1:22 and {told}"
