from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agents.engine.text_stream import TextStream


@given(st.text(), st.integers(1, 4))
def test_characters_arrive_whole_however_their_bytes_are_cut(text: str, size: int) -> None:
    data = text.encode()
    stream = TextStream()
    pieces = [stream.push(data[i : i + size]) for i in range(0, len(data), size)]
    assert "".join(pieces) + stream.flush() == text
    assert not any("�" in piece for piece in pieces) or "�" in text


def test_half_a_character_at_the_end_becomes_a_replacement_character() -> None:
    stream = TextStream()
    assert stream.push("é".encode()[:1]) == ""
    assert stream.flush() == "�"


def test_bytes_that_are_no_utf8_never_raise() -> None:
    stream = TextStream()
    assert stream.push(b"a\xff\xfeb") + stream.flush() == "a��b"


@given(st.lists(st.sampled_from(["a", "\n", "Us", "er", ":", "\nUser", "x"])))
def test_text_ends_before_the_stop_string(parts: list[str]) -> None:
    stop = "\nUser:"
    stream = TextStream([stop])
    out = ""
    for part in parts:
        out += stream.push(part.encode())
        if stream.stopped:
            break
    out += stream.flush()
    text = "".join(parts)
    assert out == text.partition(stop)[0]
    assert stream.stopped == (stop in text)
