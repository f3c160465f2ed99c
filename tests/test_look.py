from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from looksmith.base import default_base
from looksmith.errors import LookError, LooksmithError
from looksmith.grading import identity_lut
from looksmith.look import FORMAT_VERSION, Look, blend
from looksmith.look_lut import look_lut
from looksmith.rendering import GRADE, MOOD, Controls, render


def make_look(name: str = "warm", seed: int = 0) -> Look:
    generator = torch.Generator().manual_seed(seed)
    return Look(
        name=name,
        code=torch.randn(1, 256, generator=generator),
        transport=torch.eye(3, 4).unsqueeze(0),
        correction=torch.zeros(1, 64),
        weights=torch.ones(1),
        base=default_base().identity,
        about={"photos": 8, "digest": "abc", "consent": "是的 — yes"},
        sheet=torch.zeros(64, 128, 3, dtype=torch.uint8),
    )


def test_a_saved_look_comes_back_whole(tmp_path: Path) -> None:
    look = make_look()
    path = look.save(tmp_path / "warm.look")
    again = Look.load(path)
    assert (again.name, again.about, again.base) == (look.name, look.about, look.base)
    for name in ("code", "transport", "correction", "weights", "sheet"):
        assert torch.equal(getattr(again, name), getattr(look, name))
    assert path.stat().st_size < 1_000_000


def test_the_header_is_readable_by_anyone(tmp_path: Path) -> None:
    path = make_look().save(tmp_path / "warm.look")
    raw = path.read_bytes()
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])["__metadata__"]
    assert header["name"] == "warm"
    assert json.loads(header["about"])["consent"] == "是的 — yes"


def _refused(path: Path, words: str) -> None:
    with pytest.raises(LookError, match=words) as caught:
        Look.load(path)
    assert str(path) in str(caught.value)


def test_a_missing_look_is_refused(tmp_path: Path) -> None:
    _refused(tmp_path / "no.look", "no such look")


@pytest.mark.parametrize("size", [0, 7, 100, 2000])
def test_a_truncated_look_is_refused(size: int, tmp_path: Path) -> None:
    path = make_look().save(tmp_path / "warm.look")
    path.write_bytes(path.read_bytes()[:size])
    _refused(path, "not a look file, or it is damaged")


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "photo.look"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(500))
    _refused(path, "not a look file")
    save_file({"code": torch.zeros(1)}, path)
    _refused(path, "not a look file")


def _rewritten(tmp_path: Path, **header: str) -> Path:
    path = make_look().save(tmp_path / "warm.look")
    metadata = {
        "format": "looksmith.look",
        "version": str(FORMAT_VERSION),
        "base": default_base().identity,
        "name": "warm",
        "about": "{}",
    }
    save_file(load_file(path), path, metadata | header)
    return path


def test_a_look_of_a_newer_format_is_refused(tmp_path: Path) -> None:
    _refused(_rewritten(tmp_path, version=str(FORMAT_VERSION + 1)), "newer")


def test_a_look_of_another_base_is_refused_where_it_is_used(tmp_path: Path) -> None:
    look = Look.load(_rewritten(tmp_path, base="other"))
    with pytest.raises(LookError, match="base other"):
        look.predict(default_base(), torch.rand(1, 3, 128, 128))
    with pytest.raises(LookError, match="base other"):
        look_lut(look, default_base())
    with pytest.raises(LookError, match="base other"):
        blend([make_look(), look], [1, 1], "both")


def test_a_mood_is_kept_blended_and_rendered(tmp_path: Path) -> None:
    dark = replace(make_look("dark", 1), mood=0.5 * identity_lut(9).unsqueeze(0))
    again = Look.load(dark.save(tmp_path / "dark.look"))
    assert again.mood is not None and dark.mood is not None
    assert torch.equal(again.mood, dark.mood)
    mixed = blend([dark, make_look("plain", 2)], [1, 1], "both")
    working = torch.rand(1, 3, 128, 128)
    mood = mixed.predict(default_base(), working)[MOOD]
    assert mood.lut is not None
    torch.testing.assert_close(mood.lut, 0.75 * identity_lut(9).unsqueeze(0))


def test_a_look_with_broken_numbers_or_shapes_is_refused(tmp_path: Path) -> None:
    path = make_look().save(tmp_path / "warm.look")
    tensors = load_file(path)
    metadata = {
        "format": "looksmith.look",
        "version": "1",
        "base": default_base().identity,
        "name": "a",
        "about": "{}",
    }
    save_file(tensors | {"code": torch.full((1, 256), float("nan"))}, path, metadata)
    _refused(path, "not finite")
    save_file(tensors | {"code": torch.zeros(3, 7)}, path, metadata)
    _refused(path, "shape")


