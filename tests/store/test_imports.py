from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from store import import_files
from store.conversations import Conversations
from store.database import Database
from store.import_files import ImportFileError
from store.import_formats import read_time
from store.imports import Importer, ImportReport
from store.paths import Home

Take = Callable[[Path], ImportReport]
JUNE = 1_717_200_000.0


@pytest.fixture
def take(database: Database) -> Take:
    return lambda path: Importer(database, "the system prompt").import_file(path)


def lines(path: Path, *values: Any) -> Path:
    text = "".join((v if isinstance(v, str) else json.dumps(v)) + "\n" for v in values)
    path.write_text(text, encoding="utf-8")
    return path


def talk(name: str, *texts: str, **more: Any) -> dict[str, Any]:
    messages = [
        {
            "id": f"{name}-{number}",
            "role": ("user", "assistant")[number % 2],
            "text": text,
            "time": JUNE + 60 * number,
        }
        for number, text in enumerate(texts)
    ]
    return {"conversation": name, "messages": messages, **more}


def node(
    name: str, parent: str | None, role: str = "user", text: str = "", **more: Any
) -> dict[str, Any]:
    message = None
    if role:
        message = {
            "id": f"m-{name}",
            "author": {"role": role, "name": None, "metadata": {}},
            "create_time": JUNE,
            "content": {"content_type": "text", "parts": [text]},
            "status": "finished_successfully",
            "recipient": "all",
            "metadata": {"model_slug": "gpt-x"},
            **more,
        }
    return {"id": name, "message": message, "parent": parent, "children": []}


def chatgpt(name: str = "c-1", *nodes: dict[str, Any], current: str = "") -> dict[str, Any]:
    return {
        "title": "Sailing in June",
        "create_time": JUNE,
        "update_time": JUNE + 100,
        "mapping": {node["id"]: node for node in nodes},
        "moderation_results": [],
        "current_node": current or nodes[-1]["id"],
        "conversation_id": name,
        "id": name,
        "some_new_field": {"nested": [1, 2]},
    }


TREE = chatgpt(
    "c-1",
    node("root", None, ""),
    node("system", "root", "system", "You are ChatGPT"),
    node("a", "system", "user", "Which harbour?"),
    node("b1", "a", "assistant", "Genoa"),
    node("tool", "a", "tool", "searched"),
    node("code", "tool", "assistant", "print(1)", recipient="python"),
    node("b2", "code", "assistant", "Rhodes"),
    node("c1", "b1", "user", "And when?"),
    node("d1", "c1", "assistant", "In June"),
    current="d1",
)
CLAUDE = {
    "uuid": "k-1",
    "name": "Bread",
    "created_at": "2024-06-01T00:00:00.000000Z",
    "updated_at": "2024-06-01T00:10:00.000000Z",
    "account": {"uuid": "x"},
    "chat_messages": [
        {
            "uuid": "k-1-1",
            "text": "How long?",
            "content": [{"type": "text", "text": "How long?", "citations": []}],
            "sender": "human",
            "created_at": "2024-06-01T00:00:01.000000Z",
            "attachments": [],
            "files": [],
        },
        {
            "uuid": "k-1-2",
            "text": "",
            "content": [
                {"type": "thinking", "thinking": "hmm"},
                {"type": "text", "text": "Twelve hours."},
            ],
            "sender": "assistant",
            "created_at": "2024-06-01T00:00:09.000000Z",
        },
        {"uuid": "k-1-3", "text": "", "content": [], "sender": "human"},
    ],
}


def shown(conversations: Conversations, conversation: int = 1) -> list[tuple[str, str]]:
    return [(m.role, m.text) for m in conversations.messages(conversation)]


# Our own lines.


def test_lines_become_conversations_with_their_times(
    take: Take, conversations: Conversations, tmp_path: Path
) -> None:
    report = take(lines(tmp_path / "a.jsonl", talk("x", "We sail", "When?"), talk("y", "Bread")))
    assert (report.new, report.messages, report.fault_count) == (2, 3, 0)
    assert shown(conversations) == [("user", "We sail"), ("assistant", "When?")]
    first = conversations.messages(1)[0]
    assert (first.created, first.state, first.parent) == (JUNE, "done", None)
    assert conversations.messages(1)[1].parent == first.id
    stored = conversations.get(1)
    assert (stored.title, stored.created, stored.updated) == ("We sail", JUNE, JUNE + 60)
    assert conversations.system_prompt(1) == "the system prompt"


