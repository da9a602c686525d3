"""Text without the signs whose width terminals disagree about."""

from __future__ import annotations

import re

_PICTURES = "\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
_UNSTEADY = re.compile(
    "[\ufe0e\ufe0f\U000e0020-\U000e007f]"  # choice of presentation, tags of flags
    f"|(?<=[{_PICTURES}])[\u200d\U0001f3fb-\U0001f3ff]"  # joiners and skin tones after pictures
)


def steady(text: str) -> str:
    """The text as it can be drawn in the same columns everywhere.

    A picture that is joined from several is drawn as these, and a skin tone not at all, because
    some terminals draw such a sequence in two columns and others each sign in two of its own.
    """
    return text if text.isascii() else _UNSTEADY.sub("", text)
