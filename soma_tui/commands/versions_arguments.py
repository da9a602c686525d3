"""The arguments of `soma versions`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

KEEP = 10
"""How many versions pruning leaves where nothing else is said."""


def add_to(parsers: Any, run: Callable[..., int]) -> None:
    """Adds the sub-command to `parsers`."""
    group = parsers.add_parser("versions", help="what training made: list, deploy, roll back")
    actions = group.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, meaning in (
        ("list", "all versions, which one serves, and how they went"),
        ("show", "one with its evaluation"),
        ("deploy", "let one answer, from the next answer on"),
        ("rollback", "let that answer which did before"),
        ("compare", "let two answer the same question, side by side"),
        ("export", "one merged into its base: a GGUF file, or a checkpoint's folder"),
        ("prune", "remove old ones; never the serving one, its parent, or the one before"),
    ):
        action = actions.add_parser(name, help=meaning)
        if name in ("show", "deploy", "export"):
            action.add_argument("name", metavar="VERSION", help="such as soma-v3")
        if name in ("list", "rollback", "prune"):
            action.add_argument("--specialist", metavar="NAME", help="whose")
        if name == "deploy":
            action.add_argument(
                "--anyway", action="store_true", help="also one that was not found to be better"
            )
        if name == "compare":
            action.add_argument("versions", nargs=2, metavar="VERSION", help="or base")
            action.add_argument("text", metavar="QUESTION")
            action.add_argument("--max-tokens", type=int, metavar="N", help="longest answer")
            action.add_argument("--seed", type=int, metavar="N", help="the same gives the same")
        if name == "export":
            _add_export(action)
        if name == "prune":
            action.add_argument(
                "--keep", type=int, default=KEEP, metavar="N", help=f"the newest that stay ({KEEP})"
            )
        action.add_argument("--json", action="store_true", help="print one JSON object")
        action.set_defaults(run=run)


def _add_export(action: Any) -> None:
    action.add_argument("out", metavar="OUT", help="a file that ends with .gguf, or a new folder")
    action.add_argument(
        "--outtype", default="f16", metavar="TYPE", help="f32, f16, bf16, q8_0, q4_k_m … (f16)"
    )
    action.add_argument("--base", metavar="DIR", help="the checkpoint that it was trained on")
    action.add_argument("--overwrite", action="store_true", help="replace a file that is there")
