"""``looksmith taste …``: what users like, and what to show them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from looksmith.cli.common import (
    MOST_SEED,
    Database,
    LookFile,
    Seed,
    clear_errors,
    console,
    progress_bar,
    say,
    writable_folder,
)
from looksmith.errors import LooksmithError
from looksmith.texts import text

taste = typer.Typer(help=text("help.taste"), no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the group ``taste``."""
    app.add_typer(taste, name="taste")


@taste.command("import", help=text("help.taste_import"))
@clear_errors
def import_(
    events: Annotated[Path | None, typer.Argument(help=text("help.taste_events"))] = None,
    items: Annotated[Path | None, typer.Option(help=text("help.taste_items"))] = None,
    users: Annotated[Path | None, typer.Option(help=text("help.taste_users"))] = None,
    database: Database = None,
) -> None:
    from looksmith.errors import TasteError
    from looksmith.store import Database as Store
    from looksmith.taste.importing import import_events, import_items, import_users

    if events is items is users is None:
        raise TasteError(text("taste.nothing_given"))
    store = Store.open(database)
    for take, path in ((import_items, items), (import_users, users), (import_events, events)):
        if path is None:
            continue
        with progress_bar(text("progress.import")) as progress:
            done = take(store, path, progress)
        if done.before:
            console.print(text("taste.imported_before", path=path), markup=False, soft_wrap=True)
            continue
        told = text("taste.imported", path=path, new=done.new, known=done.rows - done.new)
        console.print(told, markup=False, soft_wrap=True)
        for rejects in done.rejects:
            say(text("taste.rejected", count=done.rejected, path=rejects))


User = Annotated[str, typer.Argument(help=text("help.user"))]


@taste.command(help=text("help.taste_variants"))
@clear_errors
def variants(
    look: LookFile,
    source: Annotated[Path, typer.Argument(help=text("help.photo"))],
    user: Annotated[str, typer.Option(help=text("help.user"))],
    out: Annotated[Path, typer.Option("-o", "--out", help=text("help.results_out"))] = Path(),
    count: Annotated[int, typer.Option("-n", min=1, max=24, help=text("help.count"))] = 6,
    explore: Annotated[
        bool, typer.Option("--explore/--no-explore", help=text("help.explore"))
    ] = True,
    seed: Annotated[int | None, typer.Option(min=0, max=MOST_SEED, help=text("help.seed"))] = None,
    database: Database = None,
) -> None:
    from looksmith.look import Look
    from looksmith.taste.api import Taste
    from looksmith.taste.sheets import write_sheet

    loaded = Look.load(look)
    folder = writable_folder(out)
    opened = Taste.open(database)
    made = opened.variants(loaded, source, user, folder, count, explore, seed)
    sheet = folder / f"{made[0].identity}-sheet.jpg"
    write_sheet([(result.path, result.identity) for result in made], sheet)
    for result in made:
        console.print(f"{result.identity}  {_in_words(result.made.settings)}", markup=False)
    say(text("done.saved", path=sheet))


@taste.command(help=text("help.taste_feedback"))
@clear_errors
def feedback(
    user: User,
    result: Annotated[str, typer.Argument(help=text("help.result"))],
    reaction: Annotated[str, typer.Argument(help=text("help.reaction"))],
    database: Database = None,
) -> None:
    from looksmith.taste.api import Taste

    profile = Taste.open(database).feedback(user, result, reaction)
    say(text("taste.noted", state=text(f"taste.{profile.state}")))


@taste.command(help=text("help.taste_undo"))
@clear_errors
def undo(user: User, database: Database = None) -> None:
    from looksmith.taste.api import Taste

    say(text("taste.undone", kind=Taste.open(database).undo(user)))


@taste.command(help=text("help.taste_forget"))
@clear_errors
def forget(user: User, database: Database = None) -> None:
    from looksmith.taste.api import Taste

    Taste.open(database).forget(user)
    say(text("taste.forgotten"))


@taste.command(help=text("help.taste_show"))
@clear_errors
def show(
    user: User,
    look: Annotated[Path | None, typer.Option(help=text("help.show_look"))] = None,
    database: Database = None,
) -> None:
    from looksmith.look import Look
    from looksmith.taste.api import Taste

    loaded = None if look is None else Look.load(look)
    opened = Taste.open(database)
    opened.require(user)
    profile = opened.profile(user)
    state = text(f"taste.{profile.state}")
    console.print(
        text("taste.profile", state=state, evidence=profile.evidence, sure=profile.certainty),
        markup=False,
        soft_wrap=True,
    )
    for name, (mean, deviation) in profile.likes().items():
        filled = round(10 * min(1.0, abs(mean) / 1.5))
        left, right = ("█" * filled if mean < 0 else ""), ("█" * filled if mean > 0 else "")
        label = text(f"taste.{name}.more" if mean >= 0 else f"taste.{name}.less")
        sure = text("taste.sure" if abs(mean) > 2 * deviation else "taste.unsure")
        said = f"{left:>10}│{right:<10} {mean:+.2f} ± {deviation:.2f}  {label} ({sure})"
        console.print(said, markup=False, soft_wrap=True)
    console.print(text("taste.change", change=_in_words(opened.usual_change(user))), markup=False)
    if loaded is not None:
        bounded = _in_words(opened.transfer(loaded, user, None)[1].settings)
        console.print(text("taste.bounded", look=loaded.name, change=bounded), markup=False)


