"""What is in a release? ``sbom.py FOLDER`` writes a CycloneDX file of what it depends on, with all hashes.

cyclonedx-py reads requirements.lock, which holds the hashes; who depends on whom says the metadata of what is
installed. Two runs write the same bytes.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

NAME = "nlbcheck"
_LOCK = Path(__file__).parents[1] / "requirements.lock"


def main(folder: Path) -> None:
    """Write the file, named after the version, into ``folder``."""
    version = metadata.version(NAME)
    document = _components()
    references = {_plain(item["name"]): item["bom-ref"] for item in document["components"]}
    root = document["metadata"]["component"]
    root |= {"version": version, "purl": f"pkg:pypi/{NAME}@{version}"}
    references[NAME] = root["bom-ref"]
    document["dependencies"] = [
        {
            "ref": references[name],
            "dependsOn": sorted(references[other] for other in _needs(name, references)),
        }
        for name in sorted(references)
    ]
    (folder / f"{NAME}-{version}.cdx.json").write_text(json.dumps(document, indent=2) + "\n", "utf-8")


def _components() -> dict[str, Any]:
    """Return what cyclonedx-py makes of the lock, but for setuptools: that only builds."""
    locked = re.sub(r"(?m)^setuptools==(.*\\\n)*.*\n", "", _LOCK.read_text("utf-8"))
    command = [Path(sys.executable).with_name("cyclonedx-py"), "requirements", "-"]
    options = ["--pyproject", "pyproject.toml", "--sv", "1.6", "--of", "JSON", "--output-reproducible"]
    done = subprocess.run(
        [*command, *options], input=locked, cwd=_LOCK.parent, capture_output=True, text=True, check=True
    )
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def _needs(name: str, known: dict[str, str]) -> set[str]:
    """Return whom an installed package needs here, as far as the lock has it."""
    try:
        required = map(Requirement, metadata.requires(name) or ())
    except metadata.PackageNotFoundError:  # for another system than this one
        return set()
    here = (item for item in required if not item.marker or item.marker.evaluate({"extra": ""}))
    return {_plain(item.name) for item in here} & known.keys()


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
