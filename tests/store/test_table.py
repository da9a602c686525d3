from __future__ import annotations

import contextlib
import itertools
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from tinydb import TinyDB, where
from tinydb.storages import MemoryStorage
from tinydb.table import Document, Table

from store.storage import JournalStorage
from store.table import JournalDB
from tests.store.fake_disk import FakeHastyDisk
from tests.store.random_steps import outcome, random_step
from tests.store.rounds import rounds
from tests.store.steps import steps_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


@pytest.fixture
def db(path: Path) -> Iterator[JournalDB]:
    with JournalDB(path) as db:
        yield db


def on_disk(path: Path) -> object:
    return JournalStorage(path, read_only=True).read()


class FakeCountingTable(Table):
    """The stock table, except that it too never gives an id twice."""

    last = 0

    def insert(self, document):
        doc_id = super().insert(document)
        self.last = max(self.last, doc_id)
        return doc_id

    def _get_next_id(self):
        self.last += 1
        return self.last


class FakeStockDB(TinyDB):
    table_class = FakeCountingTable


def everything(db: TinyDB) -> dict:
    return {
        name: [(document.doc_id, dict(document)) for document in db.table(name)]
        for name in sorted(db.tables())
    }


@pytest.mark.timeout(3600)
@rounds(25, 3_000)
def test_it_does_what_stock_tinydb_does(tmp_path: Path, rounds: int) -> None:
    for seed in range(rounds):
        compare_with_stock(tmp_path / f"{seed}.jsonl", random.Random(seed))


def compare_with_stock(path: Path, chance: random.Random) -> None:
    ours, stock = JournalDB(path, disk=FakeHastyDisk()), FakeStockDB(storage=MemoryStorage)
    for step_number in range(150):
        name = chance.choice("ab")
        if chance.random() < 0.02:
            ours.drop_table(name)
            stock.drop_table(name)
        else:
            step = random_step(chance, range(1, 60))
            assert outcome(step, ours.table(name)) == outcome(step, stock.table(name)), step_number
        assert everything(ours) == everything(stock), step_number
        if chance.random() < 0.03:
            if chance.random() < 0.5:
                ours.storage.compact()
            ours.close()
            ours = JournalDB(path, disk=FakeHastyDisk())
            assert everything(ours) == everything(stock), step_number
            for table in stock.tables():
                # A restart knows the ids in use, not those that failed inserts took.
                stock.table(table).last = ours.storage._state.next_id(table) - 1
    ours.close()


def test_stock_tables_work_on_the_storage_too(path: Path) -> None:
    with TinyDB(path, storage=JournalStorage) as db:
        db.insert({"a": 1})
        db.table("t").insert_multiple([{"b": 1}, {"b": 2}])
        db.table("t").remove(where("b") == 1)
        db.update({"a": 2})
        db.drop_table("t")
    assert on_disk(path) == {"_default": {"1": {"a": 2}}}


def test_an_id_is_never_given_twice(path: Path) -> None:
    with JournalDB(path) as db:
        assert [db.insert({}) for _ in range(3)] == [1, 2, 3]
        db.remove(doc_ids=[3])
        assert db.insert({}) == 4
        db.remove(doc_ids=[4])
    with JournalDB(path) as db:
        assert db.insert({}) == 5
        db.truncate()
        assert db.insert({}) == 6
        db.insert(Document({}, 2))
        assert db.insert({}) == 7
        assert db.insert_multiple([Document({}, 50), {}, {}]) == [50, 51, 52]


def test_what_is_handed_out_is_a_copy(db: JournalDB) -> None:
    mine = {"list": [1]}
    db.insert(mine)
    mine["list"].append(2)
    for document in (db.get(doc_id=1), db.all()[0], db.search(where("list").exists())[0]):
        assert document == {"list": [1]}
        document["list"].append(3)
    assert db.get(doc_id=1) == {"list": [1]}