@taste.command(help=text("help.taste_quiz"))
@clear_errors
def quiz(
    user: User,
    pairs: Annotated[int, typer.Option(min=1, max=64, help=text("help.pairs"))] = 8,
    answers: Annotated[Path | None, typer.Option(help=text("help.answers"))] = None,
    photos: Annotated[Path | None, typer.Option(help=text("help.quiz_photos"))] = None,
    out: Annotated[Path, typer.Option("-o", "--out", help=text("help.results_out"))] = Path("quiz"),
    seed: Seed = 0,
    database: Database = None,
) -> None:
    import sys

    from looksmith.taste.api import Taste
    from looksmith.taste.questions import answer_file, read_photos, terminal_quiz, write_pairs

    opened = Taste.open(database)
    if answers is not None:
        if answer_file(opened, user, out, answers) == 0:
            say(text("quiz.known", path=answers))
            return
        profile = opened.profile(user)
    else:
        seen = read_photos(photos)
        folder = writable_folder(out)
        if not sys.stdin.isatty():
            write_pairs(opened, user, seen, pairs, folder, seed)
            say(text("quiz.written", path=folder))
            return
        profile = terminal_quiz(opened, user, seen, pairs, folder, seed, say, input)
    say(text("taste.noted", state=text(f"taste.{profile.state}")))


@taste.command(help=text("help.taste_fit"))
@clear_errors
def fit(
    minutes: Annotated[float, typer.Option(min=0.0, max=1440, help=text("help.fit_minutes"))] = 4.0,
    alpha: Annotated[float, typer.Option(min=0.0, max=1e6, help=text("help.alpha"))] = 20.0,
    beta: Annotated[float, typer.Option(min=0.0, max=1e6, help=text("help.beta"))] = 0.05,
    gamma: Annotated[float, typer.Option(min=0.0, max=1e6, help=text("help.gamma"))] = 1.0,
    seed: Seed = 0,
    database: Database = None,
) -> None:
    from looksmith.taste.api import Taste
    from looksmith.taste.user_training import UserTraining

    settings = UserTraining(alpha=alpha, beta=beta, gamma=gamma)
    with progress_bar(text("progress.fit")) as progress:
        counts = Taste.open(database).fit(minutes, settings, seed, progress)
    if not (counts["population"] or counts["items"] or counts["trained"]):
        raise LooksmithError(text("taste.nothing_to_fit"))
    say(text("taste.fitted", **counts))
    if counts["missing"]:
        say(text("taste.images_missing", count=counts["missing"]))


@taste.command(help=text("help.taste_recommend"))
@clear_errors
def recommend(
    user: User,
    kind: Annotated[str, typer.Option(help=text("help.kind"))] = "items",
    count: Annotated[int, typer.Option("-k", min=1, max=1000, help=text("help.count"))] = 10,
    database: Database = None,
) -> None:
    from looksmith.errors import TasteError
    from looksmith.taste.api import Taste

    if kind not in ("items", "looks"):
        raise TasteError(text("taste.kind", kind=kind))
    opened = Taste.open(database)
    find = opened.recommend_items if kind == "items" else opened.recommend_looks
    for name, score in find(user, count):
        console.print(f"{score:.3f}  {name}", markup=False, soft_wrap=True)


@taste.command(help=text("help.taste_audience"))
@clear_errors
def audience(
    look: LookFile,
    count: Annotated[int, typer.Option("-k", min=1, help=text("help.count"))] = 100,
    database: Database = None,
) -> None:
    from looksmith.look import Look
    from looksmith.taste.api import Taste

    found = Taste.open(database).audience(Look.load(look), count)
    if not found:
        say(text("taste.no_audience"))
    for name, liked in found:
        console.print(f"{liked:.3f}  {name}", markup=False, soft_wrap=True)


def _in_words(settings: dict[str, float]) -> str:
    """``warmth +0.4, fade −0.2`` in the user's language, or that nothing changes."""
    said = [f"{text('taste.' + name)} {amount:+.2f}" for name, amount in settings.items()]
    return ", ".join(said) or text("taste.plain")
