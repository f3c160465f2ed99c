from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from looksmith.errors import PhotoError
from looksmith.feeds import Feed, feed_of_arrays, photo_paths, read_feed
from looksmith.photos import read_photo
from looksmith.texts import speaking


def test_a_feed_reads_every_photo_small(feed: Path) -> None:
    read = read_feed(feed)
    assert read.references.shape == (8, 3, 64, 64)
    assert read.subjects is not None and read.subjects.shape == (8, 1280)
    assert 0 <= float(read.references.min()) <= float(read.references.max()) <= 1
    assert read.skipped == ()
    assert read.sheet().shape == (64, 192, 3)


def test_the_digest_follows_the_photos(feed: Path) -> None:
    before = read_feed(feed).digest
    assert read_feed(feed).digest == before
    (feed / "0.jpg").unlink()
    assert read_feed(feed).digest != before


def test_what_cannot_be_read_is_left_out_and_said(feed: Path) -> None:
    whole = (feed / "0.jpg").read_bytes()
    (feed / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (feed / "text.jpg").write_text("no photo")
    (feed / "notes.txt").write_text("not meant as a photo")
    (feed / ".hidden.jpg").write_bytes(whole)
    read = read_feed(feed)
    assert len(read) == 8
    assert [Path(s.split(":")[0]).name for s in read.skipped] == ["cut.jpg", "text.jpg"]


def test_what_is_left_out_is_said_in_the_language_that_is_spoken(feed: Path) -> None:
    (feed / "text.jpg").write_bytes(b"no photo")
    with speaking("zh"):
        assert "无法读取" in read_feed(feed).skipped[0]


def test_photos_in_subfolders_belong_to_the_feed(feed: Path) -> None:
    (feed / "more").mkdir()
    (feed / "0.jpg").rename(feed / "more" / "0.jpg")
    assert len(photo_paths(feed)) == 8


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="no such folder"):
        read_feed(tmp_path / "no")


def test_a_folder_without_photos_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="no photo here could be read"):
        read_feed(tmp_path)


def test_where_no_photo_can_be_read_it_says_why(tmp_path: Path) -> None:
    text_file, other = tmp_path / "text.jpg", tmp_path / "void.jpg"
    text_file.write_text("no photo")
    with pytest.raises(PhotoError, match=r"text\.jpg: this is not a photo"):
        read_feed([text_file])
    other.write_bytes(b"")
    with pytest.raises(PhotoError, match=r"None of the 2 photos .*text\.jpg: this is not"):
        read_feed(tmp_path)
    with pytest.raises(PhotoError, match="No photo was given"):
        read_feed([])


def test_copies_and_blank_photos_tell_nothing() -> None:
    generator = torch.Generator().manual_seed(0)
    two = torch.rand(2, 3, 64, 64, generator=generator)
    blank = torch.full((3, 3, 64, 64), 0.2)
    feed = Feed(torch.cat((two, two[:1].expand(40, -1, -1, -1), blank)), "", ())
    assert len(feed.telling()) == 2
    assert len(Feed(blank, "", ()).telling()) == 0
    shown = torch.arange(len(feed)).float().unsqueeze(1)
    kept = replace(feed, subjects=shown).telling()
    assert kept.subjects is not None and torch.equal(
        feed.references[kept.subjects[:, 0].long()], kept.references
    )


def test_photos_in_memory_are_read_as_those_of_files(feed: Path) -> None:
    read = read_feed(feed)
    again = feed_of_arrays([read_photo(path).pixels for path in photo_paths(feed)])
    assert read.subjects is not None and again.subjects is not None
    assert torch.equal(read.references, again.references)
    assert F.cosine_similarity(read.subjects, again.subjects).min() > 0.98
