"""The loop that every stage of training shares: steps, schedule, averaged weights, checkpoints.

    class Stage(Trainer):
        def batches(self, first): ...         # what step ``first`` and those after it see
        def train_step(self, batch): ...      # self.update(player, …) for each player of the game

A *player* is a module whose ``forward`` returns its loss, and the optimiser of its parameters. The
loss is computed inside the wrapped ``forward``, where Fabric sets precision and DDP exchanges
gradients between processes. Losses stay tensors: they are read every ``read_every`` steps, so that
no step waits for the GPU. All chance of step n comes from (seed, n, process), so a run that was
interrupted ends with the same bits as one that was not.
"""

from __future__ import annotations

import signal
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from lightning_fabric.strategies.ddp import DDPStrategy
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from looksmith.errors import LooksmithError
from looksmith.texts import text
from looksmith.training.checkpoint import load_state, save_state
from looksmith.training.schedule import rate_scale, short_memory_average

Losses = dict[str, Tensor]
Progress = Callable[[int, dict[str, float]], None]
MAX_NORM = 20.0


def make_fabric(devices: int = 1, accelerator: str = "auto") -> Fabric:
    """Processes and precision for this machine: bfloat16 where the GPU has it, and floats of 32
    bits for everything else."""
    gpu = accelerator != "cpu" and torch.cuda.is_available() and torch.cuda.is_bf16_supported()
    return Fabric(
        accelerator=accelerator,
        devices=devices,
        # Buffers are measured once and the same everywhere; sending them each step would cost.
        strategy=DDPStrategy(broadcast_buffers=False) if devices > 1 else "auto",
        precision="bf16-mixed" if gpu else "32-true",
    )


@dataclass(frozen=True)
class Plan:
    """How long a stage is, and how its steps are counted, averaged and kept."""

    steps: int
    warmup: int
    ema: float
    seed: int
    key: dict[str, Any] = field(default_factory=dict)
    """Photos and settings: a checkpoint of others is refused."""
    read_every: int = 20
    checkpoint_minutes: float = 3.0


@dataclass
class Player:
    """A loss module as Fabric wraps it, and its optimiser."""

    module: nn.Module
    optimizer: torch.optim.Optimizer
    max_norm: float | None
    """Gradients are clipped to this."""
    rates: Sequence[float]
    """The full learning rate of each parameter group."""


