from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from looksmith.cli import app
from looksmith.look import Look

runner = CliRunner()


def run(*words: object) -> tuple[int, str]:
    result = runner.invoke(app, [str(word) for word in words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


@pytest.fixture
def look(feed: Path, tmp_path: Path) -> Path:
    code, output = run("learn", feed, "--name", "warm", "-o", tmp_path)
    assert code == 0, output
    return tmp_path / "warm.look"


def test_learn_writes_a_look_and_shows_its_card(feed: Path, tmp_path: Path) -> None:
    code, output = run(
        "learn",
        feed,
        "--name",
        "warm",
        "-o",
        tmp_path / "looks",
        "--consent",
        "Mine, 2026",
    )
    assert code == 0
    assert "warm.look" in output
    assert "Mine, 2026" in output
    look = Look.load(tmp_path / "looks" / "warm.look")
    assert look.about["photos"] == 8
    assert [p.name for p in (tmp_path / "looks").iterdir()] == ["warm.look"]


def test_apply_one_photo(look: Path, feed: Path, tmp_path: Path) -> None:
    code, _ = run("apply", look, feed / "0.jpg", "-o", tmp_path / "out.png")
    assert code == 0
    assert Image.open(tmp_path / "out.png").size == Image.open(feed / "0.jpg").size


def test_apply_without_a_target_writes_beside_the_photo(look: Path, feed: Path) -> None:
    assert run("apply", look, feed / "0.jpg")[0] == 0
    assert (feed / "0-warm.jpg").exists()


def test_apply_a_folder_says_what_it_refused(look: Path, feed: Path, tmp_path: Path) -> None:
    (feed / "text.jpg").write_text("no photo")
    code, output = run("apply", look, feed, "-o", tmp_path / "out", "--strength", "0.7")
    assert code == 2
    assert "text.jpg" in output
    assert "8 photos written, 1 refused" in output
    assert len(list((tmp_path / "out").iterdir())) == 8


def test_apply_resumed_leaves_what_is_done(look: Path, feed: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "0.jpg").write_bytes(b"done before")
    code, output = run("apply", look, feed, "-o", out, "--resume")
    assert code == 0 and "7 photos written" in output
    assert (out / "0.jpg").read_bytes() == b"done before"
    assert len(list(out.iterdir())) == 8


def test_results_among_the_photos_are_not_given_the_look_again(look: Path, feed: Path) -> None:
    done = feed / "done"
    for _ in range(2):
        code, output = run("apply", look, feed, "-o", done)
        assert code == 0 and "8 photos written" in output
    assert not (done / "done").exists()


def test_controls_at_0_change_no_pixel(look: Path, tmp_path: Path, photo: np.ndarray) -> None:
    Image.fromarray(photo).save(tmp_path / "me.png")
    none = ("--strength", "0", "--mood", "0", "--normalise", "0")
    run("apply", look, tmp_path / "me.png", "-o", tmp_path / "out.png", *none)
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "out.png")), photo)


def test_show_tells_what_the_look_is(look: Path) -> None:
    code, output = run("show", look)
    assert code == 0
    for words in ("warm", "Photos", "8", "Tone curve", "not stated"):
        assert words in output
    assert "▀" not in output  # a sheet is nothing without colours


