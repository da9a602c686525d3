"""Working out an arithmetic expression exactly, within bounds; nothing is ever executed."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from fractions import Fraction

from store.errors import SomaError

LONGEST_EXPRESSION = 200
MOST_BITS = 4096
"""How large the numerator and the denominator of a number may become."""
MOST_DECIMALS = 40
_SIGNIFICANT = 15
_WRITTEN_OTHERWISE = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "^": "ↀ"})
_POWER = "ↀ"
_SUMS: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: lambda one, other: Fraction(one // other),
    ast.Mod: operator.mod,
}


class CalculationError(SomaError):
    """The expression cannot be worked out; the message says why."""


def calculate(text: str) -> str:
    """What an expression of numbers, + - * / // % ** and brackets comes to.

    Exact: 0.1 + 0.2 is 0.3, and what has no end as a decimal number is given as a fraction with 15
    digits beside it. Raises CalculationError.
    """
    expression = text.translate(_WRITTEN_OTHERWISE).replace(_POWER, "**").strip().rstrip("=?")
    if len(expression) > LONGEST_EXPRESSION:
        raise CalculationError(f"an expression has {LONGEST_EXPRESSION} characters at most")
    try:
        tree = ast.parse(expression.strip(), mode="eval")
        return shown(_value(tree.body, expression.strip()))
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise CalculationError("it is no arithmetic expression, such as (3 + 4) * 12") from error
    except ZeroDivisionError as error:
        raise CalculationError("nothing can be divided by 0") from error


def shown(value: Fraction) -> str:
    """A number in digits, as a decimal where that has an end within 40 places."""
    if value.denominator == 1:
        return str(value.numerator)
    places = _places(value.denominator)
    if places is None:
        return f"{value.numerator}/{value.denominator} (about {_about(value)})"
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


def _value(node: ast.expr, text: str) -> Fraction:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return _bounded(_number(value, ast.get_source_segment(text, node) or ""))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, text)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand, text)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(_value(left, text), _value(right, text))
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _SUMS:
            return _bounded(_SUMS[type(sign)](_value(left, text), _value(right, text)))
    raise CalculationError("only numbers, + - * / // % ** and brackets are understood")


def _number(value: int | float, written: str) -> Fraction:
    """The number as it is written, which a float need not be."""
    if isinstance(value, int):
        return Fraction(value)
    exponent = written.lower().partition("e")[2]
    if exponent and abs(int(exponent)) > MOST_BITS:
        raise CalculationError("the number becomes too large")
    return Fraction(written)


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1:
        raise CalculationError("a power has a whole number as its exponent")
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if bits > 1 and abs(exponent) * (bits - 1) > MOST_BITS:
        raise CalculationError("the number becomes too large")
    return _bounded(Fraction(base**exponent.numerator))


def _bounded(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MOST_BITS:
        raise CalculationError("the number becomes too large")
    return value


def _places(denominator: int) -> int | None:
    """How many decimal places a fraction of that denominator has; None where they have no end."""
    twos = fives = 0
    while denominator % 2 == 0:
        denominator, twos = denominator // 2, twos + 1
    while denominator % 5 == 0:
        denominator, fives = denominator // 5, fives + 1
    places = max(twos, fives)
    return places if denominator == 1 and places <= MOST_DECIMALS else None


def _about(value: Fraction) -> str:
    from decimal import Context, Decimal

    context = Context(prec=_SIGNIFICANT)
    return f"{context.divide(Decimal(value.numerator), Decimal(value.denominator))}"
