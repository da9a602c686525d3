"""JSON schemas as llama.cpp's grammars (GBNF), by which a model can say nothing else.

Understood are `type` (object, array, string, integer, number, boolean, null), `properties` (all
of them are required, in their order), `items`, `minItems`, `maxItems`, `maxLength`, `enum`,
`const` and `anyOf`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from store.errors import SomaError

_SPACE = 'ws ::= " "?'
_PRIMITIVES = {
    "boolean": 'boolean ::= "true" | "false"',
    "null": 'null ::= "null"',
    "integer": 'integer ::= "-"? ("0" | [1-9] [0-9]{0,15})',
    "number": 'number ::= integer ("." [0-9]{1,16})? ([eE] [-+]? [0-9]{1,3})?',
    "char": r'char ::= [^"\\\x00-\x1F\x7F] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F]{4})',
}
_NEEDS = {"number": ("integer",)}
LONGEST_STRING = 1000


class SchemaError(SomaError):
    """The schema asks for something that no grammar is made of here."""


def json_grammar(schema: Mapping[str, Any]) -> str:
    """The grammar of all JSON texts that `schema` allows, without line ends between their parts.

    Raises SchemaError for what is not understood.
    """
    rules: dict[str, str] = {}
    root = _expression(schema, rules, "root")
    return "\n".join([f"root ::= {root}", *rules.values(), _SPACE]) + "\n"


def _expression(schema: Mapping[str, Any], rules: dict[str, str], name: str) -> str:
    if "const" in schema:
        return _literal(schema["const"])
    if "enum" in schema:
        return "(" + " | ".join(_literal(value) for value in schema["enum"]) + ")"
    if "anyOf" in schema:
        choices = enumerate(schema["anyOf"])
        return "(" + " | ".join(_named(one, rules, f"{name}-{n}") for n, one in choices) + ")"
    primitive = str(schema.get("type"))
    match primitive:
        case "object":
            return _object(schema, rules, name)
        case "array":
            return _array(schema, rules, name)
        case "string":
            _add(rules, "char")
            longest = int(schema.get("maxLength", LONGEST_STRING))
            return rf'"\"" char{{0,{longest}}} "\""'
        case "boolean" | "null" | "integer" | "number":
            _add(rules, primitive)
            return primitive
    raise SchemaError(f"a schema of the type {primitive!r} cannot be made a grammar")


def _object(schema: Mapping[str, Any], rules: dict[str, str], name: str) -> str:
    parts = []
    for number, (key, value) in enumerate(schema.get("properties", {}).items()):
        inner = _named(value, rules, f"{name}-{number}")
        parts.append(f'{_literal(key)} ws ":" ws {inner}')
    return '"{" ws ' + ' ws "," ws '.join(parts) + ' ws "}"' if parts else '"{" ws "}"'


def _array(schema: Mapping[str, Any], rules: dict[str, str], name: str) -> str:
    least, most = int(schema.get("minItems", 0)), int(schema.get("maxItems", 100))
    if not 0 <= least <= most:
        raise SchemaError(f"an array of {least} to {most} items cannot be made a grammar")
    if most == 0:
        return '"[" ws "]"'
    item = _named(schema.get("items", {}), rules, f"{name}-item")
    more = f'{item} (ws "," ws {item}){{{max(0, least - 1)},{most - 1}}}'
    return f'"[" ws {more} ws "]"' if least else f'"[" ws ({more})? ws "]"'


def _named(schema: Mapping[str, Any], rules: dict[str, str], name: str) -> str:
    """Gives what is longer than a word a rule of its own, so that it stands in the text once."""
    expression = _expression(schema, rules, name)
    if " " not in expression:
        return expression
    rules[name] = f"{name} ::= {expression}"
    return name


def _literal(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _add(rules: dict[str, str], primitive: str) -> None:
    for name in (*_NEEDS.get(primitive, ()), primitive):
        rules[name] = _PRIMITIVES[name]
