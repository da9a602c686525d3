"""Resolve pyproject.toml and write constraints.txt: the exact version of everything SOMA installs.

Run it as `make pins`, on Linux x86-64, after a requirement changed. Nothing is installed; pip
resolves the requirements of chatting, then with training, then with development, and each package
is listed under the first of them that needs it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ["hatchling", "editables", "scikit-build-core", "cmake", "ninja"]
HEAD = """\
# Exact versions of everything that SOMA installs, written by `make pins`.
# The headings are read by training/tools.py, which counts what is still to be fetched.
"""


def resolve(requirements: list[str]) -> dict[str, str]:
    """Give name and version of all that pip would install for `requirements`, by name."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed"]
        command += ["--quiet", "--report", str(report), *requirements]
        subprocess.run(command, check=True)
        installed = json.loads(report.read_text())["install"]
    return {
        re.sub(r"[-_.]+", "-", item["metadata"]["name"]).lower(): (
            item["metadata"]["version"].partition("+")[0]
        )
        for item in installed
    }


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    sections = {
        "chat": project["dependencies"],
        "train": project["dependencies"] + extras["train"],
        "dev": project["dependencies"] + extras["train"] + extras["dev"],
        "build": BUILD,
    }
    everything = resolve(sections["dev"])
    listed: set[str] = set()
    text = HEAD
    for section, requirements in sections.items():
        print(f"resolving {section}", flush=True)
        versions = resolve(requirements)
        names = sorted(set(versions) - listed)
        listed |= set(names)
        # One resolution decides every version, so that the sections cannot disagree.
        pins = [f"{name}=={everything.get(name, versions[name])}" for name in names]
        text += f"\n# {section}\n" + "\n".join(pins) + "\n"
    (ROOT / "constraints.txt").write_text(text)


if __name__ == "__main__":
    main()
