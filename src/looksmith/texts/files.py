"""What the system means when a file can't be read or written."""

from __future__ import annotations

TEXTS = {
    "files.denied": ("permission denied", "没有权限"),
    "files.read_only": ("the disk is read-only", "磁盘为只读"),
    "files.full": ("no space left on the disk", "磁盘空间已满"),
    "files.name_too_long": ("the name is too long", "文件名过长"),
    "files.loop": ("the link leads back to itself", "链接指向自身"),
    "files.special": ("it is not a file but a device or a pipe", "它不是文件，而是设备或管道"),
    "files.missing": ("there is no such file or folder", "没有这个文件或文件夹"),
    "files.exists": ("a file of this name is there already", "已存在同名文件"),
    "files.not_folder": ("a part of the path is not a folder", "路径中有一部分不是文件夹"),
    "files.folder": ("it is a folder", "这是一个文件夹"),
}
