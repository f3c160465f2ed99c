"""Both stages, on twelve small photos."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from looksmith import LooksmithError
from looksmith.base import Base
from looksmith.networks.model import LookNetworks
from looksmith.training.adversarial import AdversarialTraining
from looksmith.training.data import PhotoBank
from looksmith.training.expectation import learn_expectation
from looksmith.training.pretraining import Pretraining, is_pretrained, natural_nodes
from looksmith.training.settings import BaseSettings, LossWeights, PretrainingSettings
from looksmith.training.train import new_networks, train_further, train_on
from looksmith.training.trainer import Trainer, make_fabric

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
import ablation

QUICK = BaseSettings(
    steps=4,
    looks=2,
    content_size=64,
    crop=48,
    basis_looks=100,
    max_references=2,
    pixel_samples=64,
    warmup=1,
    r1_every=2,
    perceptual_every=2,
    pretraining=PretrainingSettings(
        rounds=3, chunk=8, kept=16, feed=3, batch=16, steps_a_round=2, nodes=64, workers=0
    ),
)
FIRST = QUICK.pretraining.rounds * QUICK.pretraining.steps_a_round


@pytest.fixture(scope="module")
def paths(photos: list[NDArray[np.uint8]], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder, paths = tmp_path_factory.mktemp("photos"), []
    for index in range(12):
        path = folder / ("a" if index % 2 else "b") / f"{index}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.roll(photos[index % 4], 10 * index, axis=1)).save(path)
        paths.append(path)
    return paths


@pytest.fixture(scope="module")
def bank(paths: list[Path]) -> PhotoBank:
    read = PhotoBank.load(paths, seed=0, content_size=QUICK.content_size)
    return learn_expectation(new_networks(read, QUICK).style_encoder, read)


@pytest.fixture(scope="module")
def straight(bank: PhotoBank, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list]:
    """A run that nothing interrupted, and what it told."""
    told: list[tuple[int, int, dict[str, float]]] = []
    folder = tmp_path_factory.mktemp("straight")
    train_on(bank, folder, QUICK, make_fabric(1, "cpu"), lambda *news: told.append(news))
    return folder, told


def state(folder: Path, stage: str) -> dict[str, dict[str, object]]:
    return torch.load(folder / f"{stage}.pt", weights_only=True)


def tensors(value: object) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from tensors(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from tensors(inner)


def same(first: Path, second: Path) -> bool:
    """Whether two runs ended with the same networks, averages and optimisers, bit for bit."""
    pairs = zip(*(tensors(state(folder, "adversarial")) for folder in (first, second)), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_training_writes_a_base_that_loads(straight: tuple[Path, list]) -> None:
    folder, told = straight
    base = Base.load(folder / "base.safetensors")
    assert base.card["steps"] == QUICK.steps
    assert [(step, total) for step, total, _ in told] == [
        (step, FIRST + QUICK.steps) for step in range(1, FIRST + QUICK.steps + 1)
    ]
    names = {"discriminator", "adversarial", "reconstruction", "global look", "style", "r1 patches"}
    assert names <= set(told[-1][2])
    assert all(np.isfinite(v) for _, _, losses in told for v in losses.values())


@pytest.mark.parametrize(("stage", "at"), [(Pretraining, 5), (AdversarialTraining, 2)])
def test_killed_training_goes_on_to_the_same_bits(
    bank: PhotoBank,
    straight: tuple[Path, list],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stage: type[Trainer],
    at: int,
) -> None:
    """The first stage is killed in the middle of a round, its buffer full and written round."""
    whole = stage.one_step

    def killed(self: Trainer, batch: object) -> None:
        if self.step == at:
            self.save_checkpoint()
            raise KeyboardInterrupt
        whole(self, batch)

    monkeypatch.setattr(stage, "one_step", killed)
    with pytest.raises(KeyboardInterrupt):
        train_on(bank, tmp_path, QUICK, make_fabric(1, "cpu"))
    monkeypatch.setattr(stage, "one_step", whole)
    train_on(bank, tmp_path, QUICK, make_fabric(1, "cpu"))
    assert same(straight[0], tmp_path)


def test_a_skipped_step_is_noticed(
    bank: PhotoBank, straight: tuple[Path, list], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = AdversarialTraining.train_step

    def skipping(self: AdversarialTraining, batch: object) -> dict[str, Tensor]:
        return {} if self.step == 2 else whole(self, batch)  # type: ignore[arg-type]

    monkeypatch.setattr(AdversarialTraining, "train_step", skipping)
    train_on(bank, tmp_path, QUICK, make_fabric(1, "cpu"))
    assert not same(straight[0], tmp_path)


def test_the_ablation_starts_from_the_first_stage_whatever_its_seed(
    paths: list[Path], straight: tuple[Path, list], tmp_path: Path
) -> None:
    networks, bank = ablation.first_stage(straight[0], paths, [], QUICK.content_size)
    averaged = state(straight[0], "pretraining")["averaged"]
    for name, value in networks.state_dict().items():
        assert torch.equal(value, averaged[f"module.{name}"]), name
    other = QUICK.model_copy(update={"seed": 1, "steps": 1})
    assert Base.load(ablation.second_stage(networks, bank, other, tmp_path)).card["steps"] == 1


def test_a_finished_run_refuses_other_settings(
    bank: PhotoBank, straight: tuple[Path, list]
) -> None:
    other = QUICK.model_copy(update={"losses": LossWeights(beta=0)})
    with pytest.raises(LooksmithError, match=r"differs in settings\.losses\.beta"):
        train_on(bank, straight[0], other, make_fabric(1, "cpu"))


def test_the_first_stage_teaches_what_reads_and_nothing_else(
    bank: PhotoBank, tmp_path: Path
) -> None:
    networks = new_networks(bank, QUICK)
    before = {name: p.clone() for name, p in networks.named_parameters()}
    training = Pretraining(networks, bank, QUICK.pretraining, tmp_path, make_fabric(1, "cpu"))
    training.run()
    for name, parameter in networks.named_parameters():
        assert torch.equal(parameter, before[name]) != is_pretrained(name), name
    assert all(p.requires_grad for p in training.result().parameters())


@pytest.mark.parametrize("stage", [Pretraining, AdversarialTraining])
def test_no_step_reads_a_tensor(
    bank: PhotoBank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: type[Trainer]
) -> None:
    """Reading is what would have a step wait for the GPU."""
    settings = QUICK.pretraining if stage is Pretraining else QUICK
    trainer = stage(new_networks(bank, QUICK), bank, settings, tmp_path, make_fabric(1, "cpu"))  # type: ignore[call-arg, arg-type]
    batch = next(iter(trainer.batches(0)))

    def watched(name: str) -> object:
        read = getattr(Tensor, name)

        def refuse(self: Tensor, *args: object) -> object:
            if "looksmith" in sys._getframe(1).f_code.co_filename:
                raise AssertionError(f"{name} in a step")
            return read(self, *args)

        return refuse

    for name in ("item", "tolist", "__float__", "__bool__", "__int__", "nonzero", "numpy"):
        monkeypatch.setattr(Tensor, name, watched(name))
    losses = trainer.train_step(batch)
    assert losses and not any(value.requires_grad for value in losses.values())


def test_losses_of_mixed_precision_are_near_those_of_full(bank: PhotoBank, tmp_path: Path) -> None:
    read = []
    for precision in ("32-true", "bf16-mixed"):
        fabric = Fabric(accelerator="cpu", devices=1, precision=precision)  # type: ignore[arg-type]
        training = AdversarialTraining(new_networks(bank, QUICK), bank, QUICK, tmp_path, fabric)
        training.one_step(next(training.batches(0)))
        read.append(training.read_losses())
    for name, value in read[0].items():
        assert read[1][name] == pytest.approx(value, rel=0.1, abs=0.02), name


@pytest.mark.parametrize("without", ["adversarial", "style"])
def test_losses_can_be_left_out(bank: PhotoBank, tmp_path: Path, without: str) -> None:
    weights = (
        LossWeights(adversarial=0) if without == "adversarial" else LossWeights(alpha=0, beta=0)
    )
    settings = QUICK.model_copy(update={"losses": weights})
    training = AdversarialTraining(LookNetworks(), bank, settings, tmp_path, make_fabric(1, "cpu"))
    losses = training.train_step(next(training.batches(0)))
    assert without not in losses
    assert "discriminator" not in losses if without == "adversarial" else "discriminator" in losses


def test_nodes_follow_the_colours_that_photos_have(bank: PhotoBank) -> None:
    index, weight = natural_nodes(bank, 100, seed=0)
    assert len(set(index.tolist())) == 100
    assert float(weight.sum()) == pytest.approx(1.0)
    assert float(weight[:10].mean()) > float(weight[-10:].mean())


def test_subjects_that_are_not_told_are_those_of_anything(bank: PhotoBank, tmp_path: Path) -> None:
    settings = QUICK.pretraining.model_copy(update={"unknown": 1.0})
    networks = new_networks(bank, QUICK)
    stage = Pretraining(networks, bank, settings, tmp_path, make_fabric(1, "cpu"))
    batch = next(iter(stage.batches(0)))
    ordinary = networks.style_encoder.ordinary_expected
    torch.testing.assert_close(batch["expected"], ordinary.expand_as(batch["expected"]))


def test_half_of_the_feeds_are_of_plain_photos_alone(bank: PhotoBank) -> None:
    plain = torch.arange(len(bank)) >= 6
    references = torch.where(plain.view(-1, 1, 1, 1, 1), 255, 0).byte().expand_as(bank.references)
    marked = replace(bank, references=references, plain=plain)
    feeds, _ = marked.draw_feeds(200, 3, torch.Generator().manual_seed(0))
    bright = feeds.mean((2, 3, 4)) > 0.5  # (200, 3): every shot varies, none crosses the middle
    assert bool((bright.all(1) | (~bright).all(1)).all())
    assert 0.35 < float(bright.all(1).float().mean()) < 0.65


def test_a_base_trained_on_keeps_what_is_ordinary(
    paths: list[Path],
    straight: tuple[Path, list],
    tmp_path: Path,
) -> None:
    before = Base.load(straight[0] / "base.safetensors")
    settings = QUICK.pretraining
    path = train_further(before, paths[:8], paths[8:], tmp_path, settings)
    after = Base.load(path)
    old, new = before.networks.state_dict(), after.networks.state_dict()
    changed = {name for name, value in old.items() if not torch.equal(value, new[name])}
    assert changed and all(is_pretrained(name) or ".expectation." in name for name in changed)
    assert after.card["from"] == before.identity
    assert (after.card["plain"], after.card["photos"]) == (4, 12)
