"""Does a TLS listener want to see a certificate of the client?"""

from __future__ import annotations

import pytest

from nlbcheck.aws.resources.listener import Listener, Protocol
from nlbcheck.model import Verdict
from nlbcheck.path.gates import client_certificate as gate
from nlbcheck.path.outcome import Stopped, Unseen
from tests.path.gates.building import PLACE, passed


def listener(mode: str | None, protocol: Protocol = Protocol.TLS) -> Listener:
    return Listener("arn:listener", PLACE, 443, protocol, (), mode)


@pytest.mark.parametrize("mode", [None, "off"])
def test_a_listener_that_does_not_verify_clients_lets_them_through(mode: str | None) -> None:
    assert passed(gate.check(listener(mode)))["mutual_authentication"] == mode


def test_what_a_listener_of_another_protocol_says_of_it_means_nothing() -> None:
    assert passed(gate.check(listener("verify", Protocol.TCP)))


def test_one_that_verifies_is_unknown_for_nobody_sees_the_clients_certificate() -> None:
    outcome = gate.check(listener("verify"))
    assert isinstance(outcome, Stopped)
    assert outcome.problem.code == "client-certificate-required"
    assert outcome.problem.verdict is Verdict.UNKNOWN


def test_a_mode_that_is_not_known_here_is_named() -> None:
    outcome = gate.check(listener("passthrough"))
    assert isinstance(outcome, Unseen)
    assert "passthrough" in outcome.missing.fact
