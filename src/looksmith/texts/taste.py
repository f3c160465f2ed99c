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
    "taste.warmth": ("warmth", "色温"),
    "taste.warmth.more": ("warmer", "偏暖"),
    "taste.warmth.less": ("cooler", "偏冷"),
    "taste.tint": ("tint", "色调"),
    "taste.tint.more": ("more magenta", "偏品红"),
    "taste.tint.less": ("greener", "偏绿"),
    "taste.brightness": ("brightness", "亮度"),
    "taste.brightness.more": ("brighter", "更亮"),
    "taste.brightness.less": ("darker", "更暗"),
    "taste.contrast": ("contrast", "对比度"),
    "taste.contrast.more": ("more contrast", "对比更强"),
    "taste.contrast.less": ("less contrast", "对比更弱"),
    "taste.saturation": ("saturation", "饱和度"),
    "taste.saturation.more": ("more colour", "色彩更浓"),
    "taste.saturation.less": ("less colour", "色彩更淡"),
    "taste.fade": ("fade", "褪色"),
    "taste.fade.more": ("faded blacks", "黑位更灰"),
    "taste.fade.less": ("deep blacks", "黑位更深"),
    "taste.softness": ("softness", "柔和度"),
    "taste.softness.more": ("soft highlights", "高光柔和"),
    "taste.softness.less": ("crisp highlights", "高光明快"),
    "taste.mood": ("mood", "氛围"),
    "taste.mood.more": ("warm light on cool shadows", "暖光冷影"),
    "taste.mood.less": ("cool light on warm shadows", "冷光暖影"),
    "taste.strength": ("strength", "强度"),
    "taste.strength.more": ("more of a look", "风格更浓"),
    "taste.strength.less": ("less of a look", "风格更淡"),
    "taste.cold": ("cold", "尚未了解"),
    "taste.warming": ("warming", "正在了解"),
    "taste.ready": ("ready", "已了解"),
    "taste.sure": ("sure", "确定"),
    "taste.unsure": ("not sure", "不确定"),
    "taste.plain": ("as the look is", "原始风格"),
    "taste.profile": (
        "{state}: rests on {evidence:.1f} clear preferences, {sure:.0%} sure.",
        "{state}：依据 {evidence:.1f} 次明确偏好，把握 {sure:.0%}。",
    ),
    "taste.change": ("A look changes by: {change}", "风格将调整：{change}"),
    "taste.bounded": (
        "{look}, as near to its feed as it must stay: {change}",
        "{look}（不偏离其原作风格的限度内）：{change}",
    ),
    "help.show_look": (
        "Also show how this look changes, within its bound.",
        "同时显示该风格在限度内的调整。",
    ),
    "taste.noted": ("Noted; the profile is {state}.", "已记录，偏好状态：{state}。"),
    "taste.undone": ("Taken back: {kind}.", "已撤销：{kind}。"),
    "taste.forgotten": (
        "Everything of this user is gone; the next taste fit is without them.",
        "该用户的所有数据已删除；下次 taste fit 将不再包含。",
    ),
    "taste.no_user": (
        "There is no such user; import events or take the quiz first.",
        "没有这个用户，请先导入事件或完成测验。",
    ),
    "taste.no_result": (
        "{result}: this user was shown no such result; look at the ids that taste variants gave.",
        "{result}：该用户没有这个结果，请核对 taste variants 给出的编号。",
    ),
    "taste.no_reaction": (
        "{reaction}: there is no such reaction; use one of {known}.",
        "{reaction}：没有这种反馈，请使用 {known}。",
    ),
    "taste.nothing_to_undo": (
        "This user has no reaction that could be taken back.",
        "该用户没有可撤销的反馈。",
    ),
    "quiz.question": (
        "{number} of {count}: {first} (a) or {second} (b)? a, b, or = for no preference",
        "第 {number}/{count} 题：{first}（a）还是 {second}（b）？输入 a、b，或 = 表示没有偏好",
    ),
    "quiz.written": (
        "The pairs are in {path}; write a, b or = on one line each and give that file with "
        "--answers.",
        "图片对保存在 {path}；请逐行写下 a、b 或 =，再用 --answers 提供该文件。",
    ),
    "quiz.answers": (
        "{path}: each line should be a, b or =, for at most {count} pairs.",
        "{path}：每行应为 a、b 或 =，最多 {count} 行。",
    ),
    "quiz.known": (
        "{path}: nothing changes; these answers were counted before or say nothing.",
        "{path}：无变化，这些答案之前已计入，或没有表明偏好。",
    ),
    "quiz.pairs": (
        "{path}: there are no quiz pairs here; run the quiz without --answers first.",
        "{path}：这里没有测验图片对，请先不带 --answers 运行测验。",
    ),
    "help.user": ("The user, as your shop or platform calls them.", "用户在商店或平台中的编号。"),
    "help.taste_variants": (
        "Versions of one photo for a user to choose from.",
        "为用户生成一张照片的多个版本供选择。",
    ),
    "help.count": ("How many.", "数量。"),
    "help.explore": (
        "Try what is not known yet of the user (Thompson sampling).",
        "尝试用户尚未表态的方向（Thompson 采样）。",
    ),
    "help.taste_feedback": (
        "Say how a user reacted to a result: like, dislike, skip, choose.",
        "记录用户对结果的反馈：like、dislike、skip、choose。",
    ),
    "help.result": ("The result's id.", "结果编号。"),
    "help.reaction": ("like, dislike, skip or choose.", "like、dislike、skip 或 choose。"),
    "help.taste_undo": ("Take a user's last reaction back.", "撤销用户的上一次反馈。"),
    "help.taste_forget": ("Remove everything of a user.", "删除用户的所有数据。"),
    "help.taste_show": ("What a user seems to like.", "显示对用户偏好的了解。"),
    "help.taste_quiz": (
        "Learn a user's taste from pairs of pictures.",
        "通过图片对了解用户偏好。",
    ),
    "help.pairs": ("How many pairs.", "图片对数量。"),
    "help.answers": ("Answers to pairs written before.", "之前图片对的答案文件。"),
    "help.quiz_photos": (
        "Photos to show; without them, samples that ship with scikit-image.",
        "用于测验的照片；默认使用 scikit-image 自带样例。",
    ),
    "help.apply_user": (
        "Apply the look as this user likes it.",
        "按该用户的偏好应用风格。",
    ),
    "taste.kind": (
        "{kind}: what is recommended is items or looks.",
        "{kind}：只能推荐 items（商品）或 looks（风格）。",
    ),
    "taste.weights": (
        "{path}: the fitted weights are damaged or of another version; run taste fit again.",
        "{path}：训练结果已损坏或版本不符，请重新运行 taste fit。",
    ),
    "taste.nothing_to_fit": (
        "There is nothing to learn from yet; import events with taste import first.",
        "还没有可供学习的数据，请先用 taste import 导入事件。",
    ),
    "taste.no_audience": (
        "Nobody is known to like this look; import events or take the quiz first.",
        "还没有可能喜欢该风格的用户，请先导入事件或完成测验。",
    ),
    "taste.fitted": (
        "Fitted: the population from {population} users, {items} items to recommend, "
        "the user branch from {trained} users.",
        "拟合完成：总体偏好来自 {population} 位用户，可推荐商品 {items} 件，"
        "用户分支来自 {trained} 位用户。",
    ),
    "help.taste_fit": (
        "Learn from the events at hand: pictures, population, recommender, user encoder.",
        "从现有事件中学习：图片、总体偏好、推荐模型与用户编码器。",
    ),
    "help.fit_minutes": (
        "The most that training the user branch takes, in minutes.",
        "训练用户分支的时间上限（分钟）。",
    ),
    "help.alpha": ("Weight of the content loss.", "内容损失的权重。"),
    "help.beta": ("Weight of the style loss.", "风格损失的权重。"),
    "help.gamma": ("Weight of the condition loss.", "条件损失的权重。"),
    "help.taste_recommend": ("What to show a user.", "为用户推荐内容。"),
    "help.kind": ("items or looks.", "items（商品）或 looks（风格）。"),
    "help.taste_audience": ("Users who would like a look.", "可能喜欢某个风格的用户。"),
    "progress.fit": ("Fitting", "正在拟合"),
    "taste.few": (
        "Too few users liked two items; import more events first.",
        "喜欢过两件以上商品的用户太少，请先导入更多事件。",
    ),
    "taste.hits": ("found among ten", "前十命中率"),
    "taste.evaluated": (
        "Each user's last item, left out and looked for",
        "预测每位用户的最后一件商品",
    ),
    "taste.method.looksmith": ("Looksmith", "Looksmith"),
    "taste.method.popularity": ("popularity", "热门排序"),
    "help.taste_evaluate": (
        "Measure taste: simulated users with hidden tastes, and the recommendation on the events "
        "at hand.",
        "评估偏好模型：用带隐藏偏好的模拟用户，以及现有事件上的推荐效果。",
    ),
    "help.evaluate_users": (
        "Simulated users of each kind, at most; 0 measures the recommendation alone.",
        "每类模拟用户的最多人数；0 表示只评估推荐。",
    ),
    "help.evaluate_minutes": (
        "No simulated user is begun after so many minutes; each kind has at least one.",
        "超过这么多分钟后不再新增模拟用户；每类至少一位。",
    ),
    "help.evaluate_rounds": ("Rounds of feedback.", "反馈轮数。"),
    "help.evaluate_look": (
        "The look to personalise; without it, that of the demo.",
        "要个性化的风格；默认使用演示风格。",
    ),
    "help.evaluate_photos": (
        "Photos to simulate with (at most 16); without it, samples that ship with scikit-image.",
        "用于模拟的照片（最多 16 张）；默认使用 scikit-image 自带样例。",
    ),
    "help.evaluate_out": ("Also draw the figures as an SVG file.", "同时把结果绘制为 SVG 文件。"),
    "progress.evaluate": ("Simulating users", "正在模拟用户"),
    "taste.evaluated_users": (
        "Simulated users of three kinds (how many): mean and 95 % interval",
        "三类模拟用户（人数）：均值与 95% 区间",
    ),
    "taste.kind.linear": ("by attributes", "线性偏好"),
    "taste.kind.reference": ("hidden look", "隐藏风格"),
    "taste.kind.content": ("by content", "因内容而异"),
    "taste.figure.wins.quiz": (
        "wins over the plain look, quiz of 8",
        "胜过原始风格的比例（8 题测验）",
    ),
    "taste.figure.wins.random": (
        "wins, random quiz of 8",
        "胜过原始风格的比例（8 题随机测验）",
    ),
    "taste.figure.wins.events": ("wins, 30 events", "胜过原始风格的比例（30 次事件）"),
    "taste.figure.wins.near_events": (
        "wins, 30 reactions to results",
        "胜过原始风格的比例（对 30 个结果的反馈）",
    ),
    "taste.figure.wins.other": (
        "wins, another user's taste",
        "胜过原始风格的比例（换成他人偏好）",
    ),
    "taste.figure.accuracy": ("pairs told right after {count}", "{count} 对之后的预测准确率"),
    "taste.figure.logistic": (
        "the same by logistic regression, {count}",
        "逻辑回归的准确率（{count} 对）",
    ),
    "taste.figure.share.explore": (
        "regret, as a share of that without learning",
        "遗憾值与不学习时之比",
    ),
    "taste.figure.share.no_exploration": (
        "the same without exploration",
        "遗憾值之比（不探索）",
    ),
    "taste.chart.accuracy": (
        "Pairs told right, by pairs seen (* logistic regression)",
        "预测准确率随样本对数变化（* 逻辑回归）",
    ),
    "taste.chart.regret": ("Regret by round: {kind}", "逐轮累计遗憾：{kind}"),
    "taste.loop.explore": ("exploring", "探索"),
    "taste.loop.no_exploration": ("not exploring", "不探索"),
    "taste.loop.no_learning": ("not learning", "不学习"),
}
