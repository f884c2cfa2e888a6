# ruff: noqa: E501 - Japanese letters are counted twice
"""What does the heading of a column mean, in English or Japanese?"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from nlbcheck.relays.row_keys import ROW_KEYS

_KINDS = {
    "front": "nlb, elb, lb, network load balancer, load balancer, listener, listening, listen, external, ext, "
    "outside, outer, public, published, exposed, frontend, front end, front, incoming, inbound, ingress, entry, "
    "vip, virtual, wan, global, relay, gateway, edge, リスナー, リスナ, 受け, 受付, 受信, 待ち受け, 待受け, 待受, 外部, "
    "外側, 公開, フロントエンド, フロント, ロードバランサー, ロードバランサ, 負荷分散装置, 中継, 転送元, 変換前, 着信, グローバル, "
    "ゲートウェイ",
    "back": "target, backend, back end, back, internal, inside, inner, private, upstream, "
    "real, forwarded, forwards, forward, lan, pool, member, ターゲット, 転送先, 振り分け先, 振分け先, 振分先, "
    "バックエンド, 内部, 内側, 実, 変換後, 中継先, 配下, プライベート",
    "to": "destination, dest, dst, to, 宛先, 接続先, 送信先",
    "host": "host, hostname, ホスト",
    "machine": "server, machine, vm, node, container, pod, broker, instance, ec2, guest, サーバー, サーバ, "
    "機器, マシン, インスタンス, ノード, コンテナ, 装置",
    "client": "source, src, client, from, 送信元, 接続元, クライアント, 利用者, アクセス元",
    "port": "port, ポート",
    "address": "ip, ipv4, address, addr, ipaddress, アドレス",
    "group": "target group, targetgroup, tg, ターゲットグループ",
    "protocol": "protocol, proto, tcp/udp, プロトコル",
    "name": "name, 名前, 名称, 名",
    "": "number, no, num, nr, 番号, 番, の, 側, side, of, the, and, on, at, in, for, tcp, aws, registered, 登録, 設定",
}
"""The words of headings by what they mean, as they are after folding; the last say nothing."""
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words.split(", ")}
_WORD = re.compile(
    "|".join(
        rf"(?<![a-z]){re.escape(word)}s?(?![a-z])" if word.isascii() else re.escape(word)
        for word in sorted(_KIND_OF, key=len, reverse=True)
    )
)
_ENDPOINT = re.compile(r"[:：](?!\s*$)")
_KEYS = {heading: key.name for key in ROW_KEYS for heading in key.headings}
SHARED = ("host", "server_name")
"""Keys whose headings are what others call their targets."""
PLAIN = tuple(_KEYS)
"""Headings that stand for a key without any doubt."""


def folded(heading: str) -> str:
    """Return ``heading`` without the differences of writing that do not matter."""
    words = unicodedata.normalize("NFKC", heading[:100]).casefold().replace("(s)", "s")
    return re.sub(r"(?:<br\s*/?>|[\s_-])+", " ", words).strip(" .:")


def plain(heading: str) -> str | None:
    """Return the key of a row whose own heading this is."""
    return _KEYS.get(folded(heading))


@lru_cache(maxsize=1024)
def meaning(heading: str) -> str | None:
    """Return what a column of this heading says; None where that is not understood.

    That is a key of a row, ``target_name``, ``target_address``, ``protocol`` or ``target_protocol``; ``port``
    or ``host_port`` where it does not tell whose.
    """
    exact = plain(heading)
    if exact not in (None, "target", *SHARED):
        return exact
    words = folded(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading[:100]))
    found = {_KIND_OF.get(word) or _KIND_OF.get(word.removesuffix("s"), "") for word in _WORD.findall(words)}
    rest = _WORD.sub(" ", words)
    if any(letter.isalnum() for letter in rest) or "client" in found:
        return exact
    found.discard("")
    return _meaning(frozenset(found), is_endpoint=_ENDPOINT.search(heading[:100]) is not None) or exact


def _meaning(found: frozenset[str], *, is_endpoint: bool) -> str | None:
    """Return what the kinds of the words of a heading say together."""
    is_front = "front" in found
    if "to" in found:  # a load balancer is one, too
        found = (found - {"to"}) | (set() if is_front else {"back"})
    is_back = bool(found & {"back", "host", "machine", "group"})
    if is_front and found & {"host", "machine"} and "back" not in found:
        return None
    if "port" in found:
        return _port(found, is_front=is_front, is_back=is_back, is_endpoint=is_endpoint)
    if "protocol" in found:
        return "target_protocol" if is_back else "protocol"
    if "group" in found:
        return "target_group" if found <= {"group", "name"} else None
    if "address" in found:
        return None if is_front and not is_back else "target_address"
    if is_back:
        return "target" if found == {"back"} else "target_name"
    return "listener" if found == {"front"} else None


def _port(found: frozenset[str], *, is_front: bool, is_back: bool, is_endpoint: bool) -> str:
    """Return whose port a heading with that word means: alone, or behind an address or a name."""
    if "address" in found and not (is_front and not is_back):
        return "target"
    if is_back and is_endpoint and "protocol" not in found:
        return "target"
    if is_back:
        return "host_port" if found == {"host", "port"} else "target_port"
    return "listener" if is_front else "port"
