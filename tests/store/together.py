"""Run functions in threads at once."""

from __future__ import annotations

import threading
from collections.abc import Callable


def run_together(*works: Callable[[], None]) -> None:
    """Run functions at once; the first exception of one is raised here."""
    failures: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for failure in failures:
        raise failure
