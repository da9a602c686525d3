"""The sub-commands of `soma`: their arguments, and which module runs each."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module
from typing import Any

from soma_tui.commands import (
    demo_arguments,
    evaluate_arguments,
    memory_arguments,
    team_arguments,
    train_arguments,
    versions_arguments,
)

AddOptions = Callable[[argparse.ArgumentParser], None]
_Parsers = Any
MODEL_SETTINGS = (
    "temperature", "top_k", "top_p", "min_p", "repeat_penalty", "max_tokens", "context", "threads",
    "gpu_layers",
)  # fmt: skip
"""The fields of `agents.model_settings`, named here so that `soma --help` need not import it."""
LEFT_OUT = ("memory", "adapter")
"""That of `agents.why`, named here for the same reason."""


def add_to(parsers: _Parsers, add_model_options: AddOptions) -> None:
    """Adds every sub-command to `parsers`; its module is imported when it runs."""
    _add_ask(parsers, add_model_options)
    _add_conversations(parsers, add_model_options)
    _add_models(parsers)
    memory_arguments.add_to(parsers, _lazily("memory", "run"))
    _add_recall(parsers)
    _add_convert(parsers)
    _add_export(parsers)
    team_arguments.add_to(parsers, _lazily, add_model_options)
    train_arguments.add_to(parsers, _lazily("train", "run"))
    versions_arguments.add_to(parsers, _lazily("versions", "run"))
    evaluate_arguments.add_to(parsers, _lazily("evaluate", "run"))
    demo_arguments.add_to(parsers, _lazily("demo", "run"))
    setup = parsers.add_parser("setup", help="get the training tools, or the model of recall")
    setup.add_argument("what", choices=["training", "recall"], help="what to get")
    setup.add_argument("--yes", action="store_true", help="do not ask before downloading")
    setup.set_defaults(run=_lazily("setup", "run"))
    keys = parsers.add_parser("keys", help="every action with its keys, and how to change them")
    keys.add_argument("--json", action="store_true", help="print one JSON object")
    keys.set_defaults(run=_lazily("keys", "run"))
    doctor = parsers.add_parser("doctor", help="check versions, hardware, data directory, journal")
    doctor.add_argument(
        "--repair", action="store_true", help="save what can be read of a damaged journal"
    )
    doctor.add_argument("--json", action="store_true", help="print JSON")
    doctor.set_defaults(run=_lazily("doctor", "run"))


def _add_ask(parsers: _Parsers, add_model_options: AddOptions) -> None:
    ask = parsers.add_parser("ask", help="ask something; the answer streams to standard output")
    ask.add_argument("text", nargs="?", help="the message; - reads it from standard input")
    _FILE(ask)
    ask.add_argument("--conversation", type=int, metavar="ID", help="go on in a conversation")
    ask.add_argument(
        "--specialist", metavar="A,B", help="who is to answer; several do it as a team"
    )
    ask.add_argument(
        "--why", type=int, metavar="MESSAGE",
        help="give that answer again, as it was and with one thing other; nothing is stored",
    )  # fmt: skip
    ask.add_argument("--without", choices=LEFT_OUT, help="with --why: what is left out (memory)")
    ask.add_argument("--by", metavar="SPECIALIST", help="with --why: who is to answer instead")
    ask.add_argument(
        "--keep", action="store_true", help="with --why: keep the other answer as a branch"
    )
    _add_answer_options(ask, add_model_options)
    ask.set_defaults(run=_lazily("ask", "run"))


def _add_answer_options(parser: argparse.ArgumentParser, add_model_options: AddOptions) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end")
    add_model_options(parser)
    parser.add_argument("--max-tokens", type=int, metavar="N", help="longest answer in tokens")
    parser.add_argument("--stop", action="append", metavar="TEXT", help="end before this text")
    for name, kind, meaning in (
        ("temperature", float, "0 always takes the likeliest token"),
        ("top-k", int, "draw from the K likeliest tokens; 0 is off"),
        ("top-p", float, "draw from the likeliest tokens that make up this share; 1 is off"),
        ("min-p", float, "drop tokens less likely than this share of the likeliest; 0 is off"),
        ("repeat-penalty", float, "above 1 discourages what was just said"),
        ("seed", int, "the same seed gives the same draw"),
    ):
        parser.add_argument(f"--{name}", type=kind, help=meaning, metavar="X")


def _add_conversations(parsers: _Parsers, add_model_options: AddOptions) -> None:
    group = parsers.add_parser("conversations", help="list, show, search, change, delete, export")
    actions = group.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, meaning in (
        ("list", "all conversations, newest first"),
        ("show", "the messages of one"),
        ("search", "find words in titles and messages"),
        ("edit", "send another text in the place of a message; the answer streams"),
        ("regenerate", "a further answer in the place of the last; it streams"),
        ("branch", "show the branch through a message"),
        ("rate", "say what an answer is worth"),
        ("rename", "give one another title"),
        ("delete", "delete one with its messages"),
        ("restore", "bring back a deleted one"),
        ("export", "one as Markdown"),
    ):
        action = actions.add_parser(name, help=meaning)
        for argument in _ARGUMENTS[name]:
            argument(action)
        if name in ("edit", "regenerate"):
            _add_answer_options(action, add_model_options)
            action.set_defaults(run=_lazily("again", name))
            continue
        if name != "export":
            action.add_argument("--json", action="store_true", help="print JSON")
        action.set_defaults(run=_lazily("conversations", "run"))


def _argument(*names: str, **options: Any) -> AddOptions:
    def add(parser: argparse.ArgumentParser) -> None:
        parser.add_argument(*names, **options)

    return add


_FILE = _argument(
    "--file", action="append", metavar="PATH", help="attach a text file; may be repeated"
)
_CONVERSATION = _argument("conversation", type=int, metavar="ID")
_MESSAGE = _argument(
    "message", type=int, metavar="MESSAGE", help="its number; `show ID --branches` says it"
)
_ARGUMENTS: dict[str, tuple[AddOptions, ...]] = {
    "list": (_argument("--deleted", action="store_true", help="those that can be restored"),),
    "show": (
        _CONVERSATION,
        _argument("--branches", action="store_true", help="with messages' numbers, alternatives"),
    ),
    "search": (_argument("text", help="words that must all occur"),),
    "edit": (
        _MESSAGE,
        _argument("text", help="the new text; - reads it from standard input"),
        _FILE,
    ),
    "regenerate": (
        _CONVERSATION,
        _argument("--message", type=int, metavar="N", help="in the place of this answer"),
    ),
    "branch": (
        _CONVERSATION,
        _MESSAGE,
        _argument("--end", action="store_true", help="up to it: the next message follows it"),
    ),
    "rate": (
        _MESSAGE,
        _argument("value", choices=["up", "down", "none"], help="none takes the rating away"),
        _argument("--better", metavar="TEXT", help="a better answer; - reads standard input"),
    ),
    "rename": (_CONVERSATION, _argument("title")),
    "delete": (
        _CONVERSATION,
        _argument("--now", action="store_true", help="for good, at once"),
    ),
    "restore": (_CONVERSATION,),
    "export": (_CONVERSATION, _argument("--out", metavar="FILE", help="write to a file")),
}


def _add_recall(parsers: _Parsers) -> None:
    taken = parsers.add_parser("import", help="take in conversations of other programs")
    taken.add_argument(
        "path",
        metavar="FILE",
        help="an export of ChatGPT or Claude, zipped or not, or JSON lines",
    )
    taken.add_argument(
        "--words-only", action="store_true", help="do not wait until all is found by meaning, too"
    )
    taken.add_argument("--json", action="store_true", help="print one JSON object")
    taken.set_defaults(run=_lazily("recall", "take_in"))
    recall = parsers.add_parser("recall", help="find what was said, by words and by meaning")
    recall.add_argument("text", nargs="?", help="what to look for; - reads standard input")
    recall.add_argument("--queries", metavar="FILE", help='many at once: {"query": …} a line')
    recall.add_argument("--limit", type=int, metavar="N", help="most hits (10)")
    recall.add_argument("--conversation", metavar="ID", help="only in one conversation")
    recall.add_argument("--json", action="store_true", help="print JSON")
    recall.set_defaults(run=_lazily("recall", "run"))


def _add_convert(parsers: _Parsers) -> None:
    convert = parsers.add_parser(
        "convert",
        help="make a GGUF file of a model's or an adapter's folder",
        usage="soma convert [options] DIR OUT.gguf\n"
        "       soma convert [options] --adapter DIR --base DIR [--merge] OUT.gguf",
    )
    convert.add_argument(
        "path",
        nargs="+",
        metavar="PATH",
        help="a folder with config.json, tokenizer.json and safetensors; the file to write",
    )
    convert.add_argument("--adapter", metavar="DIR", help="a LoRA adapter that peft saved")
    convert.add_argument("--base", metavar="DIR", help="the model that it was trained on")
    convert.add_argument(
        "--merge", action="store_true", help="one model of both; OUT may be a new folder, too"
    )
    convert.add_argument(
        "--modelfile", action="store_true", help="write a Modelfile for Ollama beside OUT.gguf"
    )
    convert.add_argument("--outtype", metavar="TYPE", help="f32, f16, bf16, q8_0, q4_k_m, q6_k …")
    convert.add_argument("--name", help="the name that the model carries (the folder's)")
    convert.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    convert.add_argument("--json", action="store_true", help="print one JSON object")
    convert.set_defaults(run=_lazily("convert", "run"))


def _add_export(parsers: _Parsers) -> None:
    export = parsers.add_parser("export", help="what a model can learn from you, for training")
    export.description = (
        "Writes as examples what you said is good: answers rated up, better answers, confirmed "
        "facts, standing instructions, passages of documents. A tenth is sealed, to measure by."
    )
    export.add_argument("--out", metavar="FILE", help="a new file, one example a line")
    export.add_argument(
        "--format", choices=["chat", "sharegpt", "alpaca"], default="chat", help="(chat)"
    )
    export.add_argument(
        "--split", choices=["train", "dev", "sealed"], default="train", help="(train)"
    )
    export.add_argument("--stats", action="store_true", help="only numbers, and what is rejected")
    export.add_argument("--specialist", metavar="NAME", help="only the examples of one")
    export.add_argument(
        "--longest", type=int, metavar="N", help="most tokens of an example, by the starter (2048)"
    )
    export.add_argument("--json", action="store_true", help="print one JSON object")
    export.set_defaults(run=_lazily("export", "run"))


def _add_models(parsers: _Parsers) -> None:
    group = parsers.add_parser("models", help="list, add, use, remove, set GGUF models")
    actions = group.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, meaning in (
        ("list", "the models that SOMA knows"),
        ("add", "remember a GGUF file where it lies"),
        ("pull", "download a model from the Hugging Face hub"),
        ("offers", "real models that can be downloaded by name"),
        ("use", "the model that SOMA opens with"),
        ("remove", "forget a model; its file stays"),
        ("settings", "print or change how a model answers and is loaded"),
    ):
        action = actions.add_parser(name, help=meaning)
        if name in ("add", "use"):
            action.add_argument(
                "model", metavar="NAME|PATH", help="a model of `list --found`, or a GGUF file"
            )
        elif name == "pull":
            _add_pull(action)
        elif name not in ("list", "offers"):
            action.add_argument("name", metavar="NAME")
        if name == "list":
            action.add_argument(
                "--found", action="store_true", help="look in the folders of other programs, too"
            )
        if name == "settings":
            _add_model_settings(action)
        action.add_argument("--json", action="store_true", help="print JSON")
        action.set_defaults(run=_lazily("models", "run"))


def _add_pull(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Says size and licence, then downloads; Ctrl+C stops it and the same command goes on. "
        "HF_TOKEN opens repositories that ask for consent, HF_ENDPOINT names another hub."
    )
    parser.add_argument(
        "reference",
        metavar="MODEL",
        help="a name of `models offers`, OWNER/NAME, OWNER/NAME:QUANT or OWNER/NAME/FILE.gguf",
    )
    parser.add_argument(
        "--checkpoint", action="store_true", help="safetensors and tokenizer, to convert or train"
    )


def _add_model_settings(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Without options, prints what is set, what each setting does and which values it takes. "
        "The value `default` gives a setting back to the model."
    )
    parser.add_argument("--reset", action="store_true", help="give back all that are not named")
    for name in MODEL_SETTINGS:
        parser.add_argument(f"--{name.replace('_', '-')}", dest=name, metavar="X")


def _lazily(module: str, function: str) -> Callable[..., int]:
    def run(*arguments: Any) -> int:
        chosen = getattr(import_module(f"soma_tui.commands.{module}"), function)
        code: int = chosen(*arguments)
        return code

    return run
