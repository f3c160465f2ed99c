from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor
from typer.testing import CliRunner

from looksmith import LooksmithError, apply
from looksmith.cli import app
from looksmith.color import delta_e_2000
from looksmith.look import Look, blend
from looksmith.photos import crop_resized
from looksmith.taste.api import Taste
from looksmith.taste.directions import NAMES
from looksmith.taste.features import FEATURES
from looksmith.taste.quiz import Pair
from looksmith.tone import QUANTILES
from looksmith.transfer import Transfer, working_size
from looksmith.travel.cube import write_cube
from looksmith.travel.import_lut import import_look
from looksmith.travel.onnx import export_onnx, shrunk


@pytest.fixture(scope="module")
def look(learned: Look, lut: Tensor, tmp_path_factory: pytest.TempPathFactory) -> Look:
    """A learned look with its mood, blended with an imported one: all stages and kinds of parts."""
    path = tmp_path_factory.mktemp("luts") / "bend.cube"
    write_cube(lut, path, "bend")
    return blend([learned, import_look(path, "bend")], [0.8, 0.2], "both")


@pytest.fixture(scope="module")
def session(look: Look, tmp_path_factory: pytest.TempPathFactory) -> onnxruntime.InferenceSession:
    path = tmp_path_factory.mktemp("onnx") / "both.onnx"
    export_onnx(Transfer(look), path)
    assert [p.name for p in path.parent.iterdir()] == ["both.onnx"]
    return onnxruntime.InferenceSession(path)


@pytest.mark.parametrize("size", [(200, 150), (97, 333), (130, 90), (60, 45), (9, 127)])
def test_onnxruntime_gives_the_picture_that_apply_gives(
    size: tuple[int, int], session: onnxruntime.InferenceSession, look: Look, photo: np.ndarray
) -> None:
    floats = crop_resized(photo, None, size).astype(np.float32) / 255
    tensor = torch.from_numpy(floats).permute(2, 0, 1).unsqueeze(0)
    (made,) = session.run(None, {"photo": tensor.numpy()})
    ours = torch.from_numpy(apply(look, floats, normalise=0)).permute(2, 0, 1).unsqueeze(0)
    assert made.shape == tuple(tensor.shape)
    assert float(delta_e_2000(torch.from_numpy(made), ours).mean()) < 0.5
    assert float(delta_e_2000(tensor, ours).mean()) > 3


@pytest.mark.parametrize("pull", [-0.4, -1.0])
def test_the_light_of_a_feed_and_of_one_picture_goes_along(
    pull: float, learned: Look, photo: np.ndarray, tmp_path: Path
) -> None:
    levels = (torch.arange(QUANTILES) + 0.5) / QUANTILES
    table = torch.stack(
        (levels, torch.linspace(-0.2, 0.1, QUANTILES), torch.full_like(levels, pull))
    )
    look = replace(learned, tone=table.unsqueeze(0))
    export_onnx(Transfer(look), tmp_path / "light.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "light.onnx")
    for light in (1.0, 0.4):
        floats = light * crop_resized(photo, None, (160, 120)).astype(np.float32) / 255
        tensor = torch.from_numpy(floats).permute(2, 0, 1).unsqueeze(0)
        (made,) = session.run(None, {"photo": tensor.numpy()})
        pictures = (apply(look, floats), apply(learned, floats))
        ours, without = (torch.from_numpy(p).permute(2, 0, 1).unsqueeze(0) for p in pictures)
        assert float(delta_e_2000(torch.from_numpy(made), ours).mean()) < 0.5
        assert float(delta_e_2000(without, ours).mean()) > 2


@pytest.mark.parametrize("size", [(130, 90), (60, 45), (9, 127), (1, 1)])
def test_small_photos_are_seen_as_apply_sees_them(size: tuple[int, int], photo: np.ndarray) -> None:
    pixels = crop_resized(photo, None, size)
    tensor = torch.from_numpy(pixels.copy()).permute(2, 0, 1).unsqueeze(0) / 255
    assert (shrunk(tensor) - working_size(pixels)).abs().max() <= 1.01 / 255


def test_a_users_taste_is_baked_in(
    learned: Look, photo: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKSMITH_HOME", str(tmp_path / "home"))
    taste, difference = Taste.open(), np.zeros(FEATURES)
    difference[NAMES.index("warmth")] = -1
    for _ in range(12):
        taste.answer("ada", Pair(0, (np.zeros(9), np.zeros(9)), difference), "a")
    look, target = learned.save(tmp_path / "warm.look"), tmp_path / "ada.onnx"
    words = ["export", str(look), "--onnx", str(target), "--user"]
    result = CliRunner().invoke(app, [*words, "ada"])
    assert result.exit_code == 0, result.output
    floats = photo.astype(np.float32) / 255
    (made,) = onnxruntime.InferenceSession(target).run(
        None, {"photo": floats.transpose(2, 0, 1)[None]}
    )
    transfer, _ = taste.transfer(learned, "ada", None)
    ours, plain = (
        torch.from_numpy(pixels).permute(2, 0, 1).unsqueeze(0)
        for pixels in (transfer.pixels(floats), apply(learned, floats))
    )
    assert float(delta_e_2000(torch.from_numpy(made), ours).mean()) < 0.5
    assert float(delta_e_2000(plain, ours).mean()) > 1
    assert CliRunner().invoke(app, [*words, "nobody"]).exit_code == 2
    other = ["--cube", str(tmp_path / "a.cube")]
    assert CliRunner().invoke(app, [*words, "ada", *other]).exit_code == 2
    assert not (tmp_path / "a.cube").exists()


def test_photos_are_made_right_each_as_it_needs(
    session: onnxruntime.InferenceSession, look: Look, photo: np.ndarray
) -> None:
    """A dark, cold picture is corrected by both, a good one by neither."""
    poor = (photo / 255 * np.array([0.35, 0.45, 0.6])).astype(np.float32)
    tensor = torch.from_numpy(poor).permute(2, 0, 1).unsqueeze(0)
    (made,) = session.run(None, {"photo": tensor.numpy()})
    pictures = (apply(look, poor), apply(look, poor, normalise=0))
    right, as_it_is = (torch.from_numpy(p).permute(2, 0, 1).unsqueeze(0) for p in pictures)
    assert float(delta_e_2000(right, as_it_is).mean()) > 2
    assert float(delta_e_2000(torch.from_numpy(made), right).mean()) < 0.5


def test_without_the_package_one_sentence_says_what_to_install(
    look: Look, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("looksmith.travel.onnx.find_spec", lambda _: None)
    with pytest.raises(LooksmithError, match=r"looksmith\[onnx\]"):
        export_onnx(Transfer(look), tmp_path / "a.onnx")
    assert not list(tmp_path.iterdir())
