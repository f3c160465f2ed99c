"""How near Lightroom presets come to looks, over LUTs evenly chosen from a folder.

python benchmarks/preset.py --looks ../shared/data/looks --count 24
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from looksmith.base import default_base
from looksmith.color import delta_e_2000
from looksmith.grading import apply_lut
from looksmith.travel.import_lut import read_lut
from looksmith.travel.xmp_preset import fit_preset


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--looks", type=Path, required=True)
    parser.add_argument("--count", type=int, default=24)
    options = parser.parse_args()
    base = default_base()
    colours = base.ordinary_palettes[:, :, ::16].permute(1, 0, 2).unsqueeze(0)
    paths = sorted(options.looks.rglob("*.cube"))
    chosen = paths[:: max(1, len(paths) // options.count)][: options.count]
    rows = []
    print("| look | nothing | preset |\n| --- | --- | --- |")
    for path in chosen:
        lut = read_lut(path)
        nothing = float(delta_e_2000(colours, apply_lut(colours, lut).clamp(0, 1)).mean())
        rows.append((nothing, fit_preset(lut, base).difference))
        print(f"| {path.stem} | {nothing:.2f} | {rows[-1][1]:.2f} |", flush=True)
    mean, most = np.mean(rows, axis=0), np.max(rows, axis=0)
    print(f"| **mean of {len(rows)}** | {mean[0]:.2f} | {mean[1]:.2f} |")
    print(f"| **worst** | {most[0]:.2f} | {most[1]:.2f} |")


if __name__ == "__main__":
    main()
