"""Where SOMA keeps its files: one folder, `SOMA_HOME` or the platform's data directory."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from store.errors import SomaError


@dataclass(frozen=True, slots=True)
class Home:
    """The data directory; `root` may hold everything that SOMA ever writes."""

    root: Path

    @classmethod
    def from_environment(cls) -> Home:
        """Give the directory named by `SOMA_HOME`, else the platform's own place for data."""
        named = os.environ.get("SOMA_HOME", "").strip()
        if named:
            return cls(Path(named).expanduser().absolute())
        from platformdirs import user_data_dir

        return cls(Path(user_data_dir("soma", appauthor=False)))

    @property
    def db(self) -> Path:
        """The journal and its lock."""
        return self.root / "db"

    @property
    def models(self) -> Path:
        """GGUF files and checkpoints that the user added."""
        return self.root / "models"

    @property
    def runs(self) -> Path:
        """The folders of training runs; made when the first begins."""
        return self.root / "runs"

    @property
    def versions(self) -> Path:
        """The versions that training made, and which one serves; made with the first."""
        return self.root / "versions"

    @property
    def cache(self) -> Path:
        """What can be made again, such as the GGUF file of the starter model."""
        return self.root / "cache"

    @property
    def logs(self) -> Path:
        """The logs of SOMA and of llama.cpp."""
        return self.root / "logs"

    @property
    def socket(self) -> Path:
        """The Unix socket through which headless commands reach the SOMA that is open."""
        return self.root / "socket"

    def create(self) -> None:
        """Make the folders that are missing, readable by their owner alone (mode 0700).

        Raises SomaError with the folder's name where one cannot be made or written to.
        """
        for folder in (self.root, self.db, self.models, self.cache, self.logs):
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            except (FileExistsError, NotADirectoryError) as error:
                raise SomaError(
                    f"cannot keep data in {folder}: a file is in its place; "
                    "move it away or set SOMA_HOME to another folder"
                ) from error
            except OSError as error:
                raise SomaError(
                    f"cannot create the folder {folder}: {_reason(error)}; "
                    "set SOMA_HOME to a folder that you may write to"
                ) from error
            if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
                raise SomaError(
                    f"cannot write to the folder {folder}; "
                    "give yourself write permission or set SOMA_HOME to another folder"
                )


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
