"""`soma demo` as it is typed in a terminal, on the starter, up to its end."""

from __future__ import annotations

from pathlib import Path

from tests.end_to_end.terminal import Terminal, soma

PATIENT = 900


def test_a_demo_comes_to_its_end_and_leaves_nothing(tmp_path: Path) -> None:
    home, scratch = tmp_path / "home", tmp_path / "scratch"
    scratch.mkdir()
    env = {"SOMA_HOME": str(home), "TMPDIR": str(scratch), "OMP_NUM_THREADS": "1"}
    terminal = Terminal(soma("demo", "--fast", "--conversations", "3"), env)
    try:
        terminal.until_shown("demo · week 1 of 4 · conversation 1 of 3", seconds=PATIENT)
        terminal.until_shown("enter begin", seconds=PATIENT)
        terminal.until_shown("train-1 trains: a real run", seconds=PATIENT)
        assert [path.name[:10] for path in scratch.iterdir()].count("soma-demo-") == 1
        terminal.until_shown("the demo is over", "The keyboard is yours", seconds=PATIENT)
        terminal.send("\x11")
        assert terminal.exit_code() == 0
    finally:
        terminal.process.close(force=True)
    last = terminal.text()
    assert "3 of 3 conversations: " in last
    told = " ".join(last.split())
    assert "soma-v1: " in told or "cannot be decided: " in told
    assert "The demo's data is removed" in last
    assert not home.exists()
    assert not list(scratch.glob("soma-demo-*"))
