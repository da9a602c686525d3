"""A Modelfile, by which Ollama takes a GGUF file: `ollama create NAME -f Modelfile`."""

from __future__ import annotations

from pathlib import Path

from training.checkpoint import ConvertError
from training.output import new_file
from training.tokenizer_files import chat_template, read_settings

NAME = "Modelfile"
TEMPLATES = {
    "<start_of_turn>": (
        "<start_of_turn>user\n"
        "{{ if .System }}{{ .System }}\n\n{{ end }}{{ .Prompt }}<end_of_turn>\n"
        "<start_of_turn>model\n{{ .Response }}<end_of_turn>\n",
        ("<end_of_turn>",),
    ),
    "<|start_header_id|>": (
        "{{ if .System }}<|start_header_id|>system<|end_header_id|>\n\n{{ .System }}<|eot_id|>"
        "{{ end }}<|start_header_id|>user<|end_header_id|>\n\n{{ .Prompt }}<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n{{ .Response }}<|eot_id|>",
        ("<|eot_id|>", "<|start_header_id|>"),
    ),
    "<|im_start|>": (
        "{{ if .System }}<|im_start|>system\n{{ .System }}<|im_end|>\n{{ end }}"
        "<|im_start|>user\n{{ .Prompt }}<|im_end|>\n"
        "<|im_start|>assistant\n{{ .Response }}<|im_end|>\n",
        ("<|im_end|>", "<|im_start|>"),
    ),
    "[INST]": (
        "[INST] {{ if .System }}{{ .System }}\n\n{{ end }}{{ .Prompt }}[/INST] {{ .Response }}</s>",
        ("[INST]", "[/INST]"),
    ),
}
"""Ollama's template and what ends an answer, by a mark in the model's own chat template."""


def modelfile(checkpoint: Path, gguf: Path) -> str:
    """The text for a GGUF file that was made of the checkpoint in a folder.

    Where the chat template is of no known kind, Ollama is left to find one in the GGUF file.
    """
    lines = [f"FROM ./{gguf.name}"]
    own = chat_template(checkpoint, read_settings(checkpoint)) or ""
    for mark, (template, stops) in TEMPLATES.items():
        if mark in own:
            lines.append(f'TEMPLATE """{template}"""')
            lines += [f'PARAMETER stop "{stop}"' for stop in stops]
            break
    return "\n".join(lines) + "\n"


def write_modelfile(checkpoint: Path, gguf: Path, *, overwrite: bool = False) -> Path:
    """Writes `Modelfile` beside the GGUF file; gives its path.

    Raises ConvertError where it is there already and `overwrite` is not set.
    """
    file = gguf.parent / NAME
    with new_file(file, overwrite=overwrite) as scratch:
        scratch.write_text(modelfile(checkpoint, gguf), encoding="utf-8")
    return file


def check_modelfile(gguf: Path, *, overwrite: bool) -> None:
    """Raises ConvertError where `write_modelfile` would; to be asked before a long conversion."""
    if (gguf.parent / NAME).exists() and not overwrite:
        raise ConvertError(
            f"{gguf.parent / NAME} is there already; move it away, or add --overwrite"
        )
