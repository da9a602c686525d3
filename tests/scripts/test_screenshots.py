"""The pictures of the README."""

from __future__ import annotations

from scripts.screenshots import placed_by_letter


def test_every_letter_stands_in_its_own_column() -> None:
    line = (
        '<text class="r1" x="12.2" y="20" textLength="61" clip-path="url(#a)">a&#160;&lt;永</text>'
    )
    assert placed_by_letter(f"<g>{line}\n</g>") == (
        '<g><text class="r1" x="12.2 24.4 36.6 48.8" y="20" clip-path="url(#a)">'
        "a&#160;&lt;永</text>\n</g>"
    )


def test_a_text_of_no_width_stays() -> None:
    assert ">\n<" in placed_by_letter('<text x="0" y="1" textLength="12.2">\n</text>')
