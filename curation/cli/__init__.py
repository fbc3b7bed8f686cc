"""The command line: one small module a verb, imported only when that verb runs."""

from __future__ import annotations

import difflib
import importlib
import json
import os
import sys
from typing import Any

import click

from curation.errors import FULL, CurationError

VERBS: dict[str, tuple[str, str]] = {
    "build": ("curation.cli.build", "Build the next version of a corpus from a recipe."),
    "diff": ("curation.cli.diff", "Show what changed between two versions."),
    "explain": ("curation.cli.explain", "Say what became of a document, and why."),
    "fetch": ("curation.cli.fetch", "Fetch the sources of a recipe, and pin what was got."),
    "fidelity": ("curation.cli.fidelity", "Check that a corpus says what its raw files say."),
    "pii": ("curation.cli.pii", "Measure the masking of personal data on labelled texts."),
    "query": ("curation.cli.query", "Run SQL over documents and ledger."),
    "recipe": ("curation.cli.recipe", "List the shipped recipes, or show one filled in."),
    "sample": ("curation.cli.sample", "Print some documents, kept or dropped."),
    "show": ("curation.cli.show", "Print the text of a document."),
    "similar": ("curation.cli.similar", "List the documents most similar to one, or to a text."),
    "sources": ("curation.cli.sources", "List the sources, or start a new one."),
    "stats": ("curation.cli.stats", "Count documents, words and reasons, by any column."),
    "sweep": ("curation.cli.sweep", "Preview another threshold of a quality rule."),
    "train-classifier": (
        "curation.cli.train_classifier",
        "Train a classifier that recipes can measure with.",
    ),
    "verify": ("curation.cli.verify", "Check that a version is whole and its counts balance."),
    "versions": ("curation.cli.versions", "List the versions of a corpus."),
}
"""Verb to the module that holds ``command``, and its line in the help."""


class _ReaderLeftError(Exception):
    """Whoever read the output has gone, as `head` does: nothing is wrong."""


class Verbs(click.Group):
    """A group that knows its commands by name and imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs, sorted."""
        return sorted(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one verb."""
        if cmd_name not in VERBS:
            return None
        command: click.Command = importlib.import_module(VERBS[cmd_name][0]).command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb; click would end with exit code 1 where the reader of a pipe leaves."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise _ReaderLeftError from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Resolve a verb; an unknown one names the nearest."""
        name = args[0]
        if name not in VERBS and not name.startswith("-"):
            near = difflib.get_close_matches(name, VERBS, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"no command {name!r}{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, VERBS[name][1]) for name in sorted(VERBS)])


def _print_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value:
        from importlib.metadata import version

        click.echo(f"curation {version('medical-corpus-curation')}")
        ctx.exit()


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, envvar="CURATION_DEBUG", help="Show tracebacks.")
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version.",
)
@click.pass_context
def program(ctx: click.Context, debug: bool) -> None:
    """Turn PubMed, open-access papers and guidelines into a pretraining corpus.

    \b
    curation build data/sample/recipe.toml --out corpus
    curation stats corpus
    curation explain corpus pubmed:99000012

    \b
    Exit codes: 0 done · 1 done, but more inputs failed than tolerated ·
    2 wrong usage, recipe or id · 3 a check found a fault, nothing was
    published · 4 locked by another build · 5 could not finish ·
    130 interrupted

    \b
    Tab completion: eval "$(_CURATION_COMPLETE=bash_source curation)"
    """
    ctx.obj = {"debug": debug}


def _interrupted(arguments: list[str]) -> str:
    resumes = arguments[:1] in (["build"], ["fetch"])
    return "interrupted" + ("; the same command goes on where it was" if resumes else "")


def main(args: list[str] | None = None) -> None:
    """Run the program; every error ends in one line and an exit code of the contract."""
    arguments = sys.argv[1:] if args is None else args
    debug = "--debug" in arguments or bool(os.environ.get("CURATION_DEBUG"))
    if "_CURATION_COMPLETE" in os.environ:
        from click.shell_completion import add_completion_class

        from curation.cli.completion import Bash

        add_completion_class(Bash)
    try:
        code: Any = program.main(arguments, prog_name="curation", standalone_mode=False)
    except click.exceptions.Abort:
        _leave(130, _interrupted(arguments), arguments)
    except click.ClickException as error:
        if isinstance(error, click.exceptions.NoArgsIsHelpError):
            error.show()
            sys.exit(error.exit_code)
        from curation.cli.wording import said

        _leave(error.exit_code, said(error), arguments)
    except CurationError as error:
        if debug:
            raise
        _leave(error.exit_code, str(error), arguments)
    except KeyboardInterrupt:
        _leave(130, _interrupted(arguments), arguments)
    except _ReaderLeftError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except MemoryError:
        _leave(5, "out of memory; give fewer --workers", arguments)
    except Exception as error:
        if debug:
            raise
        _leave(5, _unexpected(error), arguments)
    sys.exit(code if isinstance(code, int) else 0)


def _unexpected(error: Exception) -> str:
    """Return one line for an error that nothing foresaw; its message may hold text: type only."""
    if isinstance(error, RuntimeError):  # as numba's, where it finds no folder for its cache
        from curation.warm import no_cache

        if problem := no_cache():
            return problem
    if isinstance(error, OSError) and error.errno:
        place = f"{error.filename}: " if error.filename else ""
        advice = "; free some space and run it again" if error.errno in FULL else ""
        return f"{place}{os.strerror(error.errno)}{advice}"
    name = type(error).__name__
    return f"unexpected {name}; run `curation --debug …` and report what it prints"


def _leave(code: int, message: str, arguments: list[str]) -> None:
    from curation.cli.common import remark

    if "--json" in arguments:
        click.echo(json.dumps({"error": message, "code": code}), err=True)
    else:
        remark(f"curation: {message}")
    sys.exit(code)