def test_memory_holds_what_a_restart_gives(db: JournalDB, path: Path) -> None:
    db.insert({"tuple": (1, 2), 3: "three", "nested": {4: None}})
    assert db.all() == [{"tuple": [1, 2], "3": "three", "nested": {"4": None}}]
    assert on_disk(path) == db.storage.read()


def test_a_document_that_json_cannot_hold_changes_nothing(db: JournalDB, path: Path) -> None:
    db.insert({"a": 1})
    before = path.read_bytes()
    with pytest.raises(TypeError):
        db.insert({"a": object()})
    with pytest.raises(TypeError):
        db.update({"a": {1, 2}}, doc_ids=[1])
    assert db.all() == [{"a": 1}]
    assert path.read_bytes() == before


def test_an_update_that_changes_nothing_writes_nothing(db: JournalDB, path: Path) -> None:
    db.insert({"a": 1})
    before = path.read_bytes()
    db.update({"b": 1}, where("a") == 2)
    db.update({"a": 1}, where("a") == 1)
    db.remove(where("a") == 2)
    assert path.read_bytes() == before
    db.update({"a": True}, where("a") == 1)
    assert db.all()[0]["a"] is True


def test_a_callback_that_fails_changes_nothing(db: JournalDB) -> None:
    db.insert_multiple([{"a": 1}, {"a": 2}])

    def spoil(document):
        document["a"] = 0
        raise LookupError

    with pytest.raises(LookupError):
        db.update(spoil)
    assert [document["a"] for document in db.all()] == [1, 2]


class TestTransactions:
    def test_many_tables_are_one_record(self, db: JournalDB, path: Path) -> None:
        db.table("a").insert({"n": 1})
        with db.storage.transaction():
            db.table("a").insert({"n": 2})
            db.table("a").update({"seen": 1}, doc_ids=[1])
            db.table("b").insert({})
            db.table("a").remove(doc_ids=[1])
        assert path.read_bytes().count(b"\n") == 3
        assert on_disk(path) == {"a": {"2": {"n": 2}}, "b": {"1": {}}}

    def test_it_reads_its_own_writes(self, db: JournalDB) -> None:
        table = db.table("a")
        table.index("n")
        table.insert_multiple([{"n": 1}, {"n": 1}, {"n": 2}])
        with db.storage.transaction():
            assert table.insert({"n": 1}) == 4
            table.update({"n": 2}, doc_ids=[1])
            table.remove(doc_ids=[3])
            assert len(table) == 3
            assert table.get(doc_id=1) == {"n": 2}
            assert table.get(doc_id=3) is None
            assert [d.doc_id for d in table.search(where("n") == 1)] == [2, 4]
            assert table.find("n", 1) == [2, 4]
            assert table.find("n", 2) == [1]
            assert table.remove(where("n") == 2) == [1]
            table.insert(Document({"n": 5}, 1))
            assert [d.doc_id for d in table] == [2, 4, 1]
        assert [d.doc_id for d in table] == [2, 4, 1]
        assert table.find("n", 5) == [1]

    def test_an_exception_takes_everything_back(self, db: JournalDB, path: Path) -> None:
        table = db.table("a")
        table.index("n")
        table.insert({"n": 1})
        before = path.read_bytes()

        def fail() -> None:
            with db.storage.transaction():
                table.insert({"n": 1})
                table.search(where("n") == 1)
                db.drop_table("a")
                db.table("b").insert({})
                raise LookupError

        with pytest.raises(LookupError):
            fail()
        assert path.read_bytes() == before
        assert db.tables() == {"a"}
        assert len(db.table("a").search(where("n") == 1)) == 1
        assert db.table("a").find("n", 1) == [1]

    def test_an_operation_that_fails_inside_leaves_the_rest(self, db: JournalDB) -> None:
        with db.storage.transaction():
            db.insert(Document({}, 1))
            with pytest.raises(ValueError, match="already exists"):
                db.insert_multiple([{}, Document({}, 1)])
        assert [d.doc_id for d in db.all()] == [1]

    def test_one_inside_another_joins_it(self, db: JournalDB, path: Path) -> None:
        with db.storage.transaction():
            db.insert({})
            with db.storage.transaction():
                db.insert({})
            assert path.read_bytes().count(b"\n") == 1
        assert path.read_bytes().count(b"\n") == 2

    @pytest.mark.parametrize("seed", range(10))
    def test_random_ones_give_what_single_steps_give(self, tmp_path: Path, seed: int) -> None:
        chance = random.Random(seed)
        grouped, single = JournalDB(tmp_path / "g"), JournalDB(tmp_path / "s")
        for _ in range(15):
            steps = [random_step(chance, range(1, 40)) for _ in range(8)]
            with grouped.storage.transaction():
                results = [outcome(step, grouped.table("t")) for step in steps]
            assert results == [outcome(step, single.table("t")) for step in steps]
            assert everything(grouped) == everything(single)
            assert on_disk(tmp_path / "g") == grouped.storage.read()
        for db in (grouped, single):
            db.close()
        with JournalDB(tmp_path / "g") as again, JournalDB(tmp_path / "s") as other:
            assert everything(again) == everything(other)


