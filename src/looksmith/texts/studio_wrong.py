"""What is wrong with a value that was sent to the studio; ``studio.invalid`` says where."""

from __future__ import annotations

TEXTS = {
    "wrong.missing": ("it is missing", "缺少此项"),
    "wrong.unknown": ("there is no such field", "没有这个字段"),
    "wrong.most": ("it must be a number of at most {le}", "必须是不大于 {le} 的数"),
    "wrong.least": ("it must be a number of at least {ge}", "必须是不小于 {ge} 的数"),
    "wrong.above": ("it must be a number above {gt}", "必须是大于 {gt} 的数"),
    "wrong.number": ("it must be a number", "必须是数字"),
    "wrong.whole": ("it must be a whole number", "必须是整数"),
    "wrong.yes_no": ("it must be true or false", "必须是 true 或 false"),
    "wrong.words": ("it must be a text", "必须是文字"),
    "wrong.short": (
        "it is too short (at least {min_length} characters)",
        "太短（至少 {min_length} 个字符）",
    ),
    "wrong.long": (
        "it is too long (at most {max_length} characters)",
        "太长（最多 {max_length} 个字符）",
    ),
    "wrong.form": ("it has characters that are not allowed here", "含有此处不允许的字符"),
    "wrong.identifier": (
        "it is not an identifier as the API gives them",
        "不是接口返回的标识符",
    ),
    "wrong.list": ("it must be a list", "必须是列表"),
    "wrong.few": ("it needs at least {min_length}", "至少需要 {min_length} 项"),
    "wrong.many": ("it takes at most {max_length}", "最多 {max_length} 项"),
    "wrong.one_of": ("it must be one of {expected}", "只能是其中之一：{expected}"),
    "wrong.kind": (
        "there is no kind “{tag}”; there are {expected_tags}",
        "没有“{tag}”这种 kind，可用的有 {expected_tags}",
    ),
    "wrong.kind_missing": ("it must say its kind", "必须写明 kind"),
    "wrong.object": ("it must be an object with named fields", "必须是带字段名的对象"),
    "wrong.json": ("this is not JSON", "不是有效的 JSON"),
}
