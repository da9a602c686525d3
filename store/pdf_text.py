"""The text of a PDF on standard input, read in a process of its own: `python -m store.pdf_text`.

Prints one JSON object: `pages` (number and text), `count`, `silent` (pages without text), or
`problem`, which goes after the name of the file.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import resource
import sys
import warnings
from typing import Any

MOST_PAGES = 5000
MEMORY_BYTES = 3 << 30


def read_pdf(data: bytes) -> dict[str, Any]:
    """Give what is to be printed of a PDF."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore")
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not _opens(reader):
            return {"problem": "is protected by a password; save a copy without one"}
        count = len(reader.pages)
        if count > MOST_PAGES:
            return {
                "problem": f"has {count:,} pages and a document may have {MOST_PAGES:,}; split it"
            }
        pages = []
        for number in range(count):
            text = _page_text(reader, number)
            if any(map(str.isalnum, text)):
                pages.append((number + 1, text))
    except (PyPdfError, OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        return {"problem": f"is damaged ({_in_a_line(error)}); save it anew, or as text"}
    if count and not pages:
        return {"problem": "holds pictures and no text; run text recognition on it first"}
    return {"pages": pages, "count": count, "silent": count - len(pages)}


def _opens(reader: Any) -> bool:
    """Whether an empty password is enough, as it is where only printing is forbidden."""
    try:
        return bool(reader.decrypt(""))
    except Exception:
        return False


def _page_text(reader: Any, number: int) -> str:
    """The text of a page; a page that cannot be read has none."""
    try:
        return str(reader.pages[number].extract_text()).encode("utf-8", "replace").decode()
    except (MemoryError, KeyboardInterrupt):
        raise
    except Exception:
        return ""


def _in_a_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:100] or type(error).__name__


def main() -> None:
    """Print what is in the file on standard input."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    print(json.dumps(read_pdf(sys.stdin.buffer.read())))


if __name__ == "__main__":
    main()
