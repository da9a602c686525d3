"""Settings of a model: what they take, how they are kept, what they give way to."""

from __future__ import annotations

from dataclasses import fields

import pytest

from agents.engine.engine import EngineOptions
from agents.engine.sampling import SamplingSettings
from agents.model_settings import FIELDS, ModelSettings, ModelSettingsStore, SettingError, parse
from store.database import Database
from store.paths import Home
from store.settings import Settings


def test_every_setting_has_its_range() -> None:
    assert [field.name for field in fields(ModelSettings)] == list(FIELDS)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("temperature", "0.5", 0.5),
        ("temperature", " 1 ", 1.0),
        ("top_k", "40", 40),
        ("context", "8,192", 8192),
        ("min_p", "0", 0.0),
        ("top_p", "1", 1.0),
        ("threads", "", None),
        ("threads", "default", None),
        ("threads", None, None),
        ("max_tokens", 100, 100),
    ],
)
def test_a_text_is_read_as_a_person_writes_it(name, text, value) -> None:
    parsed = parse(name, text)
    assert (parsed, type(parsed)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("temperature", "-1", "temperature cannot be -1; it takes a number from 0 to 100"),
        ("temperature", "0,5", "temperature cannot be 0,5; it takes a number from 0 to 100"),
        ("temperature", "nan", "temperature cannot be nan; it takes a number from 0 to 100"),
        ("top_p", "0", "top_p cannot be 0; it takes a number above 0 and at most 1"),
        ("min_p", "1", "min_p cannot be 1; it takes a number of at least 0 and below 1"),
        ("top_k", "2.5", "top_k cannot be 2.5; it takes a whole number from 0 to 1,000,000"),
        ("context", "10", "context cannot be 10; it takes a whole number from 256 to 1,048,576"),
        ("threads", "many", "threads cannot be many; it takes a whole number from 1 to 256"),
        ("threads", True, "threads cannot be True; it takes a whole number from 1 to 256"),
        ("warmth", "1", "there is no setting 'warmth'; there are temperature, top_k"),
    ],
)
def test_a_wrong_value_is_refused_in_one_line_with_the_range(name, text, said) -> None:
    with pytest.raises(SettingError) as caught:
        parse(name, text)
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["9" * 400, "9" * 5000, "1e999"])
def test_numbers_without_end_are_refused(text: str) -> None:
    with pytest.raises(SettingError, match="it takes a whole number from 1 to 1,000,000"):
        parse("max_tokens", text)


def test_the_ends_of_every_range_are_those_of_the_sampler() -> None:
    for name in ("temperature", "top_k", "top_p", "min_p", "repeat_penalty"):
        field = FIELDS[name]
        least = field.least + (1e-6 if field.above_least else 0)
        most = field.most - (1e-6 if field.below_most else 0)
        for value in (least, most):
            assert ModelSettings(**{name: value}).sampling(SamplingSettings())


def test_what_is_not_set_is_the_model_s_own() -> None:
    own = SamplingSettings(temperature=0.3, top_k=20, repeat_penalty=1.1)
    assert ModelSettings().sampling(own) == own
    mixed = ModelSettings(temperature=1.5, min_p=0.2).sampling(own)
    assert (mixed.temperature, mixed.min_p, mixed.top_k) == (1.5, 0.2, 20)


def test_what_was_asked_for_at_the_start_goes_before() -> None:
    settings = ModelSettings(context=1024, threads=3, gpu_layers=0)
    plain = settings.engine_options(EngineOptions())
    assert (plain.context, plain.threads, plain.gpu_layers) == (1024, 3, 0)
    asked = settings.engine_options(EngineOptions(context=512, threads=1, slots=3))
    assert (asked.context, asked.threads, asked.gpu_layers, asked.slots) == (512, 1, 0, 3)


def test_they_are_kept_by_model_and_survive_a_restart(home: Home) -> None:
    with Database.open(home) as database:
        store = ModelSettingsStore(Settings(database))
        store.set("one", ModelSettings(temperature=0.1, context=512))
        store.set("two", ModelSettings(top_k=5))
    with Database.open(home) as database:
        store = ModelSettingsStore(Settings(database))
        assert store.get("one") == ModelSettings(temperature=0.1, context=512)
        assert store.get("two") == ModelSettings(top_k=5)
        assert store.get("three") == ModelSettings()
        store.forget("one")
        assert store.get("one") == ModelSettings()
        assert store.get("two") == ModelSettings(top_k=5)


def test_changes_go_over_what_is_set_and_a_wrong_one_changes_nothing() -> None:
    settings = ModelSettings(temperature=0.1, top_k=5)
    changed = settings.changed({"temperature": "default", "threads": "2"})
    assert changed == ModelSettings(top_k=5, threads=2)
    with pytest.raises(SettingError):
        settings.changed({"top_k": "6", "temperature": "hot"})


def test_a_stored_value_that_is_no_longer_allowed_is_left_out(home: Home) -> None:
    with Database.open(home) as database:
        settings = Settings(database)
        settings.set("model_settings:one", {"temperature": 900, "top_k": 5, "old": 1})
        assert ModelSettingsStore(settings).get("one") == ModelSettings(top_k=5)
