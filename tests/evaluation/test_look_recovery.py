from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from looksmith.errors import LooksmithError
from looksmith.evaluation import images, look_recovery, metrics, peers
from looksmith.evaluation.exam_looks import ExamLook, cube_looks, pilgram_looks
from looksmith.evaluation.intervals import interval
from looksmith.evaluation.look_recovery import Exam, Result, run_exam

WARM = np.array([[0.9, 0.1, 0.0], [0.0, 0.8, 0.1], [0.0, 0.1, 0.6]], np.float32)


@pytest.fixture
def floats(photos: list[NDArray[np.uint8]]) -> list[metrics.Image]:
    shapes = [photo.astype(np.float32) / 255 for photo in photos]
    return [*shapes[:-1], shapes[-1][:, :150]]  # photos differ in size


@pytest.fixture
def trial(floats: list[metrics.Image]) -> peers.Trial:
    graded = [np.clip(photo @ WARM.T + 0.05, 0, 1).astype(np.float32) for photo in floats]
    ordinary = np.concatenate([photo.reshape(-1, 3) for photo in floats])
    return peers.Trial(graded, floats, ordinary)


def test_equal_photos_have_perfect_figures(floats: list[metrics.Image]) -> None:
    figures = metrics.compare(floats[0], floats[0])
    assert (figures.delta_e, figures.psnr) == (0, 100)
    assert figures.ssim == pytest.approx(1)


def test_bounds_that_see_the_truth_find_an_affine_look(
    trial: peers.Trial, floats: list[metrics.Image]
) -> None:
    truth = np.clip(floats[0] @ WARM.T + 0.05, 0, 1)
    for bound in peers.BOUNDS.values():
        assert metrics.delta_e(bound(floats[0], trial), truth) < 0.5


def test_population_transport_is_exact_where_the_populations_are_the_same(
    trial: peers.Trial, floats: list[metrics.Image]
) -> None:
    truth = np.clip(floats[0] @ WARM.T + 0.05, 0, 1)
    made = peers.population_transport(floats[0], trial)
    assert metrics.delta_e(made, truth) < metrics.delta_e(floats[0], truth) / 2


@pytest.mark.parametrize("name", [*peers.PEERS, *peers.package_peers()])
def test_every_peer_returns_a_sound_photo(
    name: str, trial: peers.Trial, floats: list[metrics.Image]
) -> None:
    made = (peers.PEERS | peers.package_peers())[name](floats[1], trial)
    assert made.shape == floats[1].shape
    assert np.isfinite(made).all()
    assert -1e-4 <= made.min() <= made.max() <= 1 + 1e-4


def test_the_exam_is_the_filters_of_others_and_a_third_is_for_validation() -> None:
    looks = pilgram_looks()
    assert len(looks) == 26
    assert 4 <= sum(look.for_validation for look in looks) <= 14


def test_a_cube_file_gives_its_look(tmp_path: Path) -> None:
    axis = np.linspace(0, 1, 3)
    rows = [f"{r} {g} {1 - b}" for b in axis for g in axis for r in axis]
    (tmp_path / "negative.cube").write_text("LUT_3D_SIZE 3\n# comment\n" + "\n".join(rows))
    (look,) = cube_looks(tmp_path)
    photo = np.random.default_rng(0).random((4, 5, 3)).astype(np.float32)
    made = look.apply(photo)
    np.testing.assert_allclose(made[..., 2], 1 - photo[..., 2], atol=1e-5)
    np.testing.assert_allclose(made[..., :2], photo[..., :2], atol=1e-5)


def test_the_exam_runs_and_reports(
    tmp_path: Path, photos: list[NDArray[np.uint8]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look_recovery, "ORDINARY", 4)
    monkeypatch.setattr(images, "SIDE", 64)
    monkeypatch.setattr(peers, "_FLOW_FITTING", 20)
    monkeypatch.setattr(look_recovery, "CONTENTS", 2)
    monkeypatch.setattr(look_recovery, "pilgram_looks", lambda: pilgram_looks()[:2])
    for index in range(16):
        shifted = np.roll(photos[index % 4], 9 * index, axis=0)
        Image.fromarray(shifted).save(tmp_path / f"{index}.png")
    for validation in (False, True):
        if any(look.for_validation == validation for look in pilgram_looks()[:2]):
            report = run_exam(Exam([tmp_path], None, [2], validation, seeds=(0, 1)))
            assert "seeds 0, 1." in report
            assert "### 2 references" in report
            assert "| Looksmith, zero-shot |" in report


def test_references_of_one_subject_come_from_its_folder_alone(
    tmp_path: Path, photos: list[NDArray[np.uint8]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look_recovery, "ORDINARY", 4)
    monkeypatch.setattr(images, "SIDE", 64)
    for name, count in (("all", 16), ("reds", 3)):
        (tmp_path / name).mkdir()
        for index in range(count):
            made = np.roll(photos[index % 4], 9 * index, axis=0)
            if name == "reds":
                made = made * np.array([1, 0, 0], np.uint8)
            Image.fromarray(made).save(tmp_path / name / f"{index}.png")
    exam = Exam([tmp_path / "all"], None, [3], subject=tmp_path / "reds")
    drawn = look_recovery.load_photos(exam, seed=0)
    assert len(drawn.references) == 3
    assert all(photo[..., 1:].max() < 0.2 for photo in drawn.references)
    assert all(photo[..., 1:].max() > 0.5 for photo in drawn.contents)
    with pytest.raises(LooksmithError, match="reds"):
        look_recovery.load_photos(Exam([tmp_path / "all"], None, [4], subject=tmp_path / "reds"), 0)


def _result(name: str, method: str, seed: int, delta_e: float) -> Result:
    look = ExamLook("pilgram", name, lambda image: image)
    return Result(look, 8, method, seed, metrics.Figures(delta_e, 30.0, 0.9))


def test_seeds_are_averaged_before_looks_are_compared() -> None:
    found = [
        _result(name, method, seed, value)
        for name, at in (("a", 4.0), ("b", 6.0))
        for seed, noise in ((0, 1.0), (1, -1.0))
        for method, value in (
            ("nothing", at + 1 + noise / 2),
            ("Looksmith, zero-shot", at + noise),
            ("Reinhard", at + 3 + noise),
        )
    ]
    report = look_recovery.report(found, Exam([], None, [8], seeds=(0, 1)))
    rows = {line.split(" | ")[0].strip("| "): line for line in report.splitlines()}
    assert "5.00 (4.00 … 6.00) | – |" in rows["Looksmith, zero-shot"]
    assert "8.00 (7.00 … 9.00) | +3.00 (+3.00 … +3.00) |" in rows["Reinhard †"]
    assert "0 of 2" in rows["Looksmith, zero-shot"]  # one seed alone would say otherwise
    assert "2 of 2" in rows["Reinhard †"]
    assert "another task" in report


def test_an_interval_holds_the_mean_and_narrows_with_more_looks() -> None:
    rng = np.random.default_rng(0)
    few, many = rng.normal(5, 1, 10), rng.normal(5, 1, 1000)
    for values in (few, many):
        low, high = interval(values.tolist())
        assert low < values.mean() < high
    assert np.ptp(interval(many.tolist())) < 0.3 * np.ptp(interval(few.tolist()))
    assert interval([2.0]) == (2.0, 2.0)


def test_too_few_photos_are_refused(feed: Path) -> None:
    with pytest.raises(LooksmithError, match="at least"):
        run_exam(Exam([feed], None, [8]))
