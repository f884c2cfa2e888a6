"""Which SSH host keys are there, and how is one told from another?"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

KEY_TYPES = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256"),
}
"""Host key types in the order in which they are asked for, each with its signature algorithms."""


def fingerprint(key: bytes) -> str:
    """Return a public key's fingerprint as OpenSSH prints it: ``SHA256:`` and unpadded base64."""
    return "SHA256:" + b64encode(sha256(key).digest()).decode().rstrip("=")
