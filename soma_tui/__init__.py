"""The terminal: draws state, sends intentions, and holds no rule of the business."""

from __future__ import annotations


def __getattr__(name: str) -> str:
    """Give `__version__`, read from the installed package when it is asked for."""
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("soma-tui")
        except PackageNotFoundError:
            return "unknown"
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