def test_a_second_import_changes_nothing(
    take: Take, conversations: Conversations, tmp_path: Path, home: Home
) -> None:
    path = lines(tmp_path / "a.jsonl", talk("x", "We sail", "When?"), TREE, CLAUDE)
    take(path)
    before = [shown(conversations, number) for number in (1, 2, 3)]
    length = (home.db / "journal.jsonl").stat().st_size
    report = take(path)
    assert (report.known, report.new, report.messages, report.repeated) == (3, 0, 0, 9)
    assert [shown(conversations, number) for number in (1, 2, 3)] == before
    assert (home.db / "journal.jsonl").stat().st_size == length


def test_a_conversation_that_has_grown_gets_what_is_new(
    take: Take, conversations: Conversations, tmp_path: Path
) -> None:
    take(lines(tmp_path / "a.jsonl", talk("x", "We sail", "When?")))
    report = take(lines(tmp_path / "b.jsonl", talk("x", "We sail", "When?", "In June")))
    assert (report.grown, report.messages, report.repeated) == (1, 1, 2)
    assert [text for _, text in shown(conversations)] == ["We sail", "When?", "In June"]


def test_what_was_written_here_stays_shown(
    take: Take, conversations: Conversations, tmp_path: Path
) -> None:
    take(lines(tmp_path / "a.jsonl", talk("x", "We sail", "When?")))
    conversations.add_user(1, "Never mind")
    take(lines(tmp_path / "b.jsonl", talk("x", "We sail", "When?", "In June")))
    assert [text for _, text in shown(conversations)] == ["We sail", "When?", "Never mind"]
    alternatives = conversations.siblings(conversations.messages(1)[-1].id)
    assert [conversations.message(i).text for i in alternatives] == ["Never mind", "In June"]


def test_a_conversation_that_was_deleted_here_stays_deleted(
    take: Take, conversations: Conversations, tmp_path: Path
) -> None:
    path = lines(tmp_path / "a.jsonl", talk("x", "We sail"))
    take(path)
    conversations.delete(1)
    assert take(path).deleted == 1
    assert conversations.list() == []


def test_names_and_titles_are_kept_and_made_safe(
    take: Take, conversations: Conversations, database: Database, tmp_path: Path
) -> None:
    value = talk("../../x", "We sail\ud800", title="  A\x1b[31m title\n of two lines ")
    value["messages"][0]["name"] = "../../Ana\x07"
    take(lines(tmp_path / "a.jsonl", value))
    assert conversations.get(1).title == "A [31m title of two lines"
    assert conversations.messages(1)[0].text == "We sail\ufffd"
    assert database.table("messages").get(doc_id=1)["name"] == "../../Ana"


@pytest.mark.parametrize("number", [3, 1_717_200_000_000, "2024-06-01T00:00:00Z", "1717200000"])
def test_ids_may_be_numbers_and_times_of_many_forms(
    take: Take, conversations: Conversations, tmp_path: Path, number: Any
) -> None:
    message = {"id": 7, "role": "USER", "text": "We sail", "time": number, "extra": [1]}
    take(lines(tmp_path / "a.jsonl", {"conversation": 12, "messages": [message]}))
    assert conversations.messages(1)[0].created == (3 if number == 3 else JUNE)


# Bad lines are named, good ones are kept.


def test_bad_lines_are_named_and_good_ones_kept(
    take: Take, conversations: Conversations, tmp_path: Path
) -> None:
    path = lines(
        tmp_path / "a.jsonl",
        talk("x", "We sail"),
        "{not json",
        {"messages": []},
        {"conversation": "y"},
        [1, 2],
        "",
        "null",
        "[" * 100_000,
        {"conversation": "z", "messages": [{"role": "user", "text": "kept"}, 5, {"role": "user"}]},
        {"conversation": "r", "messages": [{"role": "wizard", "text": "x"}]},
    )
    report = take(path)
    assert [conversations.get(n).title for n in (1, 2)] == ["We sail", "kept"]
    assert report.faults == [
        "a.jsonl, line 2: is not JSON (Expecting property name enclosed in double quotes, "
        "column 2)",
        'a.jsonl, line 3: lacks "conversation"',
        'a.jsonl, line 4: lacks "messages", a list',
        "a.jsonl, line 5: is no conversation but a list",
        "a.jsonl, line 7: is no conversation but null",
        "a.jsonl, line 8: it is nested too deeply",
        "a.jsonl, line 9: message 2 is a number",
        'a.jsonl, line 9: message 3 lacks "text"',
        'a.jsonl, line 10: message 1 has the role \'wizard\', not "user" or "assistant"',
    ]