def test_saving_where_nothing_can_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LookError, match="can't be written"):
        make_look().save(tmp_path / "no" / "warm.look")


def test_a_blend_holds_its_parts_by_weight() -> None:
    mixed = blend([make_look("a", 1), make_look("b", 2)], [3, 1], "both")
    assert mixed.weights.tolist() == [0.75, 0.25]
    assert [part["name"] for part in mixed.about["parts"]] == ["a", "b"]
    again = blend([mixed, make_look("c", 3)], [1, 1], "three")
    assert again.weights.tolist() == [0.375, 0.125, 0.5]


def test_a_blend_has_the_lut_of_a_part_that_is_all_of_it() -> None:
    """Its sheet is that of the first look, which has fewer photos than the blend."""
    seven = torch.randint(255, (64, 192, 3), generator=torch.Generator().manual_seed(0))
    seven[32:, 32:] = 255
    tones = [
        torch.stack((torch.linspace(*ends, 16), torch.linspace(0.2, -0.1, 16), torch.zeros(16)))
        for ends in ((0.1, 0.9), (0.4, 0.5))
    ]
    first = replace(make_look("a", 1), about={"photos": 7}, sheet=seven.byte(), tone=tones[0][None])
    second = replace(make_look("b", 2), tone=tones[1][None])
    mixed, base = blend([first, second], [1, 0], "both"), default_base()
    torch.testing.assert_close(look_lut(mixed, base), look_lut(first, base), atol=1e-5, rtol=0)


def test_what_weights_leave_is_the_photo_as_it_is() -> None:
    base, working = default_base(), torch.rand(1, 3, 128, 128)
    whole = make_look("a", 1)
    none, half = (replace(whole, weights=torch.tensor([w])) for w in (0.0, 0.5))
    unchanged = render(working, none.predict(base, working, Controls(normalise=0)))
    assert torch.allclose(unchanged, working, atol=1e-5)
    off = Controls(normalise=0)
    luts = [look.predict(base, working, off)[GRADE].lut for look in (whole, none, half)]
    assert luts[0] is not None and luts[1] is not None and luts[2] is not None
    assert torch.allclose(luts[2], 0.5 * (luts[0] + luts[1]), atol=1e-6)


@pytest.mark.parametrize(
    "weights", [[1.0], [0.0, 0.0], [-1.0, 2.0], [float("nan"), 1.0], [float("inf"), 1.0]]
)
def test_senseless_weights_are_refused(weights: list[float]) -> None:
    with pytest.raises(LookError, match="weight"):
        blend([make_look("a"), make_look("b")], weights, "both")


def test_each_part_of_a_blend_keeps_the_hue_of_skin_as_it_does_alone(tmp_path: Path) -> None:
    near, far, farther = 0.218, -0.177, 0.960  # of a turn of every hue by 100 degrees
    turned = torch.tensor([[near, far, farther], [farther, near, far], [far, farther, near]])
    turned = torch.cat((turned, torch.zeros(3, 1)), dim=1).unsqueeze(0)
    few, many = (
        replace(make_look(name, 1), transport=turned, about={"photos": photos})
        for name, photos in (("few", 2), ("many", 60))
    )
    base, working = default_base(), torch.full((1, 3, 128, 128), 0.5)
    for weights, alone in (([1, 0], few), ([0, 1], many)):
        mixed = Look.load(blend([few, many], weights, "both").save(tmp_path / "both.look"))
        made, own = (look.grade_stage(base, working).lut for look in (mixed, alone))
        assert made is not None and own is not None
        torch.testing.assert_close(made, own, atol=1e-5, rtol=0)
    nested = blend([mixed, few], [1, 1], "three")
    assert nested.photos == [2, 60, 2]


def test_a_blend_that_miscounts_its_parts_is_refused(tmp_path: Path) -> None:
    look = replace(make_look(), about={"photos": 8, "photos_of_parts": [8, 8]})
    _refused(look.save(tmp_path / "odd.look"), "photos_of_parts")


def test_a_blend_of_two_takes_a_user_and_refuses_one_of_another_size() -> None:
    base = default_base()
    mixed = blend([make_look("a", 1), make_look("b", 2)], [1, 1], "both")
    working = torch.rand(1, 3, 128, 128)
    assert mixed.predict(base, working, user=torch.zeros(1, 32)).active
    with pytest.raises(LooksmithError, match=r"shape \(1, 32\), not \(1, 7\)"):
        mixed.predict(base, working, user=torch.zeros(1, 7))


def test_a_blend_that_could_not_be_loaded_again_is_refused() -> None:
    looks = [make_look("a")] * 65
    with pytest.raises(LookError, match="65 parts"):
        blend(looks, [1.0] * 65, "many")
    with pytest.raises(LookError, match="name"):
        blend(looks[:2], [1, 1], "a/b")
