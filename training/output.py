"""The file that a conversion makes: checked before it is begun, under its name when it is whole."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from training.checkpoint import ConvertError

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def new_file(out: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """A scratch file beside `out`, which takes its place when the block ends without an error.

    Whatever else ends the block, the scratch file is gone and `out` as it was. Raises ConvertError
    where `out` cannot be written, or is there and `overwrite` is not set.
    """
    if out.is_dir():
        raise ConvertError(f"{out} is a folder; name the file to write")
    if out.exists() and not overwrite:
        raise ConvertError(
            f"{out} is there already; name another file, or add --overwrite to replace it"
        )
    with scratch_file(out) as scratch:
        yield scratch
        try:
            scratch.chmod(0o644)
            scratch.replace(out)
        except OSError as error:
            raise cannot_write(out, error) from error


@contextmanager
def scratch_file(out: Path) -> Iterator[Path]:
    """An empty file beside `out` that is gone when the block ends; an OSError in it is told as a
    ConvertError about `out`."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(".part", f".{out.name}.", out.parent)
        os.close(handle)
    except OSError as error:
        raise cannot_write(out, error) from error
    scratch = Path(name)
    try:
        yield scratch
    except OSError as error:
        raise cannot_write(out, error) from error
    finally:
        scratch.unlink(missing_ok=True)


def require_room(out: Path, needed: int) -> None:
    """Raises ConvertError where the disk that holds `out` has less than `needed` bytes free."""
    free = shutil.disk_usage(out.parent).free
    if free < needed:
        raise ConvertError(
            f"{out} needs {needed / 1e9:.1f} GB on the disk, and {free / 1e9:.1f} GB are free; "
            "free some space or name a file on another disk"
        )


def cannot_write(out: Path, error: OSError) -> ConvertError:
    """The line that says why `out` is not written."""
    # numpy tells of a short write without a number.
    if error.errno in (*NO_ROOM, None):
        return ConvertError(
            f"{out} cannot be written: the disk is full or the file may not grow; "
            "free some space or name a file on another disk"
        )
    return ConvertError(
        f"{out} cannot be written: {error.strerror or error}; check the folder and its permissions"
    )
