"""Whether a machine has time for a long run: its processors and its power."""

from __future__ import annotations

import os

IDLE = 0.4
"""The most that all processors together may do while a machine counts as idle, as a share, where
nothing else is asked for."""


class Machine:
    """Looks at this machine, from one look to the next."""

    def __init__(self) -> None:
        self._looked = False

    def idle(self, most: float = IDLE) -> bool:
        """Whether the processors did at most this share since the last look; False at the first.

        Without psutil the system's average of the last minute is taken.
        """
        try:
            import psutil
        except ImportError:
            return os.getloadavg()[0] <= most * (os.cpu_count() or 1)
        share = psutil.cpu_percent(interval=None) / 100
        looked, self._looked = self._looked, True
        return looked and share <= most

    def on_mains(self) -> bool:
        """Whether it runs on mains power; a machine that has no battery does."""
        try:
            import psutil
        except ImportError:
            return True
        look = getattr(psutil, "sensors_battery", None)
        battery = look() if look is not None else None
        return battery is None or battery.power_plugged is not False
