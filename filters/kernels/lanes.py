"""Reads of several bytes at once, which numba has no expression for: three LLVM instructions.

None of them checks bounds: callers pad their buffers. Byte order is little endian, as on every
machine that numba supports.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped,unused-ignore]
from numba import types
from numba.extending import intrinsic

__all__ = ["LANES", "filled_bytes", "load_lane", "trailing_zeros"]

LANES = 64
"""Bytes that `filled_bytes` reads."""

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
