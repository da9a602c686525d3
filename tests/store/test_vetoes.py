from __future__ import annotations

from store.database import Database
from store.paths import Home
from store.vetoes import Veto, Vetoes


def test_a_veto_outlives_a_restart_is_kept_once_and_can_be_taken_back(home: Home) -> None:
    with Database.open(home) as database:
        vetoes = Vetoes(database)
        first = vetoes.keep(["message:2", "message:2"], ["b", "a"])
        assert first == Veto(("message:2",), ("a", "b"))
        vetoes.keep(["message:2"], ["a", "b"])
        vetoes.keep(["fact:3", "fact:1"], ["c"])
    with Database.open(home) as database:
        vetoes = Vetoes(database)
        assert vetoes.all() == [first, Veto(("fact:1", "fact:3"), ("c",))]
        assert vetoes.lift(["message:9"]) == []
        assert vetoes.lift(["fact:3"]) == [Veto(("fact:1", "fact:3"), ("c",))]
        assert vetoes.all() == [first]
