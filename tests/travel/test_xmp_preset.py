from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
import torch

from looksmith.base import default_base
from looksmith.color import delta_e_2000
from looksmith.grading import apply_lut, curves, hue_selective, identity_lut
from looksmith.travel.xmp_preset import CURVE_POINTS, HUES, Preset, fit_preset, write_preset

CRS = "{http://ns.adobe.com/camera-raw-settings/1.0/}"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"


@pytest.fixture(scope="module")
def film() -> torch.Tensor:
    """A LUT that lifts blacks, warms and pales greens."""
    colours = identity_lut(17).view(1, 3, 17, -1)
    colours = curves(colours, (0.1, 0.5, 0.95), (0.08, 0.48, 0.95), (0.1, 0.42, 0.8))
    colours = hue_selective(colours, 2.1, 0.4, -0.5, 0.2, 0.0)
    return colours.view(3, 17, 17, 17)


def test_a_preset_comes_near_the_look_and_says_how_near(film: torch.Tensor) -> None:
    preset = fit_preset(film, default_base(), steps=40)
    every = default_base().ordinary_palettes[:, :, ::64].permute(1, 0, 2).unsqueeze(0)
    nothing = float(delta_e_2000(every, apply_lut(every, film)).mean())
    assert preset.difference < 2.5 < nothing / 2
    assert preset.curves[:, 0].min() > 2  # lifted blacks
    assert preset.mixer[1, list(HUES).index("Green")] < -8  # paler greens
    assert preset.curves.shape == (3, CURVE_POINTS)


def test_the_look_that_changes_nothing_needs_no_sliders() -> None:
    preset = fit_preset(identity_lut(9), default_base(), steps=40)
    assert preset.difference < 0.8
    assert preset.mixer.abs().max() < 15


def test_the_file_is_a_preset_with_its_name(tmp_path: Path) -> None:
    rows = torch.linspace(0, 255, CURVE_POINTS).repeat(3, 1)
    mixer = torch.zeros(3, 8)
    mixer[0, 0] = -7
    write_preset(Preset(rows, mixer), tmp_path / "a.xmp", 'film <"&">')
    root = ElementTree.parse(tmp_path / "a.xmp").getroot()
    description = root.find(f"{RDF}RDF/{RDF}Description")
    assert description is not None
    assert description.get(f"{CRS}HueAdjustmentRed") == "-7"
    assert description.get(f"{CRS}HueAdjustmentBlue") == "0"
    name = description.find(f"{CRS}Name/{RDF}Alt/{RDF}li")
    assert name is not None
    assert name.text == 'film <"&">'
    points = description.findall(f"{CRS}ToneCurvePV2012Green/{RDF}Seq/{RDF}li")
    assert [points[0].text, points[-1].text] == ["0, 0", "255, 255"]
