"""Compile a kernel when it is first called, for exactly one signature.

numba compiles a function with an explicit signature while the module is imported. That would make
every start of the program pay for kernels it never calls, so the compilation is put off until the
first call. The explicit signature still holds: a view of an Arrow buffer is read-only, which is
another type than a writable array, and without it the same kernel would be compiled twice.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from numba import njit, types
from numba.extending import models, register_model

__all__ = [
    "BOOLS",
    "BYTES",
    "INT32S",
    "INT64S",
    "READ_BYTES",
    "READ_INT64S",
    "READ_UINT32S",
    "READ_UINT64S",
    "UINT32S",
    "UINT64S",
    "compile_all",
    "compiled",
    "helper",
    "inlined",
    "plain",
]

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

READ_BYTES = types.Array(types.uint8, 1, "C", readonly=True)
READ_UINT32S = types.Array(types.uint32, 1, "C", readonly=True)
READ_UINT64S = types.Array(types.uint64, 1, "C", readonly=True)
READ_INT64S = types.Array(types.int64, 1, "C", readonly=True)
BYTES = types.Array(types.uint8, 1, "C")
INT64S = types.Array(types.int64, 1, "C")
INT32S = types.Array(types.int32, 1, "C")
UINT32S = types.Array(types.uint32, 1, "C")
UINT64S = types.Array(types.uint64, 1, "C")
BOOLS = types.Array(types.boolean, 1, "C")


def compiled(
    *arguments: types.Type,
    allocates: bool = True,
) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Decorate a kernel so that it is compiled on its first call and cached on disk.

    The kernel itself may call only functions that numba can see (``njit``), not others that this
    decorator made.

    Args:
        arguments: numba types of the parameters, in order. A read-only array type also accepts a
            writable array.
        allocates: Whether the kernel makes arrays; see `plain`.

    Returns:
        A decorator that keeps the kernel's Python signature.
    """

    def decorate(kernel: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        @functools.cache
        def build() -> Callable[Parameters, Result]:
            options = _COMMON if allocates else _PLAIN
            built: Callable[Parameters, Result] = njit(
                arguments, cache=True, nogil=True, **options
            )(kernel)
            return built

        _BUILDERS.append(build)

        @functools.wraps(kernel)
        def call(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            return build()(*args, **kwargs)

        return call

    return decorate


_COMMON = {"no_cfunc_wrapper": True}  # nothing asks for a C function
_PLAIN = {**_COMMON, "_nrt": False, "error_model": "numpy"}


class _Callee(types.Dispatcher):  # type: ignore[misc,unused-ignore]
    """The type of a helper for numba: a constant argument is no reason to compile it once more."""

    def get_call_type(self, context: Any, args: Any, kws: Any) -> Any:
        """Return the signature of a call; numba's name."""
        named = {name: types.unliteral(kind) for name, kind in kws.items()}
        return super().get_call_type(context, tuple(map(types.unliteral, args)), named)


register_model(_Callee)(models.OpaqueModel)  # as that of the class above


def _callee(**options: Any) -> Any:
    """Return a decorator for functions that kernels call.

    They are compiled without an entry from Python, which is a sixth of the time that kernels take
    to compile. Python calls them as they are written.
    """

    def decorate(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        built = njit(no_cpython_wrapper=True, **options)(function)
        # numba asks values for this type; the type does not keep what it compiles alive.
        vars(function).update(_numba_type_=_Callee(built), built=built)
        return function

    return decorate


helper = _callee(**_COMMON)
"""Decorate a function that kernels call; compiled into each of them, it is not cached itself."""

plain = _callee(**_PLAIN)
"""The same for one that allocates nothing.

numba counts references to arrays with atomic operations, also in a loop over words; that took a
third of the time of the quality pass. Without its run time it cannot, nor make an array.
"""

inlined = _callee(**_PLAIN, forceinline=True)
"""The same for a function in a hot loop: LLVM leaves large ones as calls, which pass every array on
the stack.
"""


_BUILDERS: list[Callable[[], object]] = []


def compile_all() -> None:
    """Compile every kernel of the modules that are imported, or load it from numba's cache."""
    for build in _BUILDERS:
        build()
