"""The loop, on a game small enough to see through: a line is fitted, and a rival lifts it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import torch
import torch.multiprocessing
from torch import Tensor, nn

from looksmith import LooksmithError
from looksmith.training.trainer import Losses, Plan, Trainer, make_fabric, threads

STEPS = 12


class Game(nn.Module):
    """Half of the inputs are dropped by chance, which a resumed run must repeat."""

    def __init__(self, networks: nn.Module) -> None:
        super().__init__()
        self.networks = networks

    def forward(self, x: Tensor) -> tuple[Tensor, Losses]:
        loss = (self.networks(nn.functional.dropout(x)) - x.sum(1, keepdim=True)).square().mean()
        return loss, {"fit": loss.detach()}


class Fitting(Trainer):
    def __init__(
        self, folder: Path, devices: int = 1, steps: int = STEPS, key: str = "a", poison: int = -1
    ) -> None:
        torch.manual_seed(0)
        plan = Plan(steps, warmup=2, ema=0.9, seed=3, key={"photos": key}, read_every=5)
        fabric = make_fabric(devices, "cpu")
        fabric.launch()
        super().__init__("fitting", nn.Linear(4, 1), plan, folder, fabric)
        self.poison = poison
        optimizer = torch.optim.AdamW(self.networks.parameters(), 0.01)
        self.add_player("line", Game(self.networks), optimizer)

    def batches(self, first: int) -> Iterator[Tensor]:
        for step in count(first):
            batch = torch.randn(
                8, 4, generator=torch.Generator().manual_seed(self.seed_of(step, 1))
            )
            yield batch * float("nan") if step == self.poison else batch

    def train_step(self, batch: Tensor) -> Losses:
        (parts,) = self.update("line", batch)
        return dict(parts)


def bits(trainer: Trainer) -> list[Tensor]:
    return [*trainer.networks.parameters(), *trainer.averaged.parameters()]


def same(first: Trainer, second: Trainer) -> bool:
    return all(torch.equal(a, b) for a, b in zip(bits(first), bits(second), strict=True))


def interrupted(folder: Path, at: int, skip: int = 0) -> Trainer:
    """A run stopped after ``at`` steps, and the one that goes on (skipping ``skip`` steps)."""
    first = Fitting(folder)
    for batch in first.batches(0):
        if first.step == at:
            break
        first.one_step(batch)
    first.save_checkpoint()
    second = Fitting(folder)
    second.load_checkpoint()
    second.step += skip
    second.save_checkpoint()
    second.run()
    return second


@pytest.mark.parametrize("at", [1, 7, STEPS])
def test_an_interrupted_run_ends_with_the_same_bits(tmp_path: Path, at: int) -> None:
    straight = Fitting(tmp_path / "straight")
    straight.run()
    (tmp_path / "other").mkdir()
    assert same(straight, interrupted(tmp_path / "other", at))


def test_a_skipped_step_does_not(tmp_path: Path) -> None:
    straight = Fitting(tmp_path / "straight")
    straight.run()
    (tmp_path / "other").mkdir()
    assert not same(straight, interrupted(tmp_path / "other", at=7, skip=1))


def test_an_interrupt_waits_for_its_step_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    straight = Fitting(tmp_path / "straight")
    straight.run()
    whole, before = Fitting.train_step, signal.getsignal(signal.SIGINT)

    def interrupted(self: Fitting, batch: Tensor) -> Losses:
        if self.step == 6:
            os.kill(os.getpid(), signal.SIGINT)
        return whole(self, batch)

    monkeypatch.setattr(Fitting, "train_step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Fitting(tmp_path / "other").run()
    assert signal.getsignal(signal.SIGINT) is before
    monkeypatch.setattr(Fitting, "train_step", whole)
    again, steps = Fitting(tmp_path / "other"), []
    again.run(lambda step, _: steps.append(step))
    assert steps == list(range(8, STEPS + 1))
    assert same(straight, again)


def test_training_fits_and_leaves_the_chance_of_others_alone(tmp_path: Path) -> None:
    told: list[tuple[int, dict[str, float]]] = []
    trainer = Fitting(tmp_path, steps=300)
    before = torch.random.get_rng_state()
    trainer.run(lambda *news: told.append(news))
    assert torch.equal(before, torch.random.get_rng_state())
    assert [step for step, _ in told] == list(range(1, 301))
    assert told[-1][1]["fit"] < 0.5 * told[5][1]["fit"]


def test_a_run_of_other_photos_is_refused(tmp_path: Path) -> None:
    Fitting(tmp_path, key="a").run()
    with pytest.raises(LooksmithError, match=r"differs in photos"):
        Fitting(tmp_path, key="b").run()


def test_a_damaged_checkpoint_is_refused(tmp_path: Path) -> None:
    (tmp_path / "fitting.pt").write_bytes(b"PK\3\4 not a checkpoint")
    with pytest.raises(LooksmithError, match="damaged"):
        Fitting(tmp_path).run()


def test_a_checkpoint_that_would_run_code_is_not_run(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[object, ...]]:
            return Path.touch, (tmp_path / "ran",)

    torch.save({"key": {"photos": "a"}, "step": Trap()}, tmp_path / "fitting.pt")
    with pytest.raises(LooksmithError, match="damaged"):
        Fitting(tmp_path).run()
    assert not (tmp_path / "ran").exists()


def test_losses_that_are_not_finite_stop_the_run_before_its_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(LooksmithError, match=r"“fit” is not finite"):
        Fitting(tmp_path, poison=6).run()
    assert not (tmp_path / "fitting.pt").exists()


def test_mixed_precision_reaches_the_loss(tmp_path: Path) -> None:
    from lightning_fabric import Fabric

    class Half(Fitting):
        def train_step(self, batch: Tensor) -> Losses:
            seen: list[torch.dtype] = []
            hook = self.networks.register_forward_hook(lambda *call: seen.append(call[2].dtype))
            losses = super().train_step(batch)
            hook.remove()
            assert seen == [torch.bfloat16]
            return losses

    trainer = Half(tmp_path)
    trainer.fabric = Fabric(accelerator="cpu", precision="bf16-mixed")
    trainer.add_player(
        "line", Game(trainer.networks), torch.optim.SGD(trainer.networks.parameters(), 0.1)
    )
    trainer.run()
    assert all(p.dtype == torch.float32 for p in trainer.networks.parameters())


def _one_of_two(rank: int, folder: Path, port: int) -> None:
    os.environ |= {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "WORLD_SIZE": "2",
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "NODE_RANK": "0",
    }
    torch.set_num_threads(1)
    trainer = Fitting(folder, devices=2, steps=3)
    trainer.run()
    torch.save(bits(trainer), folder / f"rank{rank}.bits")


def test_two_processes_exchange_gradients(tmp_path: Path) -> None:
    """Each process sees other data, so without exchange their weights would part."""
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    torch.multiprocessing.start_processes(
        _one_of_two, (tmp_path, port), nprocs=2, start_method="fork"
    )
    first, second = (torch.load(tmp_path / f"rank{rank}.bits") for rank in (0, 1))
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    alone = Fitting(tmp_path / "alone", steps=3)
    alone.run()
    assert not all(torch.equal(a, b) for a, b in zip(first, bits(alone), strict=True))


def test_threads_are_as_many_as_before() -> None:
    before = torch.get_num_threads()
    with pytest.raises(KeyboardInterrupt), threads(before + 1):
        assert torch.get_num_threads() == before + 1
        raise KeyboardInterrupt
    assert torch.get_num_threads() == before
