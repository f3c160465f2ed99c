"""Texts of taste: the store, imports, profiles, quiz, recommendation."""

from __future__ import annotations

TEXTS = {
    "store.extra": (
        "Taste needs packages that are not installed; run: pip install 'looksmith[taste]'.",
        "缺少用户偏好功能所需的软件包，请运行：pip install 'looksmith[taste]'。",
    ),
    "store.url": (
        "This is no URL of a database that can be used; give sqlite:///FILE or "
        "postgresql://USER@HOST/NAME.",
        "数据库地址不可用，请使用 sqlite:///文件 或 postgresql://用户@主机/库名。",
    ),
    "store.unusable": (
        "The database can't be used ({why}); check that it exists and may be written.",
        "无法使用数据库（{why}），请确认它存在且可写。",
    ),
    "store.newer": (
        "A newer Looksmith made this database; update Looksmith.",
        "该数据库由更新版本的 Looksmith 创建，请升级。",
    ),
    "taste.file_missing": ("{path}: there is no such file.", "{path}：没有这个文件。"),
    "taste.file_kind": (
        "{path}: events and items are read from .csv, .jsonl or .parquet.",
        "{path}：事件和商品只能从 .csv、.jsonl 或 .parquet 读取。",
    ),
    "taste.file_broken": (
        "{path}: the file can't be read ({why}).",
        "{path}：文件无法读取（{why}）。",
    ),
    "taste.file_headers": (
        "{path}: the column {missing} is missing; it should have {wanted}.",
        "{path}：缺少列 {missing}，应包含 {wanted}。",
    ),
    "taste.imported": (
        "{path}: {new} rows are new, {known} were known already.",
        "{path}：新增 {new} 行，{known} 行已存在。",
    ),
    "taste.nothing_given": (
        "Nothing to import; give a file of events, --items FILE or --users FILE.",
        "没有可导入的内容，请提供事件文件、--items 文件或 --users 文件。",
    ),
    "taste.imported_before": (
        "{path}: imported before, nothing changes.",
        "{path}：此前已导入，无变化。",
    ),
    "taste.rejected": (
        "{count} rows can't be used; they are kept with their line numbers in {path}.",
        "{count} 行无法使用，已连同行号保存在 {path}。",
    ),
    "taste.images_missing": (
        "{count} items have no picture that can be read; they take part without.",
        "{count} 件商品没有可读取的图片，将不使用图片参与计算。",
    ),
    "help.taste": ("What users like.", "用户偏好。"),
    "help.taste_import": (
        "Take in events (user, item, action, time[, value]) and items (id, image, attributes…).",
        "导入事件（user, item, action, time[, value]）和商品（id, image, 属性…）。",
    ),
    "help.taste_events": (
        "Events: .csv, .jsonl or .parquet.",
        "事件文件：.csv、.jsonl 或 .parquet。",
    ),
    "help.taste_items": (
        "Items: .csv, .jsonl or .parquet.",
        "商品文件：.csv、.jsonl 或 .parquet。",
    ),
    "help.taste_users": (
        "Users and their attributes: .csv, .jsonl or .parquet with the column id.",
        "用户及其属性：.csv、.jsonl 或 .parquet，含 id 列。",
    ),
    "help.database": (
        "The database: a URL of SQLite or PostgreSQL; without it, in LOOKSMITH_HOME.",
        "数据库：SQLite 或 PostgreSQL 地址；默认位于 LOOKSMITH_HOME。",
    ),
    "progress.import": ("Importing", "正在导入"),
}
