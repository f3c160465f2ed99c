from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from typer.testing import CliRunner

from looksmith.cli import app
from looksmith.photos import Photo, write_photo
from looksmith.provenance import content_id, xmp_label

runner = CliRunner()


def test_verify_prints_the_label_and_tells_what_lacks_one(
    tmp_path: Path, photo: NDArray[np.uint8]
) -> None:
    good, bare = tmp_path / "good.jpg", tmp_path / "bare.jpg"
    write_photo(Photo(photo), good, xmp_label("fi\x1blm", produce_id=content_id(photo)))
    Image.fromarray(photo).save(bare)
    result = runner.invoke(app, ["verify", str(good)])
    assert result.exit_code == 0, result.output
    assert "Look: film" in result.output
    assert "GB 45438: 1, Looksmith" in result.output
    assert "✗" not in result.output
    result = runner.invoke(app, ["verify", str(good), str(bare)])
    assert result.exit_code == 1
    assert "✗ It does not say whether a model had a part in it." in result.output


def test_verify_goes_on_after_a_file_that_cannot_be_read(
    tmp_path: Path, photo: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    good = tmp_path / "good.png"
    write_photo(Photo(photo), good, xmp_label("film", produce_id=content_id(photo)))
    monkeypatch.setenv("LOOKSMITH_LANG", "zh")
    result = runner.invoke(app, ["verify", str(tmp_path / "no.jpg"), str(good)])
    assert result.exit_code == 2
    assert "没有这个文件" in result.output
    assert "标识与这张图片相符" in result.output
