"""Keeps the index of recall up to date in the background, and embeds what has no vector yet."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from store.errors import SomaError
from store.recall import Recall, RecallStatus

_log = logging.getLogger(__name__)
SECONDS_AFTER_OPENING = 1.0
SECONDS_BETWEEN_STEPS = 0.002
SECONDS_TO_WAIT = 0.25
TEXTS_AT_ONCE = 16
WORTH_TELLING = 200
TOLD_EVERY = 160

OnProgress = Callable[[RecallStatus], None]


class RecallKeeper:
    """A thread that follows what is stored. It rests while `may_embed` says no.

    What it did is kept: after an interruption it goes on where it was. `on_progress` is called in
    its thread while there is much to embed, and with the last of it.
    """

    def __init__(
        self,
        recall: Recall,
        may_embed: Callable[[], bool] = lambda: True,
        on_progress: OnProgress = lambda status: None,
    ) -> None:
        self._recall = recall
        self._may_embed = may_embed
        self._on_progress = on_progress
        self._news = threading.Event()
        self._closing = threading.Event()
        self._tidied = False
        self._thread = threading.Thread(target=self._work, name="recall", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Something was stored: look at it soon."""
        self._news.set()

    def close(self) -> None:
        """End the thread, within the time that a few texts take to embed."""
        self._closing.set()
        self._news.set()
        self._thread.join()

    def _work(self) -> None:
        # The first frame and the first words of the user come before the index.
        self._closing.wait(SECONDS_AFTER_OPENING)
        try:
            while not self._closing.is_set():
                self._news.clear()
                self._index()
                if not self._embed():
                    return
                self._news.wait()
        except SomaError as error:
            _log.warning("recall goes on by words: %s", error)
        except Exception:
            _log.exception("the thread of recall")

    def _index(self) -> None:
        while not self._closing.is_set() and not self._recall.follow():
            self._closing.wait(SECONDS_BETWEEN_STEPS)

    def _embed(self) -> bool:
        """Embed what there is to embed; False where the end has come."""
        told = 0
        while not self._closing.is_set():
            if not self._may_embed():
                self._closing.wait(SECONDS_TO_WAIT)
                continue
            done = self._recall.embed_some(TEXTS_AT_ONCE)
            if not done:
                if not self._tidied:
                    self._tidied = True
                    self._recall.tidy()
                if told:
                    self._on_progress(self._recall.status())
                return True
            told += done
            if told % TOLD_EVERY < TEXTS_AT_ONCE:
                status = self._recall.status()
                if told > TOLD_EVERY or status.missing > WORTH_TELLING:
                    self._on_progress(status)
        return False
