"""What the tab key offers: recipes, ids, columns, rules and versions of the corpus at hand."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import BashComplete, CompletionItem, split_arg_string

from curation.errors import CurationError, UsageError

if TYPE_CHECKING:
    from curation.corpus import Corpus

OFFERED = 50
"""Ids that are offered at most."""

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]
Names = Callable[[click.Context, str], Iterable[str]]


def offered(names: Names) -> Complete:
    """Return what click asks: the names that begin as typed.

    Args:
        names: Gets the arguments before and what is typed. An error of it is no matter here: the
            command will say it.
    """

    def complete(ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
        try:
            return [CompletionItem(name) for name in names(ctx, begun) if name.startswith(begun)]
        except CurationError:
            return []

    return complete


def recipes(_ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Offer the shipped recipes that begin as typed, else files."""
    from curation.recipe import shipped

    named = [CompletionItem(name) for name in shipped() if name.startswith(begun)]
    return [CompletionItem(begun, type="file"), *named]


def _opened(ctx: click.Context) -> Corpus:
    """Return the corpus that the line names; behind an option without value it is left over."""
    from curation.corpus import Corpus

    named = ctx.params.get("corpus") or next(iter(ctx.args), None)
    if named is None:
        raise UsageError("no corpus is named yet")
    return Corpus(named)


def _ids(ctx: click.Context, begun: str) -> Iterable[str]:
    sql = "SELECT DISTINCT id FROM ledger WHERE starts_with(id, ?) ORDER BY id LIMIT ?"
    return [row[0] for row in _opened(ctx).database.rows(sql, [begun, OFFERED])]


def _columns(ctx: click.Context, begun: str) -> Iterable[str]:
    database = _opened(ctx).database
    return dict.fromkeys((*database.columns("ledger"), *database.columns("documents")))


def _sources(ctx: click.Context, begun: str) -> Iterable[str]:
    return list(_opened(ctx).manifest["sources"])


def _rules(ctx: click.Context, begun: str) -> Iterable[str]:
    from filters.rules import merge

    return dict.fromkeys(rule.name for rules in merge({}).values() for rule in rules)


def _versions(ctx: click.Context, begun: str) -> Iterable[str]:
    from curation import manifest

    return [*manifest.versions(str(ctx.params["corpus"])), "latest"]


ids, columns, sources = offered(_ids), offered(_columns), offered(_sources)
rules, versions = offered(_rules), offered(_versions)


class Bash(BashComplete):
    """Completion for Bash, where a colon ends a word: ids have one."""

    _cut = ""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before and what is typed, with what Bash took apart in one piece."""
        words = os.environ["COMP_WORDS"].split("\n")[: int(os.environ["COMP_CWORD"]) + 1]
        whole = split_arg_string(re.sub(r"\n:\n?", ":", "\n".join(words)))
        begun = whole.pop() if words[-1] else ""
        if len(words) > 1 and ":" in words[-2:]:  # only what is behind the colon is replaced
            self._cut = begun[: begun.rindex(":") + 1]
        return whole[1:], begun

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """Return an item as the script reads it, without what stays on the line."""
        return f"{item.type},{str(item.value).removeprefix(self._cut)}"
