"""Texts of training the base."""

from __future__ import annotations

TEXTS = {
    "help.plain": (
        "Plain photos that nobody graded, as --photos: half of the feeds are of these alone.",
        "未经调色的普通照片，写法同 --photos：一半的照片集只用它们。",
    ),
    "help.batch": (
        "Photos a step; on a GPU, take more.",
        "每步的照片数；用 GPU 时可加大。",
    ),
    "help.plain_truth": (
        "Plain photos that nobody edited, as --photos: the better truth, so drawn more often.",
        "未经编辑的普通照片，写法同 --photos：是更可靠的标准，因此抽取得更多。",
    ),
    "help.from": (
        "Base to train on: its first stage, with what it takes for ordinary kept; what is "
        "expected of subjects is fitted again.",
        "在此基础模型上继续训练第一阶段，保留其普通照片统计，并重新拟合各类题材的预期。",
    ),
    "train.further_steps": (
        "--from trains the first stage on, which has rounds; leave out --steps.",
        "--from 继续训练第一阶段，请用 --rounds，不要用 --steps。",
    ),
    "base.missing": (
        "{path}: there is no such base; check LOOKSMITH_BASE.",
        "{path}：没有这个基础模型文件，请检查 LOOKSMITH_BASE。",
    ),
    "base.foreign": (
        "{path}: this is no base of this version of Looksmith, or it is damaged.",
        "{path}：不是此版本 Looksmith 的基础模型，或文件已损坏。",
    ),
    "train.no_photos": (
        "No photo was found in {path}; give a folder with at least {least}.",
        "在 {path} 中没有找到照片，请提供至少 {least} 张照片的文件夹。",
    ),
    "train.other_run": (
        "{folder} holds a run that differs in {what}; give the same, or another --run folder.",
        "{folder} 中的训练与当前的不同（{what}）；请使用相同的照片和设置，或换一个 --run 文件夹。",
    ),
    "train.damaged": (
        "{path} is damaged or no checkpoint; remove it to begin that stage again.",
        "{path} 已损坏或不是检查点文件；删除它即可重新开始该阶段。",
    ),
    "train.diverged": (
        "Training diverged: the loss “{name}” is not finite at step {step}. The last checkpoint "
        "is from before; lower the learning rate and use another --run folder.",
        "训练发散：第 {step} 步的损失“{name}”不是有限值。上一个检查点未受影响；"
        "请降低学习率，并换一个 --run 文件夹。",
    ),
    "loss.content": ("content", "内容"),
    "loss.style": ("style", "风格"),
    "loss.variation": ("variation", "平滑"),
    "help.train": ("Train the base networks from nothing.", "从零训练基础网络。"),
    "help.train_normaliser": (
        "Train the network that makes photos right before a look.",
        "训练在套用风格之前校正照片的网络。",
    ),
    "help.train_minutes": ("For about so many minutes at most.", "训练时长上限（分钟，近似值）。"),
    "progress.train_normaliser": ("Training the normaliser", "正在训练校正网络"),
    "help.photos": (
        "Folder, file or pattern of photos; may be given several times.",
        "照片文件夹、文件或通配模式；可重复。",
    ),
    "help.exclude": ("Leave out file names of this pattern.", "排除符合该模式的文件名。"),
    "help.run": ("Folder for checkpoints and weights.", "检查点和权重的文件夹。"),
    "help.steps": ("Adversarial steps.", "对抗训练步数。"),
    "help.rounds": ("Rounds of pretraining.", "预训练轮数。"),
    "help.rate": ("Learning rate of pretraining.", "预训练的学习率。"),
    "help.devices": ("Processes or GPUs.", "进程或 GPU 数。"),
    "train.done": ("Weights: {path}", "权重：{path}"),
    "progress.read_photos": ("Reading the photos", "正在读取照片"),
    "progress.train": ("Training the base", "正在训练基础模型"),
}
