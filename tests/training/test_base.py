from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric
from numpy.typing import NDArray
from PIL import Image

from looksmith.base import Base
from looksmith.networks.model import LookNetworks
from looksmith.training.base import BaseTraining, train_base
from looksmith.training.data import PhotoBank, draw_batch
from looksmith.training.reading import natural_nodes
from looksmith.training.settings import BaseSettings, LossWeights, ReadingSettings

READING = ReadingSettings(
    rounds=3, chunk=8, kept=16, feed=3, batch=16, steps_a_round=2, nodes=64, workers=0
)
QUICK = BaseSettings(
    steps=3, looks=3, max_references=3, pixel_samples=64, warmup=1, reading=READING
)


@pytest.fixture
def paths(tmp_path: Path, photos: list[NDArray[np.uint8]]) -> list[Path]:
    written = []
    for index in range(12):
        path = tmp_path / ("a" if index % 2 else "b") / f"{index}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.roll(photos[index % 4], 10 * index, axis=1)).save(path)
        written.append(path)
    return written


def test_nodes_follow_the_colours_that_photos_have(paths: list[Path]) -> None:
    index, weight = natural_nodes(PhotoBank.load(paths, seed=0), 100, seed=0)
    assert len(set(index.tolist())) == 100
    assert float(weight.sum()) == pytest.approx(1.0)
    assert float(weight[:10].mean()) > float(weight[-10:].mean())


def test_training_writes_weights_that_load_and_changes_both_networks(
    paths: list[Path], tmp_path: Path
) -> None:
    told: list[dict[str, float]] = []
    weights = train_base(paths, tmp_path / "run", QUICK, progress=lambda *a: told.append(a[2]))
    networks = Base.load(weights).networks
    assert isinstance(networks, LookNetworks)
    assert len(told) == READING.rounds + QUICK.steps
    assert {"discriminator", "adversarial", "reconstruction", "global look"} <= set(told[-1])
    assert all(np.isfinite(v) for record in told for v in record.values())


def test_killed_training_goes_on_to_the_same_weights(
    paths: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    straight = train_base(paths, tmp_path / "straight", QUICK)
    whole = BaseTraining.train_step

    def killed(self: BaseTraining, batch: object) -> dict[str, float]:
        if self.step == 2:
            self.save_checkpoint()
            raise KeyboardInterrupt
        return whole(self, batch)  # type: ignore[arg-type]

    monkeypatch.setattr(BaseTraining, "train_step", killed)
    with pytest.raises(KeyboardInterrupt):
        train_base(paths, tmp_path / "killed", QUICK)
    monkeypatch.setattr(BaseTraining, "train_step", whole)
    resumed = train_base(paths, tmp_path / "killed", QUICK)
    first, second = (Base.load(p).networks.state_dict() for p in (straight, resumed))
    for name, value in first.items():
        torch.testing.assert_close(value, second[name], atol=2e-3, rtol=2e-2, msg=name)


@pytest.mark.parametrize("without", ["adversarial", "style"])
def test_losses_can_be_left_out(paths: list[Path], tmp_path: Path, without: str) -> None:
    weights = (
        LossWeights(adversarial=0) if without == "adversarial" else LossWeights(alpha=0, beta=0)
    )
    bank = PhotoBank.load(paths, seed=0)
    settings = QUICK.model_copy(update={"losses": weights})
    training = BaseTraining(LookNetworks(), bank, settings, tmp_path, Fabric(devices=1))
    record = training.train_step(draw_batch(bank, 3, 3, 64, seed=0))
    if without == "adversarial":
        assert "discriminator" not in record
    else:
        assert record["style"] == 0
