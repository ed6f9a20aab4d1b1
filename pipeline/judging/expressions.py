"""Expressions over a document's own figures, such as `kinds == largest + 1`: arithmetic and comparisons."""

import ast
import operator
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

_BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARED: dict[type, Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "round": lambda value, digits=0: round(value, int(digits)),
    "words": lambda text: len(str(text).split()),
}
Value = Decimal | str


def number_or_text(text: str) -> Value:
    """Read a figure: a number where it is one (`11,258` too), else the text itself."""
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        return text


def holds(expression: str, figures: Mapping[str, str]) -> bool:
    """Check an expression over figures as printed. Raises ValueError, naming the part, for anything it does not know.

    There are + - * / // %, comparisons (chained ones too), `and`, `or`, `abs`, `round` and `words` (of a text).
    """
    try:
        tree = ast.parse(expression, mode="eval").body
    except SyntaxError:
        raise ValueError(f"holds: '{expression}' is not an expression") from None
    found = _value(tree, {name: number_or_text(text) for name, text in figures.items()})
    if not isinstance(found, bool):
        raise ValueError(f"holds: '{expression}' must be true or false; compare two sides")
    return found


def _value(node: ast.expr, figures: Mapping[str, Value]) -> Any:
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.Constant(value=int() | float() as figure) if not isinstance(figure, bool):
            return Decimal(str(figure))
        case ast.Name(id=name) if name in figures:
            return figures[name]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _applied(_BINARY[type(op)], _value(left, figures), _value(right, figures))
        case ast.Compare():
            return _compared(node, figures)
        case ast.BoolOp(op=op, values=parts):
            return (all if isinstance(op, ast.And) else any)(_value(part, figures) for part in parts)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            return _applied(_FUNCTIONS[name], *(_value(arg, figures) for arg in args))
    raise ValueError(f"holds: '{ast.unparse(node)}' is not known; write figures, numbers, + - * / and comparisons")


def _applied(function: Callable[..., Any], *values: Any) -> Any:
    try:
        return function(*values)
    except (TypeError, ArithmeticError) as error:
        raise ValueError(f"holds: {', '.join(map(str, values))}: {type(error).__name__}") from None


def _compared(node: ast.Compare, figures: Mapping[str, Value]) -> bool:
    sides = [_value(side, figures) for side in (node.left, *node.comparators)]
    for place, op in enumerate(node.ops):
        if type(op) not in _COMPARED:
            raise ValueError(f"holds: '{ast.unparse(node)}' is not known; compare with == != < <= > >=")
        if not _applied(_COMPARED[type(op)], sides[place], sides[place + 1]):
            return False
    return True
