"""What every command promises: one sentence, status 2, quick help, and an end at Ctrl-C."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from looksmith import LooksmithError
from looksmith.cli import app
from looksmith.cli.common import clear_errors, say

HEAVY = {"torch", "numba", "numpy", "PIL", "pydantic", "sqlalchemy", "onnxruntime", "fastapi"}
runner = CliRunner()


def said(*words: str) -> str:
    result = runner.invoke(app, list(words))
    assert result.exit_code == 2, result.output
    assert not result.stdout
    return result.stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["applly"], "No such command 'applly'. Did you mean 'apply'?"),
        (["apply"], "Missing argument 'look'."),
        (["learn", "feed"], "Missing option '--name'."),
        (["learn", "feed", "--name"], "requires an argument"),
        (["show", "--nosuch", "a"], "No such option"),
        (["blend", "a", "--weights", "x", "-o", "b"], "should be a valid number"),
        (["apply", "a", "b", "--max-megapixels", "nan"], "--max-megapixels"),
        (["apply", "a", "b", "--max-megapixels", "-1"], "--max-megapixels"),
        (["paint", "a", "--style", "b", "-o", "c.png", "--seed", "-1"], "--seed"),
        (["paint", "a", "--style", "b", "-o", "c.png", "--seed", "1" + "0" * 30], "--seed"),
        (["paint", "a", "--style", "b", "-o", "c.png", "--size", "1e3"], "--size"),
        (["train", "--photos", "p", "--devices", "0"], "--devices"),
        (["train", "--photos", "p", "--rate", "1"], "--rate"),
        (["benchmark", "look-recovery", "--photos", "p", "--references", "0"], "--references"),
    ],
)
def test_a_wrong_command_line_is_one_sentence(words: list[str], expected: str) -> None:
    sentence = said(*words)
    assert expected in sentence
    assert sentence.count("\n") == 1
    assert "--help" in sentence


def test_help_is_quick_because_it_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom looksmith.cli import app\n"
        "try: app(['--help'])\nexcept SystemExit: print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    modules = set(loaded.splitlines()[-1].split())
    assert "typer" in modules
    assert not HEAVY & modules


def test_importing_looksmith_imports_nothing_heavy() -> None:
    code = "import sys, looksmith; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    assert "looksmith" in loaded.split()
    assert not HEAVY & set(loaded.split())


def test_without_a_command_the_help_is_shown() -> None:
    for words in ([], ["-h"], ["--help"]):
        result = runner.invoke(app, words)
        assert result.exit_code == 0
        assert "apply" in result.stdout


def test_the_version_is_said() -> None:
    assert runner.invoke(app, ["--version"]).stdout.startswith("looksmith 0.")


def test_every_command_ends_in_a_sentence() -> None:
    """Each is wrapped in ``clear_errors``."""
    groups = [app]
    while groups:
        group = groups.pop()
        groups += [info.typer_instance for info in group.registered_groups if info.typer_instance]
        for command in group.registered_commands:
            assert hasattr(command.callback, "__wrapped__"), command.callback


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (LooksmithError("That is wrong."), 2, "That is wrong."),
        (KeyboardInterrupt(), 130, "Interrupted."),
        (OSError(28, "No space left on device", "out.jpg"), 2, "out.jpg: no space left"),
        (OSError(28, "No space left on device"), 2, "The system refused: no space left"),
        (MemoryError(), 2, "not enough memory"),
    ],
)
def test_what_goes_wrong_is_said_in_one_sentence(
    error: BaseException, status: int, sentence: str, capfd: pytest.CaptureFixture[str]
) -> None:
    @clear_errors
    def command() -> None:
        raise error

    with pytest.raises(typer.Exit) as caught:
        command()
    assert caught.value.exit_code == status
    assert sentence in capfd.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["aply"],
        ["zzzz"],
        ["apply"],
        ["learn", "feed"],
        ["apply", "a", "b", "c"],
        ["apply", "a", "b", "--strenght", "1"],
        ["apply", "a", "b", "--zzz"],
        ["apply", "a", "b", "--strength", "x"],
        ["learn", "feed", "--name", "x", "--seed", "-1"],
        ["learn", "feed", "--name", "x", "--minutes", "99999"],
        ["learn", "feed", "--name"],
        ["apply", "a", "b", "--resume=3"],
    ],
)
def test_a_wrong_command_line_is_said_in_chinese(
    words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKSMITH_LANG", "zh")
    sentence = runner.invoke(app, words).output.replace("--help", "")
    assert not re.search("Missing|No such|Invalid|Input|argument|Option|should|。。", sentence)
    assert sentence.startswith("命令有误：")


def test_help_pages_have_chinese_headings() -> None:
    """In a process of its own, since typer keeps its headings."""
    program = "from looksmith.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "campaign", "run", "--help"],
        capture_output=True,
        text=True,
        env=os.environ | {"LOOKSMITH_LANG": "zh", "COLUMNS": "100"},
    )
    for heading in ("参数", "选项", "[默认：", "[必填]"):
        assert heading in done.stdout


@pytest.mark.parametrize("module", ["looksmith.cli", "typer", "looksmith.texts.looks"])
def test_ctrl_c_while_the_program_is_imported_ends_it_as_later(module: str) -> None:
    program = (
        "import sys\n"
        "class Interrupt:\n"
        "    def find_spec(self, name, path, target=None):\n"
        f"        if name == '{module}': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupt())\n"
        "from looksmith.__main__ import main\n"
        "main()"
    )
    done = subprocess.run([sys.executable, "-c", program, "--help"], capture_output=True)
    assert done.returncode == 130
    assert b"Traceback" not in done.stderr


def test_what_a_terminal_would_obey_is_escaped(capfd: pytest.CaptureFixture[str]) -> None:
    say("Saved \x1b]0;gone\x07\u202egpj.exe\udcff 照片 👩‍🎤")
    assert capfd.readouterr().err == ("Saved \\x1b]0;gone\\x07\\u202egpj.exe\\udcff 照片 👩‍🎤\n")


def test_a_name_of_many_letters_is_shortened(tmp_path: Path) -> None:
    sentence = said("show", str(tmp_path / ("a" * 5000)))
    assert "too long" in sentence
    assert len(sentence) < 700
