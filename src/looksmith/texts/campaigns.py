"""Texts of campaigns."""

from __future__ import annotations

TEXTS = {
    "help.campaign": (
        "Render a catalogue in looks for audiences, and learn from the results.",
        "为不同人群批量渲染商品图，并从结果中学习。",
    ),
    "help.campaign_new": ("Write an example of a plan.", "写一份示例计划。"),
    "help.campaign_run": ("Run a plan.", "执行计划。"),
    "help.campaign_resume": ("Go on with a run that was interrupted.", "继续被中断的执行。"),
    "help.campaign_status": ("Say how far a run has come.", "查看执行进度。"),
    "help.campaign_report": ("Write the report again.", "重新生成报告。"),
    "help.campaign_learn": (
        "Compare the variants of an A/B test and take the results into the taste store.",
        "比较 A/B 测试的各个方案，并把结果写入偏好库。",
    ),
    "help.plan": ("The plan, a YAML file.", "计划文件（YAML）。"),
    "help.campaign_folder": ("The campaign's folder.", "活动文件夹。"),
    "help.workers": ("Processes that render at the same time.", "同时渲染的进程数。"),
    "help.ray": (
        "Address of a Ray cluster that does the work, or 'local'.",
        "执行任务的 Ray 集群地址，或 local。",
    ),
    "help.results": (
        "CSV file with the columns user, product, action and, if known, time.",
        "CSV 文件，列为 user、product、action，可选 time。",
    ),
    "progress.campaign": ("Campaign {name}", "活动 {name}"),
    "plan.line": ("{path}, line {line}: {why}.", "{path} 第 {line} 行：{why}。"),
    "plan.meant": (
        "there is no key {word!r}; {meant!r} was probably meant",
        "没有 {word!r} 这个键，可能想写 {meant!r}",
    ),
    "plan.unknown": (
        "there is no key {word!r}; known are {known}",
        "没有 {word!r} 这个键，可用的有 {known}",
    ),
    "plan.mapping": ("a plan is a list of keys with values", "计划应为键值形式"),
    "plan.alias": ("aliases (*name) are not allowed", "不允许使用别名（*name）"),
    "plan.twice": ("{name!r} stands twice", "{name!r} 重复出现"),
    "plan.audience": (
        "an audience needs one of users, where and each, and the name everyone needs none",
        "受众需要 users、where、each 之一；名为 everyone 的受众则不需要",
    ),
    "catalogue.unreadable": (
        "{place}: the catalogue can't be read: {why}.",
        "{place}：无法读取商品目录：{why}。",
    ),
    "catalogue.missing": ("there is no such folder", "没有这个文件夹"),
    "catalogue.empty": (
        "{place}: the catalogue holds no products.",
        "{place}：商品目录为空。",
    ),
    "catalogue.twice": (
        "{place}: two products have the id {id!r}; ids must differ.",
        "{place}：有两个商品的编号都是 {id!r}，编号不能重复。",
    ),
    "catalogue.columns": ("it lacks the columns {columns}", "缺少列 {columns}"),
    "catalogue.blank": ("an id or an image is empty", "有空的编号或图片"),
    "catalogue.store": (
        "{place}: the store does not answer: {why}.",
        "{place}：存储没有响应：{why}。",
    ),
    "campaign.exists": (
        "{path}: there is such a file already; give another name.",
        "{path}：文件已存在，请换一个名称。",
    ),
    "campaign.empty_segment": (
        "The segment {name!r} has no users; check its 'where' and the users of the store.",
        "人群 {name!r} 中没有用户，请检查 where 条件与偏好库中的用户。",
    ),
    "campaign.locked": (
        "{folder}: another run is at work in this folder.",
        "{folder}：该文件夹中已有任务在执行。",
    ),
    "campaign.no_campaign": (
        "{folder}: this is not the folder of a campaign.",
        "{folder}：这不是活动文件夹。",
    ),
    "campaign.no_experiment": (
        "{path}: there is no such file; the plan had no 'experiment', so there is nothing to "
        "compare.",
        "{path}：没有这个文件；计划中没有 experiment，无从比较。",
    ),
    "campaign.disk": (
        "{folder}: the disk is almost full; free some space, then go on with campaign resume.",
        "{folder}：磁盘空间即将用尽，请清理后用 campaign resume 继续。",
    ),
    "campaign.store": (
        "The store can't be reached ({why}) Go on later with campaign resume {folder}.",
        "无法连接存储（{why}）请稍后用 campaign resume {folder} 继续。",
    ),
    "campaign.worker": (
        "{place}: the process that rendered this ended several times, perhaps for lack of memory.",
        "{place}：渲染进程多次意外结束，可能是内存不足。",
    ),
    "campaign.ray_extra": (
        "Ray is not installed: install looksmith[ray], or leave --ray out.",
        "未安装 Ray：请安装 looksmith[ray]，或去掉 --ray。",
    ),
    "campaign.ray_address": (
        "There is no Ray cluster at {address}: {why}.",
        "{address} 没有可用的 Ray 集群：{why}。",
    ),
    "campaign.interrupted": (
        "Interrupted; go on with looksmith campaign resume {folder}",
        "已中断；用 looksmith campaign resume {folder} 继续",
    ),
    "campaign.done": (
        "{pictures} pictures, {failed} refused, {rendered} rendered in this run in {seconds:.1f} s."
        " Report: {report}",
        "共 {pictures} 张图，拒绝 {failed} 张，本次渲染 {rendered} 张，用时 {seconds:.1f} 秒。"
        "报告：{report}",
    ),
    "campaign.status": (
        "{name}: {done} of {total} pictures done, {failed} refused",
        "{name}：已完成 {done}/{total} 张，拒绝 {failed} 张",
    ),
    "campaign.learned": (
        "{count} new events taken into the taste store",
        "已向偏好库写入 {count} 个新事件",
    ),
    "campaign.example": (
        "name: spring\n"
        "catalogue: products.csv      # a folder, or a CSV or Parquet file with id and image\n"
        "looks: {{film: film.look}}\n"
        "audiences:\n"
        "  - everyone\n"
        "#  - {{name: berlin, where: {{city: Berlin}}}}    # users by their attributes\n"
        "#  - {{name: guests, users: [u1, u42]}}         # each for themselves, in every look\n"
        "#  - {{name: best, each: user}}                 # each in the look that suits them best\n"
        "settings: {{strength: 1.0, mood: 1.0, normalise: 1.0}}\n"
        "#protect: product            # person, face, product or clothes keep their colours\n"
        "#experiment: {{control: 0.2}}  # so many users see the products' own photos\n",
        "name: spring\n"
        "catalogue: products.csv      # 文件夹，或含 id 与 image 列的 CSV / Parquet 文件\n"
        "looks: {{film: film.look}}\n"
        "audiences:\n"
        "  - everyone\n"
        "#  - {{name: berlin, where: {{city: Berlin}}}}    # 按用户属性划分的人群\n"
        "#  - {{name: guests, users: [u1, u42]}}         # 单个用户，每种风格各一张\n"
        "#  - {{name: best, each: user}}                 # 每个用户最适合的风格\n"
        "settings: {{strength: 1.0, mood: 1.0, normalise: 1.0}}\n"
        "#protect: product            # person、face、product、clothes 保持原色\n"
        "#experiment: {{control: 0.2}}  # 这一比例的用户看到商品原图\n",
    ),
    "report.pictures": ("Pictures", "图片"),
    "report.files": ("Different files", "不同文件"),
    "report.failed": ("Refused", "拒绝"),
    "report.seconds": ("Seconds of work", "处理用时（秒）"),
    "report.failures": ("What was refused", "被拒绝的图片"),
    "report.more": ("… and {count} more", "……以及另外 {count} 张"),
    "results.columns": (
        "{path}: results are a CSV file with the columns {columns}.",
        "{path}：结果应为含有 {columns} 列的 CSV 文件。",
    ),
    "results.action": (
        "{path}, line {line}: there is no action {action!r}; known are {known}.",
        "{path} 第 {line} 行：没有 {action!r} 这种行为，可用的有 {known}。",
    ),
    "experiment.variant": ("Variant", "方案"),
    "experiment.users": ("Users", "用户数"),
    "experiment.rate": ("Rate", "转化率"),
    "experiment.rate_interval": ("95 %", "95% 区间"),
    "experiment.lift": ("Lift", "提升"),
    "experiment.lift_interval": ("95 %", "95% 区间"),
}