def test_a_time_in_the_future_is_taken_as_now(
    take: Take, conversations: Conversations, tmp_path: Path
) -> None:
    value = talk("x", "We sail", "When?")
    value["messages"][0]["time"] = time.time() + 10 * 86400
    value["messages"][1]["time"] = "soon"
    report = take(lines(tmp_path / "a.jsonl", value))
    assert report.faults == [
        "a.jsonl, line 1: message 2 has the time 'soon', which is none",
        "a.jsonl, line 1: message x-0 has a time in the future; it takes now",
    ]
    assert all(m.created <= time.time() for m in conversations.messages(1))
    assert len(conversations.messages(1)) == 2


def test_an_id_that_is_repeated_keeps_its_first_text(
    take: Take, conversations: Conversations, tmp_path: Path
) -> None:
    value = talk("x", "We sail", "When?")
    value["messages"].append({"id": "x-0", "role": "user", "text": "other"})
    value["messages"].append({"id": "x-1", "role": "assistant", "text": "When?"})
    report = take(lines(tmp_path / "a.jsonl", value, talk("x", "changed")))
    assert [text for _, text in shown(conversations)] == ["We sail", "When?"]
    kept = "the id x-0 is there already with another text, which is kept"
    assert report.faults == [f"a.jsonl, line {line}: {kept}" for line in (1, 2)]
    assert report.repeated == 3


def test_messages_without_ids_are_known_again(take: Take, tmp_path: Path) -> None:
    messages = [{"role": "user", "text": "a"}, {"role": "assistant", "text": "b"}]
    path = lines(tmp_path / "a.jsonl", {"conversation": "x", "messages": messages})
    assert take(path).messages == 2
    assert take(path).repeated == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", ""),
        (b"\x00\x01\x02binary\xff" * 50, "is not JSON"),
        (b"just words\n", "is not JSON"),
        (b'{"a": 1}', 'lacks "conversation"'),
        (b"[1, 2]", "is no conversation"),
        (b"[", "ends early"),
        (b'[{"x": tru', "is damaged"),
        (b"PK\x03\x04 no archive", "is not JSON"),
    ],
)
def test_a_file_of_another_kind_is_refused_in_one_line(
    take: Take, tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    if not said:
        assert take(path).conversations == 0
        return
    with pytest.raises(ImportFileError, match="name an export") as caught:
        take(path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_may_not_be_read_is_named(take: Take, tmp_path: Path) -> None:
    with pytest.raises(ImportFileError, match=r"nope\.jsonl cannot be read: No such file"):
        take(tmp_path / "nope.jsonl")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ImportFileError, match=r"holds no conversations\.json"):
        take(tmp_path / "empty")


# ChatGPT and Claude.


def test_chatgpt_s_tree_becomes_branches(
    take: Take, conversations: Conversations, tmp_path: Path
) -> None:
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps([TREE], indent=2), encoding="utf-8")
    report = take(path)
    assert (report.new, report.messages, report.faults) == (1, 5, [])
    assert conversations.get(1).title == "Sailing in June"
    assert shown(conversations) == [
        ("user", "Which harbour?"),
        ("assistant", "Genoa"),
        ("user", "And when?"),
        ("assistant", "In June"),
    ]
    genoa = conversations.messages(1)[1]
    assert genoa.model == "gpt-x"
    others = [conversations.message(i).text for i in conversations.siblings(genoa.id)]
    assert others == ["Genoa", "Rhodes"]


def test_chatgpt_s_parts_and_hidden_messages(
    take: Take, conversations: Conversations, tmp_path: Path
) -> None:
    image = {"content_type": "image_asset_pointer", "asset_pointer": "x"}
    voice = {"content_type": "audio_transcription", "text": "spoken"}
    multi = {"content_type": "multimodal_text", "parts": [image, "look", voice]}
    hidden = {"is_visually_hidden_from_conversation": True}
    value = chatgpt(
        "c",
        node("a", None, "user", "about me", metadata=hidden),
        node("b", "a", "user", content=multi),
        node("t", "b", "assistant", content={"content_type": "thoughts", "thoughts": []}),
        node("n", "t", "assistant", content=None),
        node("l", "ghost", "user", "whose parent is lost"),
        {"id": "odd", "message": 7, "parent": "b"},
    )
    value["mapping"]["none"] = None
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps([value]), encoding="utf-8")
    take(path)
    texts = {m.text for i in (1, 2) for m in [conversations.message(i)]}
    assert texts == {"look\n\nspoken", "whose parent is lost"}


def test_a_tree_that_bites_its_tail_ends(take: Take, tmp_path: Path) -> None:
    value = chatgpt("c", node("a", "b", "user", "x"), node("b", "a", "assistant", "y"))
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps([value, chatgpt("d", node("a", None, "user", "z"))]))
    assert take(path).messages == 1