class Trainer(ABC):
    """One stage of training; ``run`` goes on from the last checkpoint."""

    def __init__(
        self, name: str, networks: nn.Module, plan: Plan, folder: Path, fabric: Fabric
    ) -> None:
        self.name, self.plan, self.folder, self.fabric = name, plan, folder, fabric
        self.networks = networks.to(fabric.device)
        self.averaged = AveragedModel(
            self.networks, multi_avg_fn=short_memory_average(plan.ema)
        ).eval()
        self.averaged.requires_grad_(False)
        self.players: dict[str, Player] = {}
        self.step, self.seconds = 0, 0.0
        self._latest: Losses = {}

    def add_player(
        self,
        name: str,
        losses: nn.Module,
        optimizer: torch.optim.Optimizer,
        max_norm: float | None = MAX_NORM,
    ) -> None:
        """Let ``losses`` (its forward returns the loss and whatever ``train_step`` needs) play."""
        rates = [group["lr"] for group in optimizer.param_groups]
        module, wrapped = self.fabric.setup(losses, optimizer)
        self.players[name] = Player(module, wrapped, max_norm, rates)

    @abstractmethod
    def batches(self, first: int) -> Iterator[Any]:
        """What the steps from ``first`` on see, in order."""

    @abstractmethod
    def train_step(self, batch: Any) -> Losses:
        """Let every player learn from a batch; returns named losses, detached and not read."""

    def update(self, player: str, *inputs: Any) -> tuple[Any, ...]:
        """One step of a player's optimiser; returns what its forward gave beside the loss."""
        p = self.players[player]
        scale = rate_scale(self.step, self.plan.steps, self.plan.warmup)
        for group, rate in zip(p.optimizer.param_groups, p.rates, strict=True):
            group["lr"] = rate * scale
        loss, *rest = p.module(*inputs)
        p.optimizer.zero_grad()
        self.fabric.backward(loss)
        if p.max_norm is not None:
            self.fabric.clip_gradients(
                p.module, p.optimizer, max_norm=p.max_norm, error_if_nonfinite=False
            )
        p.optimizer.step()
        return tuple(rest)

    def share_of(self, amount: int) -> int:
        """What this process does of ``amount``, which all processes do together."""
        return max(1, amount // self.fabric.world_size)

    def seed_of(self, step: int, stream: int = 0) -> int:
        """The seed of this process's chance in a step; streams 0 to 7 are independent."""
        count = self.plan.seed * 1_000_003 + step
        return 8 * (count * self.fabric.world_size + self.fabric.global_rank) + stream

    # The run ------------------------------------------------------------------------------

    def run(self, progress: Progress = lambda *_: None) -> None:
        """Train to the last step, with checkpoints; an interrupt leaves one, too.

        Raises:
            KeyboardInterrupt: interrupted; the step that ran then is done and kept.
            LooksmithError: the folder holds a run of other photos or settings; losses are not
                finite.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.load_checkpoint()
        if self.step >= self.plan.steps:
            return
        before, started = self.seconds, time.monotonic()
        saved = started
        read: dict[str, float] = {}
        devices = [self.fabric.device] if self.fabric.device.type == "cuda" else []
        with torch.random.fork_rng(devices), interrupts() as interrupted:
            for batch in self.batches(self.step):
                self.one_step(batch)
                self.seconds = before + time.monotonic() - started
                done = self.step == self.plan.steps
                due = time.monotonic() - saved > 60 * self.plan.checkpoint_minutes
                due = due or interrupted.is_set()
                if done or due or self.step % self.plan.read_every == 0:
                    read = self.read_losses()
                    self.report(read, batch)
                if done or due:
                    self.save_checkpoint()
                    saved = time.monotonic()
                progress(self.step, read)
                if interrupted.is_set():
                    raise KeyboardInterrupt
                if done:
                    break

    def one_step(self, batch: Any) -> None:
        """One step and its place in the averaged weights."""
        torch.manual_seed(self.seed_of(self.step))
        self._latest |= self.train_step(batch)
        self.averaged.update_parameters(self.networks)
        self.step += 1

    def read_losses(self) -> dict[str, float]:
        """The latest value of each named loss: waits for the device.

        Raises:
            LooksmithError: one is not finite.
        """
        if not self._latest:
            return {}
        values = torch.stack([value.float() for value in self._latest.values()]).tolist()
        read = dict(zip(self._latest, values, strict=True))
        for name, value in read.items():
            if not abs(value) < float("inf"):
                raise LooksmithError(text("train.diverged", name=name, step=self.step))
        return read

    def report(self, losses: dict[str, float], batch: Any) -> None:  # noqa: B027
        """What a stage writes beside its checkpoint; nothing by default."""

    # Checkpoints --------------------------------------------------------------------------

    @property
    def checkpoint(self) -> Path:
        return self.folder / f"{self.name}.pt"

    def _parts(self) -> dict[str, Any]:
        modules = {f"{name} module": p.module for name, p in self.players.items()}
        optimizers = {f"{name} optimizer": p.optimizer for name, p in self.players.items()}
        return modules | optimizers | {"averaged": self.averaged}

    def save_checkpoint(self) -> None:
        """Write the whole state, renamed into place when whole."""
        if self.fabric.is_global_zero:
            state = {name: part.state_dict() for name, part in self._parts().items()}
            counts = {"step": self.step, "steps": self.plan.steps, "seconds": self.seconds}
            save_state(state | counts | {"key": self.plan.key}, self.checkpoint)

    def load_checkpoint(self) -> None:
        """Go on from the last checkpoint, if there is one, to as many steps as its run has.

        Raises:
            LooksmithError: it is damaged, or of other photos or settings.
        """
        state = load_state(self.checkpoint, self.plan.key)
        if state is not None:
            for name, part in self._parts().items():
                part.load_state_dict(state[name])
            self.step, self.seconds = state["step"], state["seconds"]
            self.plan = replace(self.plan, steps=state.get("steps", self.plan.steps))


@contextmanager
def interrupts() -> Iterator[threading.Event]:
    """Set by the first interrupt, which therefore waits until a step is whole; a second one stops
    at once. Only the main thread is interrupted."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    before = signal.getsignal(signal.SIGINT)

    def ask(*_: object) -> None:
        asked.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def threads(count: int) -> Iterator[None]:
    """That many threads for torch, and as many as before afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(max(1, count))
    try:
        yield
    finally:
        torch.set_num_threads(before)
