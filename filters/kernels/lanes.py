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
    "BUCKET",
    "GROUP",
    "LANES",
    "SPAN",
    "byte_sets",
    "count_bits",
    "filled_bytes",
    "fold_bytes",
    "group_minima",
    "held_in_bucket",
    "leading_zeros",
    "least",
    "load_lane",
    "trailing_zeros",
]

LANES = 64
"""Bytes that `filled_bytes` and `fold_bytes` read."""

GROUP = 32
"""Permutations that `group_minima` takes at once: two vectors of sixteen, which with their factors,
summands and minima fit the registers of AVX2 as well as those of AVX-512."""

SPAN = 32
"""Bytes that `byte_sets` reads."""

BUCKET = 4
"""Keys in a bucket of `held_in_bucket`: with their values they fill a cache line."""

_WORD = ir.IntType(64)
_BYTES = ir.VectorType(ir.IntType(8), LANES)
_VALUES = ir.VectorType(ir.IntType(32), 16)


def _place(context: Any, builder: Any, kind: Any, array: Any, at: Any, held: Any) -> Any:
    """Generate a pointer to a value of a type at an index of an array."""
    made = context.make_array(kind)(context, builder, array)
    return builder.bitcast(builder.gep(made.data, [at]), held.as_pointer())


def _load(context: Any, builder: Any, signature: Any, arguments: Any, loaded: Any) -> Any:
    """Generate an unaligned load of a type at an index of a byte array."""
    place = _place(context, builder, signature.args[0], arguments[0], arguments[1], loaded)
    return builder.load(place, align=1)


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
    """Count the zero bits below the lowest set bit of a uint64, as int64; 64 for 0."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), generate


@intrinsic
def leading_zeros(typing_context: Any, value: Any) -> Any:
    """Count the zero bits above the highest set bit of a uint64, as int64; 64 for 0."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctlz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), generate


@intrinsic
def count_bits(typing_context: Any, value: Any) -> Any:
    """Count the set bits of an int64, as int64."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.int64), generate


@intrinsic
def held_in_bucket(typing_context: Any, table: Any, first: Any, key: Any) -> Any:
    """Return what a bucket holds for a key, 0 for a key that it does not have.

    The bucket is `BUCKET` keys of a uint64 array from ``first`` on, and their values behind them.
    All are compared at once and without a branch: where a key is found is hard to foresee.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.VectorType(_WORD, BUCKET)
        nothing = ir.Constant(kind, ir.Undefined)
        keys, values = (
            builder.load(
                _place(context, builder, signature.args[0], arguments[0], place, kind), align=8
            )
            for place in (
                arguments[1], builder.add(arguments[1], ir.Constant(_WORD, BUCKET)),
            )
        )  # fmt: skip
        lane = builder.insert_element(nothing, arguments[2], ir.Constant(ir.IntType(32), 0))
        spread = ir.Constant(ir.VectorType(ir.IntType(32), BUCKET), [0] * BUCKET)
        wanted = builder.shuffle_vector(lane, nothing, spread)
        none = ir.Constant(kind, [0] * BUCKET)
        found = builder.select(builder.icmp_unsigned("==", keys, wanted), values, none)
        reduce = builder.module.declare_intrinsic(
            f"llvm.vector.reduce.or.v{BUCKET}i64", (), ir.FunctionType(_WORD, [kind])
        )
        return builder.call(reduce, [found])

    return types.uint64(table, types.int64, types.uint64), generate


def _in_range(builder: Any, loaded: Any, first: int, last: int) -> Any:
    """Generate a comparison of every byte with a range: one bit a byte."""
    kind = loaded.type
    moved = builder.sub(loaded, ir.Constant(kind, [first] * kind.count))
    return builder.icmp_unsigned("<=", moved, ir.Constant(kind, [last - first] * kind.count))


