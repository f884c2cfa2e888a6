"""On EC2 this machine knows which instance and interface it is; elsewhere nobody is asked."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from nlbcheck.model import Client
from nlbcheck.vantage import this_instance
from nlbcheck.vantage.local import ThisMachine
from tests.cli.relay import called
from tests.servers import answers, closed_port, says_nothing, serving
from tests.vantage.ssh.test_identity import SAID, Metadata

INSTANCE = "i-0123456789abcdef0"
INTERFACE = ("eni-0000000000000000b", "subnet-0000000000000000b", "vpc-0000000000000000a")


@pytest.fixture(autouse=True)
def nobody_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever was asked before is asked again, and nothing comes from the environment."""
    this_instance._asked.cache_clear()
    for name in ("AWS_EC2_METADATA_DISABLED", this_instance.ENDPOINT):
        monkeypatch.delenv(name, raising=False)


@contextlib.contextmanager
def service(said: dict[str, str] = SAID) -> Iterator[str]:
    """Serve metadata on loopback; yield the URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Metadata,), {"said": said}))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_interface_is_the_one_that_has_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
    with service() as url:
        monkeypatch.setenv(this_instance.ENDPOINT, f"{url}/")
        found = ThisMachine().identity("127.0.0.1")
    assert found == Client("this machine", "127.0.0.1", *INTERFACE, INSTANCE)
    assert ThisMachine().identity("::1").interface == INTERFACE[0]
    assert ThisMachine().identity() == Client("this machine", instance=INSTANCE)


def test_an_address_of_none_of_its_interfaces_is_the_instances(monkeypatch: pytest.MonkeyPatch) -> None:
    place = "meta-data/network/interfaces/macs/02:00:00:00:00:02/local-ipv4s"
    with service({**SAID, place: "192.0.2.2"}) as url:
        monkeypatch.setenv(this_instance.ENDPOINT, url)
        assert ThisMachine().identity("127.0.0.1") == Client("this machine", "127.0.0.1", instance=INSTANCE)


def test_it_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "TRUE")
    with service() as url:
        monkeypatch.setenv(this_instance.ENDPOINT, url)
        assert ThisMachine().identity("127.0.0.1") == Client("this machine", "127.0.0.1")


@pytest.mark.parametrize("handler", [says_nothing, answers(b"HTTP/1.1 200 OK\r\n\r\n<html>login</html>")])
def test_who_is_no_metadata_service_takes_no_time(handler: object, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(handler) as port:  # type: ignore[arg-type]
        monkeypatch.setenv(this_instance.ENDPOINT, f"http://127.0.0.1:{port}")
        begun = time.monotonic()
        assert ThisMachine().identity("127.0.0.1") == Client("this machine", "127.0.0.1")
        assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "url", ["", "https://127.0.0.1:1", "http://metadata.example.com", "127.0.0.1:1", "http://[", "file:///x"]
)
def test_other_endpoints_are_not_asked(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(this_instance.ENDPOINT, url)
    assert this_instance.this_instance() is None


@pytest.mark.parametrize(
    ("file", "text", "is_one"),
    [
        ("board_asset_tag", "i-0af01c0123456789a\n", True),
        ("board_asset_tag", "Default string\n", False),
        ("sys_vendor", "Amazon EC2\n", True),
        ("sys_vendor", "LENOVO\n", False),
        ("uuid", "EC2E1916-9099-7CAF-FD21-012345ABCDEF\n", True),
        ("uuid", "45e12aec-dcd1-b213-94ed-012345abcdef\n", False),
        ("sys_vendor", "\u00e9\n", False),
    ],
)
def test_the_machine_says_whether_it_may_be_one(
    file: str, text: str, is_one: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signs = {Path(path).name: sign for path, sign in this_instance._SIGNS.items()}
    monkeypatch.setattr(this_instance, "_SIGNS", {str(tmp_path / name): sign for name, sign in signs.items()})
    (tmp_path / file).write_text(text)
    assert this_instance._looks_like_one() is is_one


def test_the_report_says_who_probed(tmp_path: Path) -> None:
    table = tmp_path / "nlbcheck.yaml"
    row = f"{{listener: {closed_port()}, target_group: tg, target_port: 80, target: 10.0.0.1}}"
    table.write_text(f"static_ips: [127.0.0.1]\nmappings:\n  - {row}\n")
    with service() as url:
        env = {this_instance.ENDPOINT: url}
        found = json.loads(called("probe", "-m", table, "-f", "json", env=env).stdout)["client"]
        shown = [called("probe", "-m", table, "-f", name, env=env).stdout for name in ("table", "html")]
    assert found == {
        "source": "this machine",
        "address": "127.0.0.1",
        **dict(zip(("interface", "subnet", "vpc"), INTERFACE, strict=True)),
        "instance": INSTANCE,
    }
    assert all(f"this machine (127.0.0.1, {INSTANCE})" in text for text in shown)
