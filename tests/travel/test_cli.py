from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from looksmith import apply
from looksmith.cli import app
from looksmith.evaluation.exam_looks import cube_filter
from looksmith.look import Look
from looksmith.travel.import_lut import read_lut

runner = CliRunner()


def run(*words: object) -> tuple[int, str]:
    result = runner.invoke(app, [str(word) for word in words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, " ".join(result.output.split())


@pytest.fixture
def look(learned: Look, tmp_path: Path) -> Path:
    return learned.save(tmp_path / "warm.look")


@pytest.mark.parametrize("form", ["cube", "hald"])
def test_export_gives_the_lut_that_apply_follows(
    form: str, look: Path, tmp_path: Path, photo: np.ndarray
) -> None:
    target = tmp_path / ("warm.cube" if form == "cube" else "warm.png")
    code, output = run("export", look, f"--{form}", target)
    assert code == 0, output
    lut = read_lut(target)
    assert lut.shape[-1] == {"cube": 33, "hald": 64}[form]
    floats = photo.astype(np.float32) / 255
    by_lut, by_look = cube_filter(lut)(floats), np.asarray(apply(Look.load(look), floats))
    assert np.abs(by_lut - by_look).mean() < 0.03


def test_a_cube_of_another_size_is_written_on_request(look: Path, tmp_path: Path) -> None:
    assert run("export", look, "--cube", tmp_path / "a.cube", "--size", 17)[0] == 0
    assert read_lut(tmp_path / "a.cube").shape == (3, 17, 17, 17)


def test_what_was_exported_is_imported(look: Path, tmp_path: Path) -> None:
    assert run("export", look, "--cube", tmp_path / "warm2.cube")[0] == 0
    code, output = run("import", tmp_path / "warm2.cube", "-o", tmp_path / "looks")
    assert code == 0, output
    code, output = run("show", tmp_path / "looks" / "warm2.look")
    assert code == 0, output
    assert "warm2" in output


def test_export_to_nothing_is_refused(look: Path) -> None:
    code, output = run("export", look)
    assert code == 2
    assert "--cube" in output


def test_a_broken_lut_is_refused_and_nothing_written(tmp_path: Path) -> None:
    (tmp_path / "a.cube").write_text("LUT_3D_SIZE 2\n0 0 0\n")
    code, output = run("import", tmp_path / "a.cube", "--name", "a", "-o", tmp_path / "looks")
    assert code == 2
    assert "there are 1" in output
    assert not (tmp_path / "looks").exists()
