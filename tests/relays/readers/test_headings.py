# ruff: noqa: E501 - one case a line
"""Does a heading mean what people mean by it, and nothing where it does not tell?"""

from __future__ import annotations

import pytest

from nlbcheck.relays.readers.headings import meaning

MEANS = {
    "listener": (
        "NLB Port", "listener", "Listener ports", "External port", "front port", "Front-end port", "Frontend",
        "Public Port", "listenerPort", "リスナー", "リスナーポート番号", "受けポート", "受付ポート", "公開ポート", "NLBポート",
        "ＮＬＢポート", "待受ポート", "外部ポート", "ﾘｽﾅｰﾎﾟｰﾄ", "Listener (protocol/port)", "NLB side port number",
    ),
    "target_port": (
        "Target port", "Backend Port", "Internal port", "Server port", "Broker Port", "Container Port", "転送先ポート",
        "宛先ポート", "サーバポート", "ポート番号（転送先）", "内部ポート", "バックエンドポート", "Target group port",
    ),
    "target": ("Target", "Targets", "Backend", "Forward to", "転送先", "宛先", "ターゲット", "登録ターゲット", "Target (IP:port)", "Server:Port"),
    "target_name": (
        "Server", "Host", "Hostname", "Target host", "Target Broker", "Backend server", "サーバ名", "転送先サーバ", "ホスト名",
        "Instance", "Server name",
    ),
    "target_address": ("Internal IP", "Target IP address", "IP", "サーバIP", "転送先IPアドレス", "Host IP"),
    "protocol": ("Protocol", "Proto", "プロトコル", "Listener protocol", "TCP/UDP"),
    "target_protocol": ("Target protocol", "Backend protocol", "転送先プロトコル"),
    "target_group": ("Target group", "TG", "tg name", "ターゲットグループ"),
    "port": ("Port", "Ports", "ポート", "ポート番号", "Port No."),
    "host_port": ("Host Port", "ホストポート"),
    None: (
        "入口", "出口", "Purpose", "Notes", "備考", "用途", "Service", "Name", "Owner", "Source IP", "送信元ポート", "Client",
        "NLB IP", "External IP", "Health check port", "Local Port", "DNS Record", "Listener rule", "NLB name", "",
        "Public server", "Port opened by",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "heading"), [(key, text) for key, texts in MEANS.items() for text in texts]
)
def test_a_heading(wanted: str | None, heading: str) -> None:
    assert meaning(heading) == wanted
