"""The mean of bases that were trained on from the same one: better than each where trainings end
in different places of one valley (Wortsman et al., "Model soups", 2022).

    python scripts/average_bases.py first.safetensors second.safetensors … -o mean.safetensors

What is measured rather than trained, the discriminator and the card are the last one's; the card
says of which bases it is the mean.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from looksmith.base import Base, save_base


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bases", type=Path, nargs="+")
    parser.add_argument("-o", type=Path, required=True)
    args = parser.parse_args()
    bases = [Base.load(path) for path in args.bases]
    last = bases[-1]
    trained = [dict(base.networks.named_parameters()) for base in bases]
    with torch.no_grad():
        for name, parameter in last.networks.named_parameters():
            parameter.copy_(torch.stack([each[name] for each in trained]).mean(0))
    parts = [{"base": base.identity, "card": base.card} for base in bases[:-1]]
    card = last.card | {"mean_of": [*parts, {"base": last.identity}]}
    save_base(last.networks, last.discriminator, args.o, card)


if __name__ == "__main__":
    main()
