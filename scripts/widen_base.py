"""Give a base from before expectations (``networks/expectation.py``) the layers of today's.

    python scripts/widen_base.py old.safetensors -o wide.safetensors
    looksmith train --from wide.safetensors --plain DIR --photos DIR …

New inputs have no weight, so the wide base reads feeds as the old one did but for its convolutional
features, which changed nothing that is measured; training it further teaches it the rest.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor

from looksmith.base import read_base, save_base
from looksmith.networks.discriminator import StatisticsDiscriminator
from looksmith.networks.model import CONDITION_SIZE, LookNetworks

GONE = ("style_encoder.convolutions", "style_encoder.per_features")
FIRST, SECOND = "style_encoder.per_photo.0.weight", "style_encoder.to_code.0.weight"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("base", type=Path)
    parser.add_argument("-o", type=Path, required=True)
    args = parser.parse_args()
    stored, judging, card = read_base(args.base)
    networks, discriminator = LookNetworks(), StatisticsDiscriminator(CONDITION_SIZE)
    discriminator.load_state_dict(judging)
    kept = {name: value for name, value in stored.items() if not name.startswith(GONE)}
    networks.load_state_dict(networks.state_dict() | widened(kept, networks.state_dict()))
    networks.style_encoder.expect_ordinary()
    save_base(networks, discriminator, args.o, card | {"widened": True})


def widened(old: dict[str, Tensor], new: dict[str, Tensor]) -> dict[str, Tensor]:
    """Old weights in the places that today's layers have for them, zeros elsewhere."""
    statistics = old["style_encoder.ordinary_mean"].shape[0]
    first, second = torch.zeros_like(new[FIRST]), torch.zeros_like(new[SECOND])
    first[:, :statistics] = old[FIRST]
    # Pooled tokens, statistics over photos, transport, number of photos; today what is beyond
    # expectation comes after the statistics, and two transports after the first.
    before, transport = old[SECOND].shape[1] - 13, old[SECOND].shape[1] - 1
    second[:, :before] = old[SECOND][:, :before]
    after = before + 4 * statistics
    second[:, after : after + 12] = old[SECOND][:, before:transport]
    second[:, -1:] = old[SECOND][:, transport:]
    return old | {FIRST: first, SECOND: second}


if __name__ == "__main__":
    main()
