"""Texts of what typer says by itself; its own English stays as it is."""

from __future__ import annotations

TEXTS = {
    "typer.arguments": ("Arguments", "参数"),
    "typer.options": ("Options", "选项"),
    "typer.commands": ("Commands", "命令"),
    "typer.default": ("[default: {{}}]", "[默认：{{}}]"),
    "typer.variable": ("[env var: {{}}]", "[环境变量：{{}}]"),
    "typer.required": ("[required]", "[必填]"),
    "typer.command_meant": (
        "No such command {name}. Did you mean {meant}?",
        "没有 {name} 这个命令，是否想用 {meant}？",
    ),
    "typer.command": ("No such command {name}.", "没有 {name} 这个命令。"),
    "typer.option_meant": (
        "No such option: {name} (Possible options: {meant})",
        "没有 {name} 这个选项，是否想用 {meant}？",
    ),
    "typer.option": ("No such option: {name}", "没有 {name} 这个选项。"),
    "typer.missing": ("Missing {name}.", "缺少 {name}。"),
    "typer.empty": ("Option {name} requires an argument.", "选项 {name} 后面需要一个值。"),
    "typer.flag": ("Option {name} does not take a value.", "选项 {name} 不接受值。"),
    "typer.extra": ("Got unexpected extra argument(s) ({name})", "多出了参数 {name}。"),
    "typer.number": ("Invalid value for {name}: not a number.", "{name} 的值应为数字。"),
    "typer.least": (
        "Invalid value for {name}: below {least}.",
        "{name} 的值不能小于 {least}。",
    ),
    "typer.most": ("Invalid value for {name}: above {most}.", "{name} 的值不能大于 {most}。"),
    "typer.value": ("Invalid value for {name}: {why}", "{name} 的值无效：{why}"),
}
