"""The other chats that SOMA is compared with: how they are installed, made ready and started."""

from __future__ import annotations

import json
import subprocess
import venv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from store.errors import SomaError


@dataclass(frozen=True, slots=True)
class Peer:
    """A program from the package registry; `sign` is text of its prompt in the first frame.

    `prepare` is Python that its own interpreter runs once, to give it what its prompt needs.
    """

    package: str
    version: str
    program: str
    sign: str
    note: str
    environment: Mapping[str, str] = field(default_factory=dict)
    prepare: str = ""


PEERS = (
    Peer(
        "elia-chat",
        "1.10.0",
        "elia",
        "Enter your message",
        "its home screen, which has the prompt; model prices are not asked for over the network",
        {"LITELLM_LOCAL_MODEL_COST_MAP": "True"},
    ),
    Peer(
        "oterm",
        "0.26.1",
        "oterm",
        "\N{HEAVY RIGHT-POINTING ANGLE QUOTATION MARK ORNAMENT}",
        "with one empty chat, without which it has no prompt, and its splash screen switched off",
        {},
        """
import asyncio
from oterm.config import appConfig
from oterm.store.store import Store
from oterm.types import ChatModel

async def main():
    store = await Store.get_store()
    await store.save_chat(ChatModel(name="chat", model="model"))

appConfig.set("splash-screen", False)
asyncio.run(main())
""",
    ),
)


def install(peer: Peer, envs: Path) -> Path:
    """The peer's virtual environment in the folder `envs`, made where it is not there yet.

    Raises SomaError with what pip said last where it cannot be installed.
    """
    folder = envs / f"{peer.package}-{peer.version}"
    if (folder / "bin" / peer.program).exists():
        return folder
    venv.create(folder, with_pip=True)
    command = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    wanted = f"{peer.package}=={peer.version}"
    run = subprocess.run([*command, wanted], capture_output=True, text=True)
    if run.returncode:
        said = " ".join(run.stderr.strip().splitlines()[-1:])
        raise SomaError(f"{wanted} could not be installed: {said}")
    return folder


def versions(folder: Path) -> dict[str, str]:
    """What is installed in an environment: each package with its version."""
    command = [str(folder / "bin" / "python"), "-m", "pip", "list", "--format", "json"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return {package["name"].lower(): package["version"] for package in json.loads(run.stdout)}


def home_of(folder: Path) -> dict[str, str]:
    """Environment variables that give a program an empty home in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    places = {f"XDG_{kind}_HOME": str(folder / kind) for kind in ("DATA", "CONFIG", "CACHE")}
    return {"HOME": str(folder), **places}


def prepare(peer: Peer, folder: Path, home: Mapping[str, str]) -> None:
    """Runs what the peer needs before its prompt is there."""
    if peer.prepare:
        command = [str(folder / "bin" / "python"), "-c", peer.prepare]
        subprocess.run(command, env={**home, **peer.environment}, check=True, capture_output=True)
