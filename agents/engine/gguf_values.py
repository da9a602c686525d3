"""The key-values of a GGUF file by what they ought to be; ModelFileError where they are not."""

from __future__ import annotations

from agents.engine.gguf_layout import Array, Layout, ModelFileError


def damaged(layout: Layout, reason: str) -> ModelFileError:
    """The error for a file whose key-values contradict themselves."""
    return ModelFileError(f"{layout.path} is damaged: {reason}; get the file again")


def text_of(layout: Layout, key: str) -> str | None:
    """The text behind a key; None where the key is missing."""
    value = layout.values.get(key)
    if value is None:
        return None
    if not isinstance(value, bytes):
        raise damaged(layout, f"{key!r} is not a text")
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise damaged(layout, f"{key!r} is not UTF-8") from None


def count_of(layout: Layout, key: str) -> int | None:
    """The number, not negative, behind a key; None where the key is missing."""
    value = layout.values.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise damaged(layout, f"{key!r} is not a count")
    return value


def flag_of(layout: Layout, key: str) -> bool | None:
    """The yes or no behind a key; None where the key is missing."""
    value = layout.values.get(key)
    if value is not None and not isinstance(value, bool):
        raise damaged(layout, f"{key!r} is not a yes or no")
    return value


def list_of(layout: Layout, key: str, kinds: tuple[int, ...]) -> Array | None:
    """The list behind a key, whose elements are one of `kinds`; None where it is missing."""
    value = layout.values.get(key)
    if value is not None and (not isinstance(value, Array) or value.type not in kinds):
        raise damaged(layout, f"{key!r} is not the list it should be")
    return value
