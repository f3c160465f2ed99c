"""Learn the look of a folder of photos and give it to one photo, at two strengths.

python examples/learn_and_apply.py feed/ me.jpg
"""

from __future__ import annotations

import sys
from pathlib import Path

import looksmith


def main(feed: Path, photo: Path) -> None:
    look = looksmith.learn(feed, name=feed.name)
    look.save(f"{feed.name}.look")
    print(f"{look.about['photos']} photos, mean change of ordinary colours {look.about['change']}")
    for strength in (0.5, 1.0):
        image = looksmith.apply(look, photo, strength=strength)
        image.save(photo.with_name(f"{photo.stem}-{strength:g}.jpg"), quality=95)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