def test_an_index_follows_every_change(db: JournalDB) -> None:
    table = db.table("t")
    table.insert({"k": "x"})
    table.index("k")
    chance = random.Random(3)
    for _ in range(300):
        value = chance.choice(["x", "y", 3, None, ["list"]])
        chance.choice(
            [
                lambda value=value: table.insert({"k": value}),
                lambda value=value: table.update({"k": value}, doc_ids=[chance.randrange(1, 200)]),
                lambda: table.remove(doc_ids=[chance.randrange(1, 200)]),
                lambda: db.drop_table("t") if chance.random() < 0.05 else None,
                lambda: table.truncate() if chance.random() < 0.05 else None,
            ]
        )()
        for wanted in ("x", "y", 3):
            assert table.find("k", wanted) == sorted(
                d.doc_id for d in table if d.get("k") == wanted
            )
    with pytest.raises(KeyError, match="no index on the field other"):
        table.find("other", 1)


def test_the_cost_is_the_same_at_any_size(db: JournalDB) -> None:
    """The steps of the interpreter are counted, since time depends on the machine."""
    table = db.table("t")
    table.index("group")
    numbers = itertools.count(1_000)
    works = [
        lambda: table.insert({"group": -1, "n": 1}),
        lambda: table.get(doc_id=7),
        lambda: table.find("group", 3),
        lambda: table.update({"n": next(numbers)}, doc_ids=[7]),
        lambda: table.remove(doc_ids=[len(table)]),
        lambda: len(table),
    ]
    table.insert_multiple({"group": n % 10, "n": n} for n in range(100))
    few = [steps_of(work) for work in works]
    table.insert_multiple({"group": n, "n": n} for n in range(10, 10_000))
    assert [steps_of(work) for work in works] == few


def test_the_last_of_what_an_index_finds_is_its_highest_id(db: JournalDB) -> None:
    chooser = random.Random(5)
    table = db.table("t")
    table.index("group")
    for _ in range(60):
        with contextlib.suppress(KeyError), table.storage.transaction():
            for _ in range(chooser.randint(1, 4)):
                step, ids = chooser.random(), [i for i, _ in table.peek_all()]
                if step < 0.5 or not ids:
                    table.insert({"group": chooser.randint(0, 2)})
                elif step < 0.75:
                    table.update({"group": chooser.randint(0, 2)}, doc_ids=[chooser.choice(ids)])
                else:
                    table.remove(doc_ids=[chooser.choice(ids)])
                for group in range(4):
                    found = table.find("group", group)
                    assert table.last("group", group) == max(found, default=None)
            if chooser.random() < 0.2:
                raise KeyError("given up")
        for group in range(4):
            assert table.last("group", group) == max(table.find("group", group), default=None)
