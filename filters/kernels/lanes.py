"""Reads of several bytes at once, and counts of bits, which numba has no expression for.

None of them checks bounds: callers pad their buffers. Byte order is little endian, as on every
machine that numba supports.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped,unused-ignore]
from numba import types
from numba.extending import intrinsic

__all__ = [
    "LANES",
    "SPAN",
    "byte_sets",
    "count_bits",
    "filled_bytes",
    "load_lane",
    "trailing_zeros",
]

LANES = 64
"""Bytes that `filled_bytes` reads."""

SPAN = 32
"""Bytes that `byte_sets` reads."""

_WORD = ir.IntType(64)
_BYTES = ir.VectorType(ir.IntType(8), LANES)


def _load(context: Any, builder: Any, signature: Any, arguments: Any, loaded: Any) -> Any:
    """Generate an unaligned load of a type at an index of a byte array."""
    array = context.make_array(signature.args[0])(context, builder, arguments[0])
    place = builder.gep(array.data, [arguments[1]])
    return builder.load(builder.bitcast(place, loaded.as_pointer()), align=1)


@intrinsic
def load_lane(typing_context: Any, data: Any, at: Any) -> Any:
    """Load eight bytes of a uint8 array at any index, as uint64."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _load(context, builder, signature, arguments, _WORD)

    return types.uint64(data, types.int64), generate


@intrinsic
def filled_bytes(typing_context: Any, data: Any, at: Any) -> Any:
    """Load `LANES` bytes of a uint8 array and return a uint64 with a bit for each that is not 0."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        loaded = _load(context, builder, signature, arguments, _BYTES)
        zeros = ir.Constant(_BYTES, [0] * LANES)
        return builder.bitcast(builder.icmp_unsigned("!=", loaded, zeros), _WORD)

    return types.uint64(data, types.int64), generate


@intrinsic
def trailing_zeros(typing_context: Any, value: Any) -> Any:
    """Count the zero bits below the lowest set bit of a uint64 that is not 0, as int64."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), generate


@intrinsic
def count_bits(typing_context: Any, value: Any) -> Any:
    """Count the set bits of an int64, as int64."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.int64), generate


def _in_range(builder: Any, loaded: Any, first: int, last: int) -> Any:
    """Generate a comparison of every byte with a range: one bit a byte."""
    kind = loaded.type
    moved = builder.sub(loaded, ir.Constant(kind, [first] * SPAN))
    return builder.icmp_unsigned("<=", moved, ir.Constant(kind, [last - first] * SPAN))


def byte_sets(*sets: str) -> Any:
    """Make an intrinsic that tells, for `SPAN` bytes at an index, which lie in some sets.

    Args:
        sets: Ranges of bytes in hexadecimal (``41-5A 61-7A``, one byte alone ``2E``). A range is
            a subtraction and a comparison of all bytes at once.

    Returns:
        A function of a uint8 array and an index that returns as many int64: bit k of each tells
        whether byte k behind the index is in that set.
    """
    kind = ir.VectorType(ir.IntType(8), SPAN)
    bounds = [[tuple(int(n, 16) for n in part.split("-")) for part in one.split()] for one in sets]

    @intrinsic
    def marks(typing_context: Any, data: Any, at: Any) -> Any:
        result = types.UniTuple(types.int64, len(bounds))

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            loaded = _load(context, builder, signature, arguments, kind)
            found = []
            for ranges in bounds:
                bits = [_in_range(builder, loaded, part[0], part[-1]) for part in ranges]
                held = bits[0]
                for further in bits[1:]:
                    held = builder.or_(held, further)
                found.append(builder.zext(builder.bitcast(held, ir.IntType(SPAN)), _WORD))
            return context.make_tuple(builder, result, found)

        return result(data, types.int64), generate

    return marks
