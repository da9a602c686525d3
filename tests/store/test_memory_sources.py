"""Facts and passages as recall looks them up."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.claims import Claim, Evidence
from store.database import Database
from store.document_files import read_document
from store.errors import UnknownIdError
from store.library import Library
from store.memory_sources import Facts, Passages
from store.profiles import Profiles

NOON = 1_800_000_000.0


def test_what_holds_of_the_active_person_is_offered(database: Database) -> None:
    profiles = Profiles(database)
    source = Facts(profiles, lambda: NOON)
    me = profiles.active(NOON).id
    versions = [source.version()]
    for number, name in enumerate(("Rex", "Max"), 1):
        said = Evidence(number, 1, "", NOON + number)
        profiles.learn(me, Claim("relationship", "dog", name), said)
        versions.append(source.version())
    (item,) = source.items()
    assert (item.kind, item.text, item.time) == ("fact", "dog: Max", NOON + 2)
    assert source.item(item.id) == item
    assert source.item(item.id - 1) is None
    source.pin(item.id, True)
    versions.append(source.version())
    assert next(source.items()).pinned
    profiles.use("Ana", NOON)
    versions.append(source.version())
    assert list(source.items()) == []
    assert len(set(versions[:-1])) == len(versions) - 1
    with pytest.raises(UnknownIdError, match="no fact"):
        source.pin(item.id, True)


def test_passages_are_offered_with_what_stands_before(database: Database, tmp_path: Path) -> None:
    library = Library(database)
    source = Passages(library)
    before = source.version()
    for name in ("a", "b"):
        path = tmp_path / f"{name}.md"
        path.write_text(f"# One\n\nFirst of {name}.\n\n# Two\n\nSecond of {name}.")
        library.take_in(read_document(path), NOON)
    assert source.version() != before
    items = list(source.items())
    assert [item.text for item in items] == [
        "First of a.", "Second of a.", "First of b.", "Second of b.",
    ]  # fmt: skip
    assert [item.after for item in items] == [None, items[0].id, None, items[2].id]
    assert [source.item(item.id) for item in items] == items
    assert items[1].source == "a.md › Two"
    assert items[0].group == items[1].group != items[2].group
    source.pin(items[0].id, True)
    pinned = source.item(items[0].id)
    assert pinned is not None
    assert pinned.pinned
    library.remove(1)
    assert source.item(items[0].id) is None
    assert len(list(source.items())) == 2
