"""git dagpatch review"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import click
import msgspec

from git_dagpatch.cli.arguments import (
    chosen_parts,
    first_parent_option,
    jobs_option,
    json_option,
    say_remarks,
    selection_options,
    series,
    sources,
    store_if_any,
)
from git_dagpatch.cli.configuration import remember, settings
from git_dagpatch.cli.terminal import is_coloured, page, style
from git_dagpatch.model.errors import UsageError
from git_dagpatch.model.impact import Impact
from git_dagpatch.model.review import Detail, Review
from git_dagpatch.model.text import safe
from git_dagpatch.porcelain.export import write_new
from git_dagpatch.porcelain.repository import Store
from git_dagpatch.porcelain.review import TERMS, Gate, Reviewed, held_up, review_based, review_commit, review_documents
from git_dagpatch.porcelain.selection import Terms, refuse_unmatched
from git_dagpatch.porcelain.sources import Document, Range
from git_dagpatch.report.review_text import Highlight, View, review_text
from git_dagpatch.report.review_words import Wish, gate_sentence

_USUAL_WIDTH = 80
_DRAFT_ALONE = "--draft goes with --staged or --worktree alone."
_IMPACT_ALONE = "--impact or --affected-tests goes with --json and what names commits and operations."


@click.command("review", short_help="Read what commits do, the important first.")
@click.argument("patches", nargs=-1, metavar="[PATCH|REV|RANGE]...")
@click.option("--staged", is_flag=True, help="What is staged since HEAD.")
@click.option("--worktree", is_flag=True, help="What is not staged; with --staged, all since HEAD.")
@click.option(
    "--show", multiple=True, metavar="NAME[,NAME]", help="Show operations of this kind or tag with all lines."
)
@click.option("--hide", multiple=True, metavar="NAME[,NAME]", help="Leave out operations of this kind or tag.")
@click.option(
    "--remember", "keep", is_flag=True, help="Keep what --show and --hide say in the repository's git config."
)
@click.option("--places", is_flag=True, help="List each place of what is told in one line.")
@click.option(
    "-U",
    "--unified",
    "context",
    type=click.IntRange(0),
    help="Lines around a change; default: up to 3 of the same definition, none around imports.",
)
@click.option("--markdown", is_flag=True, help="Markdown, for a comment on a pull request.")
@click.option("--draft", is_flag=True, help="Of --staged or --worktree: a commit message to start from.")
@click.option("--html", metavar="FILE", help="Write one page for a browser, which needs no network; - prints it.")
@click.option("-f", "--force", is_flag=True, help="Replace a page that holds something else.")
@click.option(
    "--impact", is_flag=True, help="Tell who uses the Python definitions that change, and how certain that is."
)
@click.option("--affected-tests", is_flag=True, help="List the files and tests for pytest that may be affected.")
@json_option
@click.option(
    "--exit-code",
    "gates",
    multiple=True,
    type=click.Choice([gate.value for gate in Gate]),
    help="Exit status 1 if an operation may change behaviour, or if one breaks what others may use.",
)
@selection_options
@first_parent_option
@jobs_option
def command(
    patches: tuple[str, ...],
    staged: bool,
    worktree: bool,
    show: tuple[str, ...],
    hide: tuple[str, ...],
    keep: bool,
    places: bool,
    context: int | None,
    markdown: bool,
    draft: bool,
    html: str | None,
    force: bool,
    impact: bool,
    affected_tests: bool,
    as_json: bool,
    gates: tuple[str, ...],
    only: tuple[str, ...],
    without: tuple[str, ...],
    strict: bool,
    first_parent: bool,
    jobs: int | None,
) -> int:
    """Read what commits do, the important first: HEAD by default, or patches, what is staged, what is not.

    First stands how much there is to read. Then come the operations: those that may change what the program does, what
    breaks others at their head; settings, tests and documents; at last what is proved to move, rename or format code
    and to do no more, in a line each. NAME is a kind, a semantic tag, or one of behaviour, settings, tests, documents,
    refactoring, proved.

    A TERM of --only and --without is an operation's number as in '#3', its id or the first digits of that, a kind, a
    semantic tag, a path, a symbol or path:symbol.

    --impact and --affected-tests look at a range as one change.
    """
    if patches and (staged or worktree):
        raise click.UsageError("With --staged or --worktree, no PATCH, REV or RANGE can be named.")
    if draft:
        _check_alone(not (staged or worktree) or markdown or as_json or html is not None, _DRAFT_ALONE)
        _draft(staged, worktree, Terms(only, without, strict))
        return 0
    if impact or affected_tests:
        apart = (impact and affected_tests, markdown, html is not None, show, hide, keep, places, gates)
        _check_alone(any(apart), _IMPACT_ALONE)
        found_impacts = _impacts(patches, staged, worktree, Terms(only, without, strict), first_parent)
        _print_impacts(list(found_impacts), as_json, affected_tests)
        return 0
    if sum((markdown, as_json, html is not None)) > 1:
        raise click.UsageError("--json, --markdown and --html exclude each other.")
    wish = _wish(show, hide, keep)
    terms = Terms(only, without, strict)
    detail = Detail(folded=as_json or html is not None or bool(wish.show), context=context)
    if staged or worktree:
        found = iter([_uncommitted(staged, worktree, terms, detail)])
    else:
        store = store_if_any()
        named = sources(patches, store, first_parent)
        if all(isinstance(source, Range) and not source.commits for source in named):
            click.echo("There is nothing to review: the range holds no commits.", err=True)
            return 0
        found = _found(series(named), store, terms, detail, jobs or 0)
    watched = _Watched(_left(found, terms), [Gate(gate) for gate in gates])
    if as_json:
        for review in watched.reviews():
            click.echo(msgspec.json.encode(review))
    elif markdown:
        from git_dagpatch.report.review_markdown import review_markdown

        for review in watched.reviews():
            click.echo(review_markdown(review, wish), nl=False)
    elif html is not None:
        _write_page(list(watched.reviews()), html, force)
    else:
        page(_lines(watched.reviews(), wish, places))
    for sentence in watched.sentences:
        click.echo(sentence, err=True)
    return 1 if watched.sentences else 0


def _check_alone(is_wrong: bool, sentence: str) -> None:
    if is_wrong:
        raise click.UsageError(sentence)


def _draft(staged: bool, in_work_tree: bool, terms: Terms) -> None:
    from git_dagpatch.porcelain.summary import draft
    from git_dagpatch.porcelain.uncommitted import uncommitted

    for based in chosen_parts([uncommitted(staged=staged, in_work_tree=in_work_tree)], terms):
        click.echo(draft(based.patch.operations), nl=False)


def _impacts(
    patches: Sequence[str], staged: bool, in_work_tree: bool, terms: Terms, first_parent: bool
) -> Iterator[Impact]:
    """The impacts of what is named; what a selection took or left besides is said."""
    # Loaded here, because a review needs none of it.
    from git_dagpatch.porcelain.impact import Impacted, impact_of_based, impact_of_range, impacts_of_documents

    def found() -> Iterator[Impacted]:
        if staged or in_work_tree:
            from git_dagpatch.porcelain.uncommitted import uncommitted

            yield impact_of_based(uncommitted(staged=staged, in_work_tree=in_work_tree), terms)
            return
        store = store_if_any()
        for source in series(sources(patches, store, first_parent)):
            if isinstance(source, Range):
                assert store is not None
                yield impact_of_range(source, terms, store)
            else:
                yield from impacts_of_documents(source, store, terms)

    matched: set[str] = set()
    for one in found():
        matched |= one.matched
        say_remarks(one.remarks)
        if one.impact is not None:
            yield one.impact
    refuse_unmatched(terms, matched)


def _print_impacts(impacts: Sequence[Impact], as_json: bool, affected_tests: bool) -> None:
    if as_json:
        for one in impacts:
            click.echo(msgspec.json.encode(one))
        return
    if affected_tests:
        for name in dict.fromkeys(name for one in impacts for name in one.tests):
            click.echo(safe(name))
        for reason in dict.fromkeys(reason for one in impacts for reason in one.reasons):
            click.echo(safe(f"All tests are listed: {reason}."), err=True)
        return
    from git_dagpatch.report.impact import impact_text

    page(line for one in impacts for line in impact_text(one))


def _write_page(reviews: Sequence[Review], output: str, force: bool) -> None:
    # Loaded here, because a terminal needs none of it.
    from git_dagpatch.report.review_html import review_html

    text = review_html(reviews)
    if output == "-":
        click.echo(text, nl=False)
    else:
        click.echo(write_new(Path(output), text.encode(), force=force))


def _wish(show: Sequence[str], hide: Sequence[str], keep: bool) -> Wish:
    """What is asked for now, and what git config says where that is not contradicted."""
    asked = Wish(_names(show), _names(hide))
    if keep:
        remember("review.show", ",".join(sorted(asked.show)))
        remember("review.hide", ",".join(sorted(asked.hide)))
        return asked
    kept = Wish(*(_names([value]) for value in settings("review.show", "review.hide")))
    return Wish(asked.show | kept.show - asked.hide, asked.hide | kept.hide - asked.show)


def _names(said: Iterable[str]) -> frozenset[str]:
    names = frozenset(name.strip() for one in said for name in one.split(",") if name.strip())
    for name in sorted(names - TERMS):
        raise UsageError(f"No operation can be {name!r}.", hint=f"There are {', '.join(sorted(TERMS))}.")
    return names


def _found(
    sources: Iterable[list[Document] | Range], store: Store | None, terms: Terms, detail: Detail, jobs: int
) -> Iterator[Reviewed]:
    for source in sources:
        if not isinstance(source, Range):
            yield from review_documents(source, store, terms, detail)
            continue
        assert store is not None
        if len(source.commits) == 1:
            yield review_commit(terms, detail, source.commits[0], store)
            continue
        # Loaded here, because one commit needs no processes.
        from git_dagpatch.porcelain.parallel import each_commit

        yield from each_commit(partial(review_commit, terms, detail), source.commits, store, jobs)


def _uncommitted(staged: bool, in_work_tree: bool, terms: Terms, detail: Detail) -> Reviewed:
    # Loaded here, because running git through its library takes as long to load as all else together.
    from git_dagpatch.porcelain.uncommitted import uncommitted

    return review_based(uncommitted(staged=staged, in_work_tree=in_work_tree), terms, detail, trusted=True)


def _left(found: Iterable[Reviewed], terms: Terms) -> Iterator[Review]:
    """The reviews that a selection leaves; what was taken or left besides is said."""
    matched: set[str] = set()
    is_empty = True
    for one in found:
        matched |= one.matched
        say_remarks(one.remarks)
        if one.review is not None:
            is_empty = False
            yield one.review
    refuse_unmatched(terms, matched)
    if terms and is_empty:
        raise UsageError("The selection leaves no operation of the patches.")


class _Watched:
    """Reviews that are looked at on their way to being printed."""

    def __init__(self, found: Iterable[Review], gates: Sequence[Gate]) -> None:
        self._found = found
        self._gates = gates
        self.sentences: list[str] = []
        """Why gates do not open."""

    def reviews(self) -> Iterator[Review]:
        for review in self._found:
            for gate in self._gates:
                if cards := held_up(review, gate):
                    self.sentences.append(safe(gate_sentence(gate, cards)))
            yield review


def _lines(reviews: Iterable[Review], wish: Wish, places: bool) -> Iterator[str]:
    width = shutil.get_terminal_size((_USUAL_WIDTH, 0)).columns
    view = View(width, wish, places, _highlight())
    for number, review in enumerate(reviews):
        if number:
            yield ""
        yield from review_text(review, style, view)


def _highlight() -> Highlight | None:
    """What colours code, where there are colours. Loaded here, because it takes long, and pipes need none."""
    if not is_coloured():
        return None
    from git_dagpatch.report.highlight import highlight

    return highlight