@intrinsic
def fold_bytes(typing_context: Any, data: Any, at: Any, folded: Any, marks: Any, end: Any) -> Any:
    """Fold `LANES` bytes as if all were ASCII: ``data`` from ``at`` on, to ``end`` of both outputs.

    ``marks`` receives the bytes as they are; ``folded``, which may be the same array, letters in
    lower case and digits, and 0 for all others. Returns a uint64 with a bit for each byte that is
    not ASCII.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kinds = signature.args
        loaded = _load(context, builder, signature, arguments, _BYTES)
        lower = builder.or_(loaded, ir.Constant(_BYTES, [0x20] * LANES))
        zeros = ir.Constant(_BYTES, [0] * LANES)
        digits = builder.select(_in_range(builder, loaded, 0x30, 0x39), loaded, zeros)
        words = builder.select(_in_range(builder, lower, 0x61, 0x7A), lower, digits)
        for array, values in ((3, loaded), (2, words)):
            place = _place(context, builder, kinds[array], arguments[array], arguments[4], _BYTES)
            builder.store(values, place, align=1)
        return builder.bitcast(builder.icmp_signed("<", loaded, zeros), _WORD)

    return types.uint64(data, types.int64, folded, marks, types.int64), generate


def byte_sets(*sets: str, span: int = SPAN) -> Any:
    """Make an intrinsic that tells, for some bytes at an index, which lie in some sets.

    Args:
        sets: Ranges of bytes in hexadecimal (``41-5A 61-7A``, one byte alone ``2E``). A range is
            a subtraction and a comparison of all bytes at once.
        span: How many bytes, 64 at most.

    Returns:
        A function of a uint8 array and an index that returns as many int64 (uint64 for 64 bytes):
        bit k of each tells whether byte k behind the index is in that set.
    """
    kind = ir.VectorType(ir.IntType(8), span)
    value = types.int64 if span < LANES else types.uint64
    bounds = [[tuple(int(n, 16) for n in part.split("-")) for part in one.split()] for one in sets]

    @intrinsic
    def marks(typing_context: Any, data: Any, at: Any) -> Any:
        result = types.UniTuple(value, len(bounds))

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            loaded = _load(context, builder, signature, arguments, kind)
            found = []
            for ranges in bounds:
                bits = [_in_range(builder, loaded, part[0], part[-1]) for part in ranges]
                held = bits[0]
                for further in bits[1:]:
                    held = builder.or_(held, further)
                bits = builder.bitcast(held, ir.IntType(span))
                found.append(builder.zext(bits, _WORD) if span < LANES else bits)
            return context.make_tuple(builder, result, found)

        return result(data, types.int64), generate

    return marks


@intrinsic
def least(typing_context: Any, values: Any, first: Any, stop: Any) -> Any:
    """Return the smallest value of a uint32 array between two indices, 2**32 - 1 for none.

    The array is read up to 15 values behind the last.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        word, lanes = _VALUES.element, ir.VectorType(_WORD, 16)
        most = ir.Constant(_VALUES, [0xFFFFFFFF] * 16)
        before = builder.block
        loop, behind = builder.append_basic_block("loop"), builder.append_basic_block("behind")
        builder.branch(loop)
        builder.position_at_end(loop)
        index, held = builder.phi(_WORD), builder.phi(_VALUES)
        loaded = builder.load(
            _place(context, builder, signature.args[0], arguments[0], index, _VALUES), align=4
        )
        left = builder.sub(arguments[2], index)
        nothing = ir.Constant(lanes, ir.Undefined)
        lane = builder.insert_element(nothing, left, ir.Constant(word, 0))
        spread = ir.Constant(ir.VectorType(word, 16), [0] * 16)
        limits = builder.shuffle_vector(lane, nothing, spread)
        inside = builder.icmp_signed("<", ir.Constant(lanes, list(range(16))), limits)
        value = builder.select(inside, loaded, most)
        smaller = builder.select(builder.icmp_unsigned("<", value, held), value, held)
        following = builder.add(index, ir.Constant(_WORD, 16))
        for phi, begin, again in ((index, arguments[1], following), (held, most, smaller)):
            phi.add_incoming(begin, before)
            phi.add_incoming(again, loop)
        builder.cbranch(builder.icmp_signed("<", following, arguments[2]), loop, behind)
        builder.position_at_end(behind)
        kind = ir.FunctionType(word, [_VALUES])
        reduce = builder.module.declare_intrinsic("llvm.vector.reduce.umin.v16i32", (), kind)
        return builder.call(reduce, [smaller])

    return types.uint32(values, types.int64, types.int64), generate


@intrinsic
def group_minima(
    typing_context: Any,
    hashes: Any,
    count: Any,
    factors: Any,
    summands: Any,
    first: Any,
    out: Any,
    at: Any,
) -> Any:
    """Take the minimum of `GROUP` permutations over ``count`` hashes, one or more.

    Permutations ``first`` and following, a * h + b modulo 2**32 each; their minima are written to
    ``out`` from ``at`` on. All arrays are uint32. Permutations lie side by side in vectors and
    every hash meets all of them: minima stay in registers, and nothing is folded at the end.
    """
    vectors = GROUP // 16

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kinds, word = signature.args, _VALUES.element

        def places(array: int, begin: Any) -> list[Any]:
            starts = [builder.add(begin, ir.Constant(_WORD, 16 * n)) for n in range(vectors)]
            return [
                _place(context, builder, kinds[array], arguments[array], start, _VALUES)
                for start in starts
            ]

        multiply = [builder.load(place, align=4) for place in places(2, arguments[4])]
        add = [builder.load(place, align=4) for place in places(3, arguments[4])]
        before = builder.block
        loop, behind = builder.append_basic_block("loop"), builder.append_basic_block("behind")
        builder.branch(loop)
        builder.position_at_end(loop)
        index = builder.phi(_WORD)
        minima = [builder.phi(_VALUES) for _ in range(vectors)]
        one = builder.load(_place(context, builder, kinds[0], arguments[0], index, word))
        nothing = ir.Constant(_VALUES, ir.Undefined)
        lane = builder.insert_element(nothing, one, ir.Constant(word, 0))
        value = builder.shuffle_vector(
            lane, nothing, ir.Constant(ir.VectorType(word, 16), [0] * 16)
        )
        following = builder.add(index, ir.Constant(_WORD, 1))
        index.add_incoming(ir.Constant(_WORD, 0), before)
        index.add_incoming(following, loop)
        smaller = []
        for held, factor, summand in zip(minima, multiply, add, strict=True):
            permuted = builder.add(builder.mul(value, factor), summand)
            smaller.append(
                builder.select(builder.icmp_unsigned("<", permuted, held), permuted, held)
            )
            held.add_incoming(ir.Constant(_VALUES, [0xFFFFFFFF] * 16), before)
            held.add_incoming(smaller[-1], loop)
        builder.cbranch(builder.icmp_signed("<", following, arguments[1]), loop, behind)
        builder.position_at_end(behind)
        for place, values in zip(places(5, arguments[6]), smaller, strict=True):
            builder.store(values, place, align=4)
        return context.get_dummy_value()

    kind = types.int64
    return types.void(hashes, kind, factors, summands, kind, out, kind), generate
