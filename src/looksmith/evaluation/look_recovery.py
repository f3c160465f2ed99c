"""Look recovery: known looks, a few photos that have them, other photos that should get them.

    looksmith benchmark look-recovery --photos DIR --looks DIR --seeds 3

The truth is the look itself on the content. A third of the looks, by a hash of their names, is for
choosing settings; figures are reported on the rest, as means over seeds (each draws other
references and contents) with intervals over looks.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from looksmith.errors import LooksmithError
from looksmith.evaluation.exam_looks import ExamLook, cube_looks, pilgram_looks
from looksmith.evaluation.images import Image, load
from looksmith.evaluation.intervals import with_interval
from looksmith.evaluation.metrics import Figures, compare, mean_figures
from looksmith.evaluation.peers import BOUNDS, PEERS, Peer, Trial, is_pairwise, package_peers
from looksmith.feeds import feed_of_arrays, photo_paths
from looksmith.look import Look
from looksmith.texts import text
from looksmith.training.learn import learn
from looksmith.transfer import apply

CONTENTS = 4
ORDINARY = 120
_ALWAYS = (
    "nothing",
    "Monge-Kantorovich, ordinary → references",
    "the same, half strength",
    "flow matching, ordinary → references",
)
_ALL_PEERS_AT = 8
ZERO_SHOT, ADAPTED = "Looksmith, zero-shot", "Looksmith, adapted"


@dataclass(frozen=True)
class Exam:
    """What is measured."""

    photos: Sequence[Path]
    """Folders of ordinary photos: references, contents and, for a peer, ordinary statistics."""
    looks: Path | None
    """Folder of ``.cube`` files, beside pilgram's filters."""
    references: Sequence[int]
    validation: bool = False
    adapted: int = 0
    """Adapt every n-th look at 8 references or more, too."""
    seeds: Sequence[int] = (0,)
    every: int = 1
    """Take every n-th look."""
    peers: bool = True
    """Measure others, too, and not only doing nothing."""
    subject: Path | None = None
    """Folder of photos of one subject, that all references are drawn from."""


@dataclass(frozen=True)
class Photos:
    """What one seed draws from: photos that get a look, others to be rendered, ordinary colours."""

    references: list[Image]
    contents: list[Image]
    ordinary: np.ndarray


@dataclass(frozen=True)
class Result:
    """Figures of one method on one look with one seed."""

    look: ExamLook
    references: int
    method: str
    seed: int
    figures: Figures

    @property
    def key(self) -> tuple[str, str, int]:
        """What is measured, whichever the seed."""
        return self.look.collection, self.look.name, self.references


def run_exam(exam: Exam, progress: Callable[[float], None] = lambda _: None) -> str:
    """Run it all; returns the report in Markdown.

    Raises:
        LooksmithError: too few photos, or a package of the ``benchmarks`` extra is missing.
    """
    return report(list(results(exam, progress)), exam)


def results(exam: Exam, progress: Callable[[float], None] = lambda _: None) -> Iterator[Result]:
    """The results, seed by seed and look by look."""
    looks = exam_looks(exam)
    try:
        peers = PEERS | package_peers() if exam.peers else {"nothing": PEERS["nothing"]}
    except ImportError as error:
        raise LooksmithError(text("benchmark.missing", why=error.name)) from error
    total, done = len(looks) * len(exam.references) * len(exam.seeds), 0
    for seed in exam.seeds:
        photos = load_photos(exam, seed)
        for count in exam.references:
            chosen = {n: p for n, p in peers.items() if count == _ALL_PEERS_AT or n in _ALWAYS}
            if exam.peers and count == _ALL_PEERS_AT:
                chosen |= BOUNDS
            for index, look in enumerate(looks):
                adapt = bool(exam.adapted) and count >= _ALL_PEERS_AT
                adapt = adapt and index % exam.adapted == 0
                yield from _one_look(look, index, count, photos, chosen, adapt, seed)
                done += 1
                progress(done / total)


def exam_looks(exam: Exam) -> list[ExamLook]:
    """The looks of the exam, without (or only) those for validation."""
    try:
        looks = pilgram_looks()
    except ImportError as error:
        raise LooksmithError(text("benchmark.missing", why=error.name)) from error
    if exam.looks is not None:
        looks += cube_looks(exam.looks)
    return [look for look in looks if look.for_validation == exam.validation][:: exam.every]


def _one_look(
    look: ExamLook,
    index: int,
    count: int,
    photos: Photos,
    peers: dict[str, Peer],
    adapt: bool,
    seed: int,
) -> Iterator[Result]:
    rng = random.Random(f"{seed}/{count}/{index}")
    before = rng.sample(photos.references, min(count, len(photos.references)))
    contents = rng.sample(photos.contents, CONTENTS)
    trial = Trial([look.apply(photo) for photo in before], before, photos.ordinary)
    truths = [look.apply(content) for content in contents]
    for name, peer in peers.items():
        made = [peer(content, trial) for content in contents]
        yield _result(look, count, name, seed, made, truths)
    for name in (ZERO_SHOT, ADAPTED) if adapt else (ZERO_SHOT,):
        learned = learn_from_arrays(trial.references, adapt=name == ADAPTED, seed=seed)
        made = [np.asarray(apply(learned, content)) for content in contents]
        yield _result(look, count, name, seed, made, truths)


def _result(
    look: ExamLook,
    count: int,
    name: str,
    seed: int,
    made: Sequence[Image],
    truths: Sequence[Image],
) -> Result:
    figures = [compare(image, truth) for image, truth in zip(made, truths, strict=True)]
    return Result(look, count, name, seed, mean_figures(figures))


