"""Labels on every way out of the studio."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from skimage import data

from looksmith.provenance import COMPOSITE, ENHANCED
from looksmith.verification import Label, checks, read_label

if TYPE_CHECKING:
    from tests.studio.conftest import Studio

PICTURES = (".jpg", ".png", ".webp")


@pytest.fixture
def studio(make_studio: Callable[..., Studio], pem: tuple[Path, Path]) -> Studio:
    """A studio whose operator has a certificate."""
    return make_studio(certificate=pem[0], key=pem[1])


@pytest.fixture
def photo(studio: Studio) -> str:
    """A portrait that the studio has."""
    made = io.BytesIO()
    Image.fromarray(data.astronaut()).resize((500, 500)).save(made, "JPEG", quality=92)
    return str(studio.upload(made.getvalue())["id"])


def given(kind: str, look: str, photo: str) -> dict[str, Any]:
    many: dict[str, Any] = {"photos": [photo]}
    more = {
        "apply": many | {"look": look, "controls": {"skin": 0.5}},
        "avatars": {"look": look, "photo": photo, "count": 1, "size": 256},
        "campaign": many | {"looks": [look], "name": "spring"},
    }
    return more[kind] | {"kind": kind}


def held(content: bytes, path: Path) -> Label:
    """The label of a downloaded picture, all of which holds."""
    path.write_bytes(content)
    label = read_label(path)
    assert [one.sentence for one in checks(label) if not one.holds] == []
    assert label.belongs
    assert label.credentials is not None
    assert label.credentials.sound
    return label


@pytest.mark.parametrize(
    ("kind", "source_type"),
    [("apply", ENHANCED), ("avatars", COMPOSITE), ("campaign", ENHANCED)],
)
def test_every_download_carries_its_label_and_credentials(
    studio: Studio, look: str, photo: str, tmp_path: Path, kind: str, source_type: str
) -> None:
    job = studio.start(**given(kind, look, photo))
    studio.work()
    job = studio.job(job["id"])
    assert job["state"] == "done", job["problem"]
    if kind == "apply":
        one = f"/v1/results/{job['output']['results'][0]}/file"
    else:
        one = f"/v1/jobs/{job['id']}/pictures/0"
    label = held(studio.client.get(one).content, tmp_path / "one.jpg")
    assert label.source_type == source_type
    assert label.look == "warm"
    archive = studio.client.get(f"/v1/jobs/{job['id']}/archive").content
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        names = [name for name in packed.namelist() if Path(name).suffix in PICTURES]
        for name in names:
            held(packed.read(name), tmp_path / f"packed{Path(name).suffix}")
    assert len(names) > 5 if kind == "avatars" else len(names) == 1


def test_without_a_certificate_the_label_alone_is_there(
    make_studio: Callable[..., Studio], warm: list[bytes], tmp_path: Path
) -> None:
    plain = make_studio()
    names = [plain.upload(one, data={"prepare": "false"})["id"] for one in warm]
    learned = plain.start(kind="learn", name="warm", photos=names, consent="mine")
    photo = plain.upload(warm[0])["id"]
    plain.work()
    look = plain.job(learned["id"])["output"]["look"]
    job = plain.start(kind="apply", look=look, photos=[photo])
    plain.work()
    result = plain.job(job["id"])["output"]["results"][0]
    (tmp_path / "one.jpg").write_bytes(plain.client.get(f"/v1/results/{result}/file").content)
    label = read_label(tmp_path / "one.jpg")
    assert label.belongs
    assert label.credentials is None
