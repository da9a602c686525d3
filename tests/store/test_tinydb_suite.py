"""TinyDB's own test-suite, from its source archive, over the journal."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.store.child import REPOSITORY

# The tests that fail over the journal, and why they are meant to.
KNOWN_DIFFERENCES = {
    "test_tables.py::test_table_repr[memory]": "it expects the name of a stock storage",
    "test_tinydb.py::test_access_storage": "it expects a stock storage",
    "test_tinydb.py::test_storage_access": "it expects a stock storage",
}
KNOWN_OF_TABLES = {
    "test_tables.py::test_next_id[memory]": "truncate does not make ids free again",
    "test_tables.py::test_truncate_table[memory]": "truncate does not make ids free again",
    "test_tinydb.py::test_query_cache": "it replaces a private method that is used otherwise here",
}

PIP = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=tinydb"]
PLUGINS = ["-p", "tests.store.tinydb_over_journal", "-p", "no:cacheprovider"]


def archive(folder: Path) -> Path:
    """TinyDB's source archive of the installed version, fetched unless it is in the folder."""
    name = f"tinydb-{version('tinydb')}.tar.gz"
    if not (folder / name).exists():
        fetched = subprocess.run(
            [*PIP, "--dest", str(folder), f"tinydb=={version('tinydb')}"],
            capture_output=True,
            text=True,
        )
        if fetched.returncode:
            reason = (fetched.stderr.strip().splitlines() or ["pip said nothing"])[-1]
            pytest.fail(
                f"TinyDB's own tests were not run: its source archive could not be fetched "
                f"({reason}); go online, or put {name} into {folder}",
                pytrace=False,
            )
    return folder / name


@pytest.mark.torture
@pytest.mark.timeout(600)
@pytest.mark.parametrize("tables", ["", "1"], ids=["stock-tables", "journal-tables"])
def test_tinydb_s_own_tests_pass(
    tmp_path: Path, request: pytest.FixtureRequest, tables: str
) -> None:
    cache = request.config.cache
    assert cache is not None
    with tarfile.open(archive(cache.mkdir("tinydb"))) as source:
        for member in source:
            place = re.fullmatch(r"[^/]+/tests/(conftest|test_\w+)\.py", member.name)
            if place:
                (tmp_path / f"{place[1]}.py").write_bytes(source.extractfile(member).read())
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "journals").mkdir()
    set_by_us = {
        "JOURNAL_TABLES": tables,
        "PYTHONPATH": str(REPOSITORY),
        "TMPDIR": str(tmp_path / "journals"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *PLUGINS, "-rfE", "-k", "not json"],
        cwd=tmp_path,
        env={**os.environ, **set_by_us},
        capture_output=True,
        text=True,
    )
    failed = set(re.findall(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE))
    passed = re.search(r"(\d+) passed", done.stdout)
    assert failed == (KNOWN_DIFFERENCES | KNOWN_OF_TABLES if tables else KNOWN_DIFFERENCES).keys()
    assert passed is not None
    assert int(passed[1]) > 100
