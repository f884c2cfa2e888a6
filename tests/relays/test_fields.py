"""Are values of rows read as they are meant?"""

from __future__ import annotations

import subprocess
from itertools import chain

import pytest

from nlbcheck.model import HostKey, Port
from nlbcheck.relays import fields, host_keys
from nlbcheck.relays.tree import TreeNode
from tests.relays.build import FINGERPRINT
from tests.servers import program


@pytest.mark.parametrize(
    ("written", "port"),
    [
        ("TCP:10022", Port("TCP", 10022)),
        (" tls : 443 ", Port("TLS", 443)),
        ("ＴＣＰ：１００２２", Port("TCP", 10022)),
        ("TCP_UDP:53", Port("TCP_UDP", 53)),
        ("65535", Port("TCP", 65535)),
        (1, Port("TCP", 1)),
    ],
)
def test_ports(written, port):
    assert fields.port(written) == port


@pytest.mark.parametrize(
    ("written", "accepted"),
    [
        (200, {200}),
        ("200,302", {200, 302}),
        ("200 - 202, 404", {200, 201, 202, 404}),
        ("2xx", set(range(200, 300))),
        ([TreeNode(200, 1), TreeNode("5XX", 1)], {200, *range(500, 600)}),
    ],
)
def test_statuses(written, accepted):
    assert set(chain(*fields.statuses(written))) == accepted


@pytest.mark.parametrize("written", ["", "99", "600", "200-", "200,", "xx", "200-100", "20", "2xx-3xx", True])
def test_statuses_that_are_none(written):
    with pytest.raises(ValueError, match=r"is not an HTTP status|ends before it begins|is empty"):
        fields.statuses(written)


@pytest.mark.parametrize("key_type", ["ed25519", "ecdsa", "rsa"])
def test_a_public_key_has_the_fingerprint_that_openssh_prints(tmp_path, key_type):
    from paramiko import ECDSAKey, Ed25519Key, PKey, RSAKey

    file = tmp_path / "key"
    key: PKey
    if key_type == "ed25519":
        from cryptography.hazmat.primitives import serialization as form
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        pem = Ed25519PrivateKey.generate().private_bytes(
            form.Encoding.PEM, form.PrivateFormat.OpenSSH, form.NoEncryption()
        )
        file.write_bytes(pem)
        key = Ed25519Key.from_private_key_file(str(file))
    else:
        key = ECDSAKey.generate() if key_type == "ecdsa" else RSAKey.generate(2048)
    line = f"{key.get_name()} {key.get_base64()}"
    wanted = HostKey(key.fingerprint, key.get_name())
    assert host_keys.parse(line) == wanted
    assert host_keys.parse(f"[172.31.128.10]:10022,git {line} root@host") == wanted
    assert host_keys.parse(f"{key.get_name()} {key.fingerprint}=") == wanted
    assert host_keys.parse(key.fingerprint) == HostKey(key.fingerprint)


def test_a_fingerprint_agrees_with_ssh_keygen(tmp_path):
    keygen = program("ssh-keygen")
    made = [keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")]
    subprocess.run(made, check=True)
    shown = subprocess.run(
        [keygen, "-lf", str(tmp_path / "key.pub")], check=True, capture_output=True, text=True
    ).stdout
    assert host_keys.parse((tmp_path / "key.pub").read_text()).fingerprint == shown.split()[1]


@pytest.mark.parametrize(
    "written",
    [
        "MD5:ab:cd",
        FINGERPRINT[:-1],
        FINGERPRINT + "x",
        "dsa " + FINGERPRINT,
        "ssh-ed25519",
        "ssh-ed25519 AAAA!",
        "ssh-ed25519 AAAA",
        "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIJ4rlv9tDqGv7VnJ5mDUy0bJp4M0QpGkFzYkYl1Yq3Jv",
    ],
)
def test_host_keys_that_are_none(written):
    with pytest.raises(ValueError, match=r"host key|base64|whole"):
        host_keys.parse(written)
