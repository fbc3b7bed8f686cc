"""Errors of the command line's parser, in the words that the rest of the program uses."""

from __future__ import annotations

import difflib
import math
import re
from typing import Any, TypeAlias

import click

Kind: TypeAlias = "click.ParamType[Any]"


def said(error: click.ClickException) -> str:
    """Return one line for what the parser refuses: what is wrong, what it must be, where to look.

    Args:
        error: As click raised it.
    """
    text = _words(error)
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None:
        return text
    joined = f"{text} See" if text.endswith("?") else f"{text}; see"
    return f"{joined} `{context.command_path} --help`"


def _words(error: click.ClickException) -> str:
    """Return what is wrong."""
    if isinstance(error, click.MissingParameter) and error.param is not None:
        return f"{_name(error.param)} is missing{_meant(error.param)}"
    if isinstance(error, click.BadParameter) and error.param is not None:
        return f"{_name(error.param)} {_must(error.param.type, error.message)}"
    if isinstance(error, click.NoSuchOption):
        near = [name for name in error.possibilities or () if name.startswith("--")]
        near = difflib.get_close_matches(error.option_name, near, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        return f"no option {error.option_name}{hint}"
    if isinstance(error, click.BadOptionUsage):
        return f"{error.option_name} {_usage(error.message)}"
    extra = re.match(r"Got unexpected extra arguments? \((.*)\)", error.message, re.DOTALL)
    if extra:
        return f"more arguments than it takes: {extra[1]}"
    line = " ".join(error.format_message().split()).rstrip(".")
    if unknown := re.fullmatch(r"No such command '(.*?)'(?:\. Did you mean '(.*)'\?)?", line):
        hint = f"; did you mean {unknown[2]!r}?" if unknown[2] else ""
        return f"no command {unknown[1]!r}{hint}"
    return line


def _name(param: click.Parameter) -> str:
    """Return what a user calls it: the argument as the help writes it, or the longest option."""
    if isinstance(param, click.Argument):
        return param.metavar or str(param.name).upper()
    return max(param.opts, key=len)


def _meant(param: click.Parameter) -> str:
    """Return the help of an option that must be given: ``: Corpus folder, …``."""
    words = getattr(param, "help", None)
    return f" ({words[0].lower()}{words[1:].rstrip('.')})" if words else ""


def _usage(message: str) -> str:
    """Return what is wrong with an option that has no value, or has one and takes none."""
    return "takes no value" if "does not take" in message else "needs a value"


def _must(kind: Kind, message: str) -> str:
    """Return what a value must be, and what it is."""
    given = re.match(r"('.*'|\S+) is (?:not|a |in )", message, re.DOTALL)
    value = f", not {given[1]}" if given else ""
    if isinstance(kind, click.Choice):
        choices = list(map(str, kind.choices))
        near = difflib.get_close_matches(given[1].strip("'") if given else "", choices, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        return f"must be {' or '.join(choices)}{value}{hint}"
    if isinstance(kind, click.IntRange | click.types.IntParamType):
        return f"must be a whole number{_limits(kind)}{value}"
    if isinstance(kind, click.FloatRange | click.types.FloatParamType):
        return f"must be a number{_limits(kind)}{value}"
    if folder := re.match(r"Directory '(.*)' (does not exist|is a file)", message, re.DOTALL):
        return f"{folder[1]}: {'a file, not a' if folder[2] == 'is a file' else 'no such'} folder"
    text = " ".join(message.split()).rstrip(".")
    return text[:1].lower() + text[1:]


def _limits(kind: Kind) -> str:
    """Return the limits of a number: " from 1 to 200", " of 1 or more"."""
    low, high = getattr(kind, "min", None), getattr(kind, "max", None)
    if low is not None and high not in (None, math.inf):
        return f" from {low:g} to {high:g}"
    return f" of {low:g} or more" if low is not None else ""