def learn_from_arrays(
    photos: Sequence[Image], adapt: bool, seed: int = 0, certain: bool = False
) -> Look:
    """Learn from ``(H, W, 3)`` float sRGB photos, as ``learn`` does from files."""
    return learn(feed_of_arrays(photos), "exam", adapt, seed=seed, certain=certain)


def load_photos(exam: Exam, seed: int) -> Photos:
    """The photos of an exam; those to be rendered are never among the references.

    Raises:
        LooksmithError: there are too few.
    """
    paths = [path for folder in exam.photos for path in photo_paths(folder)]
    random.Random(seed).shuffle(paths)
    needed = max(exam.references) + ORDINARY + 2 * CONTENTS
    if len(paths) < needed:
        raise LooksmithError(
            text("train.no_photos", path=", ".join(map(str, exam.photos)), least=needed)
        )
    ordinary = np.concatenate([load(p).reshape(-1, 3)[::29] for p in paths[:ORDINARY]])
    rest = paths[ORDINARY:]
    share = max(max(exam.references), 2 * len(rest) // 3)
    references = rest[:share]
    if exam.subject is not None:
        references = _of_subject(exam.subject, max(exam.references), seed)
    return Photos(
        [load(p) for p in references[:200]], [load(p) for p in rest[share:][:100]], ordinary
    )


def _of_subject(folder: Path, needed: int, seed: int) -> list[Path]:
    paths = photo_paths(folder)
    if len(paths) < needed:
        raise LooksmithError(text("train.no_photos", path=folder, least=needed))
    random.Random(seed).shuffle(paths)
    return paths


# The report -----------------------------------------------------------------------------------


def report(found: Sequence[Result], exam: Exam) -> str:
    """Tables in Markdown: by method and number of references, and how often nothing is better."""
    looks = {(r.look.collection, r.look.name) for r in found}
    third = "validation third" if exam.validation else "two thirds not used for choosing"
    seeds = ", ".join(map(str, exam.seeds))
    lines = [
        f"{len(looks)} looks ({third}), {CONTENTS} contents each, seeds {seeds}. In brackets: 95 % "
        "intervals by bootstrap over looks. “Behind ours” is the mean difference of ΔE2000 to "
        "Looksmith, zero-shot, look by look.",
        "",
    ]
    for count in exam.references:
        lines += _table([r for r in found if r.references == count], count)
    if any(is_pairwise(r.method) for r in found):
        lines += [
            "† maps each photo to the references' own colours: another task than recovering the "
            "edit, at which it therefore loses to doing nothing. The baselines to beat are those "
            "from ordinary photos to references.",
            "",
        ]
    lines += _adapted_table(found)
    return "\n".join(lines)


def _table(found: Sequence[Result], count: int) -> list[str]:
    lines = [
        f"### {count} references",
        "",
        "| method | ΔE2000 pilgram | ΔE2000 .cube | ΔE2000 all | behind ours | PSNR | SSIM "
        "| hurts |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    nothing, ours = _by_look(found, "nothing"), _by_look(found, ZERO_SHOT)
    for method in dict.fromkeys(r.method for r in found if r.method != ADAPTED):
        own = _by_look(found, method)
        mean = mean_figures([r.figures for r in found if r.method == method])
        pilgram = [value for key, value in own.items() if key[0] == "pilgram"]
        cubes = [value for key, value in own.items() if key[0] != "pilgram"]
        behind = [value - ours[key] for key, value in own.items()]
        worse = sum(value > nothing[key] for key, value in own.items())
        lines.append(
            f"| {method}{' †' if is_pairwise(method) else ''} | {_mean(pilgram)} | {_mean(cubes)} "
            f"| {with_interval(list(own.values()))} "
            f"| {'–' if method == ZERO_SHOT else with_interval(behind, '+')} "
            f"| {mean.psnr:.1f} | {mean.ssim:.3f} | {worse} of {len(own)} |"
        )
    return [*lines, ""]


def _adapted_table(found: Sequence[Result]) -> list[str]:
    adapted, zero_shot = _by_look(found, ADAPTED), _by_look(found, ZERO_SHOT)
    if not adapted:
        return []
    lines = [
        "### Adaptation, on the looks it ran on",
        "",
        "| references | looks | zero-shot ΔE2000 | adapted ΔE2000 | difference | better | worse |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for count in sorted({key[2] for key in adapted}):
        pairs = [(zero_shot[k], v) for k, v in adapted.items() if k[2] == count]
        before, after = np.mean([b for b, _ in pairs]), np.mean([a for _, a in pairs])
        better, worse = sum(a < b - 0.01 for b, a in pairs), sum(a > b + 0.01 for b, a in pairs)
        lines.append(
            f"| {count} | {len(pairs)} | {before:.2f} | {after:.2f} "
            f"| {with_interval([a - b for b, a in pairs], '+')} | {better} | {worse} |"
        )
    return [*lines, ""]


def _by_look(found: Sequence[Result], method: str) -> dict[tuple[str, str, int], float]:
    """Mean ΔE2000 over the seeds of each look and number of references."""
    values: dict[tuple[str, str, int], list[float]] = {}
    for result in found:
        if result.method == method:
            values.setdefault(result.key, []).append(result.figures.delta_e)
    return {key: float(np.mean(of_seeds)) for key, of_seeds in values.items()}


def _mean(values: Sequence[float]) -> str:
    return f"{np.mean(values):.2f}" if values else "–"
