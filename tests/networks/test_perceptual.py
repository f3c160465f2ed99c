from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from looksmith import LooksmithError
from looksmith.networks.perceptual import NETWORKS, VGG, smallest_side


def test_features_have_their_names_and_shapes() -> None:
    features = VGG(("relu1_1", "relu2_2", "relu5_1"))(torch.rand(2, 3, 32, 32))
    assert {name: value.shape[1:] for name, value in features.items()} == {
        "relu1_1": (64, 32, 32),
        "relu2_2": (128, 16, 16),
        "relu5_1": (512, 2, 2),
    }
    assert smallest_side(("relu1_1", "relu5_1")) == 32


def test_the_shipped_features_know_edges_from_flats() -> None:
    edge = torch.zeros(1, 3, 32, 32)
    edge[..., 16:] = 1.0
    vgg = VGG(("relu1_2",))
    on_edge, on_flat = (vgg(x)["relu1_2"][0, :, 8:24, 8:24] for x in (edge, edge * 0 + 0.5))
    assert on_edge.std((1, 2)).mean() > 5 * on_flat.std((1, 2)).mean()


@pytest.mark.parametrize(
    ("layers", "network", "said"),
    [(("relu9_9",), "vgg16-hed", "relu9_9"), (("relu1_1",), "vgg13", "vgg13")],
)
def test_unknown_names_are_refused(layers: tuple[str, ...], network: str, said: str) -> None:
    with pytest.raises(LooksmithError, match=said):
        VGG(layers, network)


def _as_torchvision(kind: str, deepest: str) -> dict[str, torch.Tensor]:
    own = VGG((deepest,), "vgg16-hed").convolutions
    stored, number = {}, 0
    for layer in NETWORKS[kind].layers:
        if layer.endswith("_1") and layer != "relu1_1":
            number += 1
        if layer in own:
            stored[f"features.{number}.weight"] = own[layer].weight.data
            stored[f"features.{number}.bias"] = own[layer].bias.data
        number += 2
    return stored


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_own_weights_named_as_torchvision_does(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"own{suffix}"
    stored = _as_torchvision("vgg16-imagenet", "relu3_1")
    save_file(stored, path) if suffix == ".safetensors" else torch.save(stored, path)
    own, shipped = VGG(("relu3_1",), "vgg16-imagenet", path), VGG(("relu3_1",))
    for name, convolution in own.convolutions.items():
        assert torch.equal(convolution.weight, shipped.convolutions[name].weight)


@pytest.mark.parametrize("name", ["missing.pth", "text.pth", "text.safetensors", "other.pth"])
def test_foreign_weights_are_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name.startswith("text"):
        path.write_text("hello")
    elif name.startswith("other"):
        torch.save({"layer": torch.zeros(3)}, path)
    with pytest.raises(LooksmithError, match="weights"):
        VGG(("relu1_1",), "vgg19", path)


def test_a_pickle_is_not_run(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[object, ...]]:
            return Path.touch, (tmp_path / "ran",)

    torch.save({"features.0.weight": Trap()}, tmp_path / "trap.pth")
    with pytest.raises(LooksmithError, match="weights"):
        VGG(("relu1_1",), "vgg19", tmp_path / "trap.pth")
    assert not (tmp_path / "ran").exists()