def test_a_deep_tree_is_walked(take: Take, conversations: Conversations, tmp_path: Path) -> None:
    nodes = [node("0", None, "user", "0")]
    nodes += [
        node(str(n), str(n - 1), ("user", "assistant")[n % 2], str(n)) for n in range(1, 3000)
    ]
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps([chatgpt("deep", *nodes)]))
    assert take(path).messages == 3000
    assert [text for _, text in shown(conversations)] == [str(n) for n in range(3000)]


def test_claude_s_export(take: Take, conversations: Conversations, tmp_path: Path) -> None:
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps([CLAUDE]), encoding="utf-8")
    take(path)
    assert conversations.get(1).title == "Bread"
    assert shown(conversations) == [("user", "How long?"), ("assistant", "Twelve hours.")]
    assert conversations.messages(1)[0].created == JUNE + 1


@pytest.mark.parametrize("inside", ["conversations.json", "export/conversations-000.json"])
def test_an_archive_is_read_where_it_lies(
    take: Take, conversations: Conversations, tmp_path: Path, inside: str
) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../evil.json", "{}")
        archive.writestr("user.json", "{}")
        archive.writestr(inside, json.dumps([TREE, CLAUDE]))
    before = sorted(tmp_path.rglob("*"))
    assert take(path).new == 2
    assert sorted(p for p in tmp_path.rglob("*") if "soma" not in p.parts) == [
        p for p in before if "soma" not in p.parts
    ]
    assert conversations.get(2).title == "Bread"


def test_a_folder_that_was_unpacked(take: Take, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "conversations.json").write_text(json.dumps([TREE]))
    (folder / "projects.json").write_text("[]")
    assert take(folder).new == 1


def test_archives_that_are_damaged_locked_or_empty(take: Take, tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("user.json", "{}")
    with pytest.raises(ImportFileError, match=r"holds no conversations\.json"):
        take(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("conversations.json", json.dumps([TREE]))
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"Which harbour?", b"which harbour!"))
    with pytest.raises(ImportFileError, match="is a damaged archive"):
        take(path)
    locked = bytearray(whole)
    locked[6] |= 1
    locked[whole.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(locked))
    with pytest.raises(ImportFileError, match="is encrypted"):
        take(path)


def test_an_array_is_read_one_conversation_at_a_time(
    take: Take, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_files, "_BLOCK", 100)
    values = [talk(f"x{n}", "ünïcode 日本 " * n, 'quo"te\\') for n in range(40)]
    path = tmp_path / "conversations.json"
    for indent in (None, 1):
        path.write_text("\ufeff" + json.dumps(values, indent=indent, ensure_ascii=False))
        found = [value for _, value in import_files.read_file(path)]  # type: ignore[misc]
        assert found == values
    assert take(path).new == 40


def test_what_comes_before_damage_is_kept(take: Take, tmp_path: Path) -> None:
    values = [talk(f"x{n}", "We sail " * 50) for n in range(50)]
    text = json.dumps(values, indent=1)
    path = tmp_path / "conversations.json"
    for cut in range(100, len(text), 5000):
        path.write_text(text[:cut])
        report = [entry for entry in import_files.read_file(path)]
        assert isinstance(report[-1], import_files.Unreadable)
        assert len(report) in (whole := text[:cut].count('"conversation"'), whole + 1)
    path.write_text(text.replace('"x20"', '"x20" oops', 1))
    report_ = take(path)
    assert (report_.new, report_.fault_count) == (20, 1)
    assert "conversation 21: is damaged" in report_.faults[0]


def test_an_import_can_be_stopped_and_gone_on_with(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.imports.MESSAGES_A_COMMIT", 1)
    path = lines(tmp_path / "a.jsonl", *(talk(f"x{n}", "We sail") for n in range(10)))
    told: list[tuple[int, int]] = []
    first = Importer(database, "").import_file(
        path, lambda done, total, report: told.append((done, total)), lambda: len(told) >= 4
    )
    assert first.new == 4
    assert all(0 < done <= total == path.stat().st_size for done, total in told)
    second = Importer(database, "").import_file(path)
    assert (second.known, second.new) == (4, 6)


@pytest.mark.parametrize(
    ("value", "time_"),
    [
        (1.5, 1.5),
        (1717200000000, JUNE),
        ("1717200000.5", JUNE + 0.5),
        ("2024-06-01", JUNE),
        ("2024-06-01T02:00:00+02:00", JUNE),
        ("2024-06-01T00:00:00.000Z", JUNE),
        (None, None),
        (True, None),
        ("", None),
        ("soon", None),
        (-5, None),
        (1e300, None),
        (float("nan"), None),
        ([1], None),
        ({}, None),
    ],
)
def test_times(value: Any, time_: float | None) -> None:
    assert read_time(value) == time_
