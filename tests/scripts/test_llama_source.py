"""llama.cpp's converters out of a source archive."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from scripts.environment.llama_source import SourceError, unpack


def archive(path: Path, *names: str) -> Path:
    with tarfile.open(path, "w:gz") as opened:
        for name in names:
            member = tarfile.TarInfo(f"package-1/{name}")
            member.size = 4
            opened.addfile(member, io.BytesIO(b"text"))
    return path


def test_only_what_converts_is_kept(tmp_path: Path) -> None:
    inside = "vendor/llama.cpp/"
    names = ("convert_hf_to_gguf.py", "conversion/base.py", "gguf-py/gguf/x.py", "src/llama.cpp")
    packed = archive(tmp_path / "a.tar.gz", "setup.py", *(inside + name for name in names))
    unpack(packed, tmp_path / "out")
    found = {str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*.py")}
    assert found == {"convert_hf_to_gguf.py", "conversion/base.py", "gguf-py/gguf/x.py"}


def test_another_archive(tmp_path: Path) -> None:
    packed = archive(tmp_path / "b.tar.gz", "setup.py")
    with pytest.raises(SourceError, match=r"b\.tar\.gz does not hold"):
        unpack(packed, tmp_path / "out")
