"""The power is cut: what was acknowledged is there, and the journal is not taken for damaged."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path

import pytest

from store import journal as journal_module
from store.errors import StoreError
from store.table import JournalDB
from tests.store.fake_disk import FakeHastyDisk
from tests.store.fake_power import FakeKill, FakePower
from tests.store.lives import State, on_disk, perform, performed, random_operations
from tests.store.rounds import rounds

LOSSES = 8  # moments at which the power is cut in each life


class Life:
    """A process, or several after each other, that write at random on a disk."""

    def __init__(self, folder: Path, state: State, chance: random.Random) -> None:
        self.disk = FakePower(folder)
        self.state = state
        self.chance = chance
        self._path = folder / "journal.jsonl"
        self.disk.note([state])

    def live(self) -> None:
        """Write for a while; processes are killed and calls fail on the way."""
        for _ in range(self.chance.randrange(1, 4)):
            mishap = self.chance.choice(["kill", "fail", "none"])
            number = self.disk.calls + self.chance.randrange(40)
            self.disk.kill_at = number if mishap == "kill" else -1
            self.disk.fail_at = number if mishap == "fail" else -1
            try:
                with contextlib.suppress(StoreError, OSError):
                    self._process()
            except FakeKill:
                pass
            self.disk.end_process()
            # What the process has left behind is what the next one sees.
            if self._path.exists():
                self.state = on_disk(self._path)

    def _process(self) -> None:
        db = JournalDB(self._path, disk=self.disk)
        assert not db.storage.damage
        # It shows what it found, so that must be there from now on.
        self.disk.note([self.state])
        for _ in range(self.chance.randrange(1, 12)):
            self._commit(db)
            if self.chance.random() < 0.15:
                db.storage.compact(lambda: self._commit(db))
        if self.chance.random() < 0.5:
            db.close()

    def _commit(self, db: JournalDB) -> None:
        operations = random_operations(self.chance)
        after = performed(self.state, operations)
        self.disk.note([self.state, after])
        try:
            perform(db, operations)
        except StoreError:
            if not db.storage._journal._stopped:
                self.disk.note([self.state])
            return
        self.state = after
        self.disk.note([after])


@pytest.mark.timeout(3600)
@rounds(40, 4_000)
def test_any_power_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rounds: int) -> None:
    monkeypatch.setattr(journal_module, "RESERVE", 8_192)
    chance = random.Random(rounds)
    state: State = {}
    torn = lost = 0
    folder = tmp_path / "0"
    folder.mkdir()
    for number in range(rounds):
        life = Life(folder, state, chance)
        life.live()
        for cut in range(LOSSES):
            after = tmp_path / f"{number}-{cut}"
            after.mkdir()
            point = chance.randrange(len(life.disk.log) + 1)
            files, possible = life.disk.after_power_loss(max(point, 1), chance)
            for name, content in files.items():
                (after / name).write_bytes(content)
            path = after / "journal.jsonl"
            found = on_disk(path) if path.exists() else {}
            assert found in possible, (number, cut, point)
            if cut < LOSSES - 1:
                JournalDB(path, disk=FakeHastyDisk()).close()
                assert on_disk(path) == found
            torn += (after / "journal.torn-1").exists()
            lost += len(possible) == 2 and found == possible[0]
            state = found
        # The next life goes on with what the last loss has left.
        _remove(folder)
        for cut in range(LOSSES - 1):
            _remove(tmp_path / f"{number}-{cut}")
        folder = after
        for file in folder.glob("journal.torn-*"):
            file.unlink()
    assert torn > rounds // 10
    assert lost > rounds // 10


def _remove(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
