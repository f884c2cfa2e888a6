"""Where are the article's table and the recording of its network, which the lab has built in?"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).with_name("table")
"""Both files, and nothing else."""
TABLE = FOLDER / "nlbcheck.yaml"
SNAPSHOT = FOLDER / "snapshot.json"