def test_everything_speaks_chinese(look: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKSMITH_LANG", "zh")
    assert "授权声明" in run("show", look)[1]
    code, output = run("show", look.with_name("no.look"))
    assert code == 2
    assert "没有这个风格文件" in output


def test_blend_as_the_readme_writes_it(look: Path, tmp_path: Path) -> None:
    both = tmp_path / "both.look"
    code, output = run("blend", look, look, "--weights", "0.6", "0.4", "-o", both)
    assert code == 0, output
    own = Look.load(look).weights.item()
    assert Look.load(both).weights.tolist() == pytest.approx([0.6 * own, 0.4 * own])


# Bad input --------------------------------------------------------------------------------------


def refused(words: str, *command: object) -> None:
    code, output = run(*command)
    assert code == 2, output
    assert words in " ".join(output.split()), output
    assert "Traceback" not in output


def test_a_missing_feed_is_refused(tmp_path: Path) -> None:
    refused("no such folder or photo", "learn", tmp_path / "no", "--name", "a", "-o", tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_empty_feed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "feed").mkdir()
    refused("no photo here", "learn", tmp_path / "feed", "--name", "a", "-o", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["", " ", "a/b", "..", "a\\b"])
def test_a_name_that_cannot_be_a_file_is_refused(name: str, feed: Path, tmp_path: Path) -> None:
    refused("name", "learn", feed, "--name", name, "-o", tmp_path)


def test_few_photos_warn_and_go_on(feed: Path, tmp_path: Path) -> None:
    for index in range(2, 8):
        (feed / f"{index}.jpg").unlink()
    (feed / "cut.jpg").write_bytes((feed / "0.jpg").read_bytes()[:900])
    code, output = run("learn", feed, "--name", "few", "-o", tmp_path)
    assert code == 0
    assert "Few photos (2)" in output
    assert "cut.jpg" in output


def test_a_file_where_a_folder_should_be_is_refused(feed: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    refused("can't be made", "learn", feed, "--name", "a", "-o", tmp_path / "taken" / "in")


def test_apply_refuses_bad_input(look: Path, feed: Path, tmp_path: Path) -> None:
    photo = feed / "0.jpg"
    out = tmp_path / "o.jpg"
    refused("no such file", "apply", look, tmp_path / "no.jpg", "-o", out)
    refused("no such look", "apply", tmp_path / "no.look", photo, "-o", out)
    refused("not a look file", "apply", photo, photo, "-o", out)
    refused("no such folder", "apply", look, photo, "-o", tmp_path / "no" / "o.jpg")
    refused("not written as .bmp", "apply", look, photo, "-o", tmp_path / "o.bmp")
    refused("between 0 and 1", "apply", look, photo, "-o", out, "--strength", "2")
    refused("overwrite the photo itself", "apply", look, photo, "-o", photo)
    refused("overwrite the photo itself", "apply", look, feed, "-o", feed)
    refused("need a folder", "apply", look, feed)
    refused("--max-megapixels", "apply", look, photo, "-o", out, "--max-megapixels", "0.001")
    assert not out.exists()


def test_train_refuses_too_few_photos(feed: Path, tmp_path: Path) -> None:
    refused("at least 64", "train", "--photos", feed, "--run", tmp_path / "run")
    refused("No photo was found", "train", "--photos", tmp_path / "no", "--run", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_an_interrupted_learn_says_how_to_go_on(
    feed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from looksmith.training.adapt import Adaptation

    def interrupt(self: Adaptation) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Adaptation, "step", interrupt)
    code, output = run("learn", feed, "--name", "warm", "--adapt", "-o", tmp_path / "out")
    assert code == 130
    assert "--resume" in output
    assert [p.name for p in (tmp_path / "out").iterdir()] == [".warm.learn.json"]


def test_a_learn_that_keeps_nothing_does_not_promise_to_go_on(
    feed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("looksmith.training.learn.encode_feed", interrupt)
    code, output = run("learn", feed, "--name", "warm", "-o", tmp_path / "out")
    assert code == 130
    assert output.strip() == "Interrupted."
    assert not list((tmp_path / "out").iterdir())


def test_paint_writes_a_labelled_picture(tmp_path: Path, save: Callable[..., Path]) -> None:
    photo, out = save("me.jpg"), tmp_path / "out.png"
    options = ("--size", 64, "--steps", 2, "-o", out)
    code, _ = run(
        "paint", photo, "--style", photo, "--style", photo, "--weights", 0.7, 0.3, *options
    )
    assert code == 0
    with Image.open(out) as image:
        assert max(image.size) == 64
        assert "AIGC" in str(image.info)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--optimizer", "sgd"), "optimizer"),
        (("--style-scale", "0"), "style-scale"),
        (("--network", "vgg13"), "vgg13"),
        (("--mask", "gone.png"), "gone.png"),
    ],
)
def test_paint_refuses_what_it_cannot_use(
    words: tuple[str, ...], said: str, tmp_path: Path, save: Callable[..., Path]
) -> None:
    photo, out = save("me.jpg"), tmp_path / "out.png"
    code, output = run("paint", photo, "--style", photo, "-o", out, "--size", 64, *words)
    assert code == 2
    assert said in output.replace("\n", "")
    assert not out.exists()
