"""The page in a real browser: what people see and do. Skipped where there is no Chromium."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Download, Page, expect, sync_playwright
from skimage import data

from looksmith.color import delta_e_2000
from looksmith.look import Look
from looksmith.people.finish import Finish
from looksmith.provenance import ENHANCED
from looksmith.rendering import Controls, render_pixels
from looksmith.tone import QUANTILES
from looksmith.transfer import Transfer, working_size
from looksmith.verification import read_label

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--disable-background-networking",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
AXE = Path(__file__).parent / "vendor" / "axe-4.14.1.min.js"
PHONE = {"width": 390, "height": 844}
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium package")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running studio."""
    folder = tmp_path_factory.mktemp("studio")
    command = [sys.executable, "-m", "looksmith.cli", "studio", "--port", "0", "--workers", "1"]
    process = subprocess.Popen(
        [*command, "--folder", str(folder)],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"LOOKSMITH_LANG": "en", "LOOKSMITH_HOME": str(folder)},
    )
    assert process.stderr is not None
    found = re.search(r"http://\S+:\d+", process.stderr.readline())
    assert found
    yield found[0]
    process.send_signal(signal.SIGINT)
    process.wait(20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS])
        yield started
        started.close()


@pytest.fixture
def visit(browser: Browser, url: str) -> Iterator[Callable[..., Page]]:
    """``visit("/looks", locale="zh-CN")`` opens a page that says no error to its console."""
    wrong: list[str] = []
    contexts = []

    def go(path: str, **options: Any) -> Page:
        context = browser.new_context(**{"locale": "en-GB", "color_scheme": "dark"} | options)
        contexts.append(context)
        context.set_default_timeout(60_000)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
        page.goto(url + path)
        page.wait_for_selector("body[data-loaded=yes]")
        return page

    expect.set_options(timeout=60_000)
    yield go
    for context in contexts:
        context.close()
    assert not wrong


def portrait(pixels: int = 300) -> bytes:
    made = io.BytesIO()
    image = Image.fromarray(data.astronaut()).resize((pixels, pixels))
    exif = Image.Exif()
    exif[0x0110] = "Camera"
    image.save(made, "JPEG", quality=95, exif=exif)
    return made.getvalue()


@pytest.fixture(scope="module")
def looks(url: str, warm: list[bytes], photos: list[NDArray[np.uint8]]) -> list[str]:
    """Two looks, warm and cold, and one photo."""
    cold = []
    for array in photos:
        made = io.BytesIO()
        Image.fromarray((array * np.array([0.6, 0.85, 1.0])).astype(np.uint8)).save(made, "JPEG")
        cold.append(made.getvalue())
    with httpx2.Client(base_url=url, timeout=90) as client:
        names = []
        for name, feed in (("warm", warm), ("cold", cold)):
            ids = []
            for content in feed:
                files, form = {"photo": ("f.jpg", content)}, {"prepare": "false"}
                ids.append(client.post("/v1/photos", files=files, data=form).json()["id"])
            given = {"kind": "learn", "name": name, "photos": ids}
            job = client.post("/v1/jobs", json=given | {"consent": "They are mine."}).json()
            done = client.get(f"/v1/jobs/{job['id']}", params={"wait": 60}).json()
            names.append(str(done["output"]["look"]))
        photo = client.post("/v1/photos", files={"photo": ("me.jpg", portrait())}).json()
        client.get(f"/v1/jobs/{photo['job']}", params={"wait": 60})
    return names


def pixels(page: Page, selector: str = "#compare canvas") -> NDArray[np.uint8]:
    """What a canvas shows."""
    address = page.eval_on_selector(selector, "canvas => canvas.toDataURL('image/png')")
    from base64 import b64decode

    image = Image.open(io.BytesIO(b64decode(address.partition(",")[2])))
    return np.asarray(image.convert("RGB"))


def dressed(page: Page) -> None:
    """Wait until the photo and every look of the strip are drawn."""
    page.wait_for_selector("body[data-state=ready]")
    expect(page.locator(".look .waiting")).to_have_count(0)


def test_a_look_is_made_from_a_dropped_feed(visit: Callable[..., Page], warm: list[bytes]) -> None:
    page = visit("/looks")
    page.click("#new")
    files: list[Any] = [
        {"name": f"{i}.jpg", "mimeType": "image/jpeg", "buffer": b} for i, b in enumerate(warm[:3])
    ]
    page.set_input_files("#feed", files)
    expect(page.locator("#chosen")).to_have_text("3 photos")
    page.fill("#name", "奶油胶片·午后窗边的慢时光日记")
    expect(page.locator("#make")).to_be_disabled()  # nobody has consented
    page.check("input[value=given]")
    page.fill("#statement", "Lin Xiaoyu, by e-mail")
    page.click("#make")
    page.wait_for_url("**/looks/*")
    expect(page.locator("h1")).to_have_text("奶油胶片·午后窗边的慢时光日记")
    expect(page.locator("#consent")).to_have_text("Lin Xiaoyu, by e-mail")
    for said in ("3 photos", "Grade", "Mood", "Few photos (3)"):
        expect(page.locator("#facts")).to_contain_text(said)
    expect(page.locator("#facts")).not_to_contain_text("Refined")  # nobody asked for it
    page.click("#withdraw")
    page.click("#sure button[value=yes]")
    page.wait_for_url("**/looks")
    page.wait_for_selector("body[data-loaded=yes]")
    expect(page.locator("#gallery")).not_to_contain_text("奶油胶片")


def test_a_photo_is_restyled_live_and_downloaded(
    visit: Callable[..., Page], looks: list[str]
) -> None:
    page = visit(f"/?look={looks[0]}")
    me = {"name": "我的 照片.jpg", "mimeType": "image/jpeg", "buffer": portrait(260)}
    page.set_input_files("#choose", [me])  # type: ignore[list-item]
    expect(page.locator(".photo.current button").first).to_have_attribute("title", "我的 照片.jpg")
    dressed(page)
    page.wait_for_selector(f"#compare canvas[data-look='{looks[0]}']")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => done(true)))")
    shown = pixels(page)
    left, right = shown[:, : shown.shape[1] // 3], shown[:, -shown.shape[1] // 3 :]
    assert not np.array_equal(left, right)
    page.fill("input[name=strength]", "0")
    for _ in range(50):  # frames may be late under load
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => done(true)))")
        if np.abs(pixels(page).astype(int) - shown).max() > 10:
            break
    else:
        pytest.fail("the slider does not change the picture")
    page.fill("input[name=strength]", "0.5")
    with page.expect_download() as download:
        page.click("#save")
    assert download.value.suggested_filename == "我的 照片-warm.jpg"
    made = Image.open(download.value.path())
    assert made.getexif()[0x0110] == "Camera"
    assert b"DigitalSourceType" in made.info["xmp"]
    with page.expect_download() as archive:
        page.click("#save-all")
    assert archive.value.suggested_filename == "looksmith.zip"
    page.click(".photo.current .away")
    expect(page.locator(".photo")).to_have_count(1)


def test_a_bad_photo_takes_no_good_one_with_it(
    visit: Callable[..., Page], looks: list[str], url: str
) -> None:
    page = visit(f"/?look={looks[0]}")
    dressed(page)
    while page.locator(".photo").count():  # what is left is shown when the current one goes
        page.locator(".photo").first.hover()
        page.locator(".photo .away").first.click()
    large = portrait(2400)
    with httpx2.Client(base_url=url, timeout=90) as client:
        files = {"photo": ("busy.jpg", large)}
        busy = [client.post("/v1/photos", files=files).json() for _ in range(3)]
        given: list[Any] = [
            {"name": "bad.jpg", "mimeType": "image/jpeg", "buffer": b"no photo"},
            {"name": "good.jpg", "mimeType": "image/jpeg", "buffer": large},
        ]
        page.set_input_files("#choose", given)  # both wait for the worker
        dressed(page)
        expect(page.locator(".photo")).to_have_count(1)
        expect(page.locator(".photo.current button").first).to_have_attribute("title", "good.jpg")
        expect(page.locator(".said.error")).to_have_count(1)
        expect(page.locator(".said.error")).to_contain_text("bad.jpg")
        page.locator(".photo .away").click()
        for photo in busy:
            client.get(f"/v1/jobs/{photo['job']}", params={"wait": 60})
            client.delete(f"/v1/photos/{photo['id']}")
        photo = client.post("/v1/photos", files={"photo": ("me.jpg", portrait())}).json()
        client.get(f"/v1/jobs/{photo['job']}", params={"wait": 60})  # as the other tests found it


def test_a_look_that_cannot_be_shown_says_so_and_leaves_the_others(
    visit: Callable[..., Page], looks: list[str]
) -> None:
    page = visit("/looks")
    page.context.route(f"**/v1/looks/{looks[1]}/rendering*", lambda r: r.fulfill(body=b"nothing"))
    page.reload()
    expect(page.locator(f"a[href='/looks/{looks[0]}'] canvas.cover")).to_have_count(1)
    page.goto(page.url.replace("/looks", f"/?look={looks[0]}"))
    dressed(page)
    expect(page.locator(".look.unusable")).to_have_count(1)
    expect(page.locator(f".look.unusable input[value='{looks[1]}']")).to_have_count(1)
    expect(page.locator(".look.unusable")).to_have_attribute("title", re.compile(r"\w"))


def drawn(page: Page, look: str, photo: str, strength: float, skin: float) -> NDArray[np.uint8]:
    """A photo's preview with a look as the browser draws it."""
    page.evaluate(
        """async ([look, photo, strength, skin]) => {
          const { Painter, amountsOf } = await import('/static/painter.js');
          const { parseRendering } = await import('/static/rendering.js');
          const fetched = async (path) => (await fetch(path)).blob();
          const image = await createImageBitmap(await fetched(`/v1/photos/${photo}/preview`));
          const canvas = document.createElement('canvas');
          canvas.id = 'exam';
          [canvas.width, canvas.height] = [image.width, image.height];
          const painter = new Painter(canvas);
          const data = await fetched(`/v1/looks/${look}/rendering?photo=${photo}`);
          painter.setPhoto(image);
          painter.setRendering(parseRendering(await data.arrayBuffer()));
          if (skin) {
            const asked = `photo=${photo}&strength=${strength}&mood=${strength}`;
            const layer = await fetched(`/v1/looks/${look}/skin?${asked}`);
            painter.setSkin(await createImageBitmap(layer));
          }
          painter.draw(amountsOf({ strength, mood: strength, skin }));
          document.body.append(canvas);
        }""",
        [look, photo, strength, skin],
    )
    return pixels(page, "#exam")


def differences(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.float32]:
    """ΔE2000, ``(H, W)``."""
    first, second = (
        torch.from_numpy(a.astype(np.float32) / 255).permute(2, 0, 1) for a in (one, other)
    )
    return np.asarray(delta_e_2000(first, second)).squeeze()


@pytest.mark.parametrize(("strength", "skin"), [(1.0, 0.0), (0.4, 1.0), (1.5, 1.5)])
def test_browser_and_server_agree(
    visit: Callable[..., Page],
    looks: list[str],
    url: str,
    tmp_path: Path,
    strength: float,
    skin: float,
) -> None:
    page = visit(f"/?look={looks[0]}")
    dressed(page)
    photo = page.evaluate("fetch('/v1/photos').then(a => a.json())")["items"][0]
    in_browser = drawn(page, looks[0], photo["id"], strength, skin)
    with httpx2.Client(base_url=url) as client:
        (tmp_path / "w.look").write_bytes(client.get(f"/v1/looks/{looks[0]}/file").content)
        preview = client.get(f"/v1/photos/{photo['id']}/preview").content
    source = np.asarray(Image.open(io.BytesIO(preview)).convert("RGB"))
    look = Look.load(tmp_path / "w.look")
    transfer = Transfer(look, Controls(strength, strength))
    plain = transfer.pixels(source)
    transfer.finish = Finish.of(look, skin)
    on_server = transfer.pixels(source)
    assert differences(in_browser, on_server).mean() < 0.7
    assert differences(in_browser, source).mean() > 1.5  # and it is not the photo
    if skin:
        face = differences(on_server, plain) > 0.5
        missed = differences(in_browser, on_server)[face].mean()
        assert missed < 0.7
        assert missed < 0.5 * differences(on_server, plain)[face].mean()


@pytest.fixture
def drawn_together(url: str, looks: list[str], tmp_path: Path) -> Iterator[Look]:
    """A look in the studio that moves light and dark the more, the further a photo is from grey."""
    levels = (torch.arange(QUANTILES) + 0.5) / QUANTILES
    pull = torch.stack((levels, torch.zeros(QUANTILES), torch.full((QUANTILES,), -0.7)))
    with httpx2.Client(base_url=url, timeout=90) as client:
        (tmp_path / "w.look").write_bytes(client.get(f"/v1/looks/{looks[0]}/file").content)
        look = replace(Look.load(tmp_path / "w.look"), name="grey", tone=pull.unsqueeze(0))
        data = look.save(tmp_path / "grey.look").read_bytes()
        kept = client.post("/v1/looks", files={"file": ("grey.look", data)}).json()["id"]
        yield look
        client.delete(f"/v1/looks/{kept}")


def test_a_photo_corrected_in_part_is_seen_as_it_is_downloaded(
    visit: Callable[..., Page], drawn_together: Look, url: str
) -> None:
    dark, made = np.asarray(Image.open(io.BytesIO(portrait()))) // 3, io.BytesIO()
    Image.fromarray(dark).save(made, "PNG")
    with httpx2.Client(base_url=url, timeout=90) as client:
        photo = client.post("/v1/photos", files={"photo": ("dark.png", made.getvalue())}).json()
        client.get(f"/v1/jobs/{photo['job']}", params={"wait": 60})
        preview = client.get(f"/v1/photos/{photo['id']}/preview").content
        source = np.asarray(Image.open(io.BytesIO(preview)).convert("RGB"))
        transfer = Transfer(drawn_together, Controls(normalise=0.3))
        downloaded = transfer.pixels(source)
        whole = transfer.look.predict(transfer.base, working_size(source))
        stretched = render_pixels(source, whole.controlled(transfer.controls))
        assert differences(stretched, downloaded).mean() > 1.5  # what follows has to be read anew
        page = visit("/")  # the newest look on the newest photo
        dressed(page)
        page.evaluate("document.getElementById('compare').split = 0")
        with page.expect_response(re.compile("normalise=0.3"), timeout=20_000):
            page.fill("input[name=normalise]", "0.3")
        for _ in range(50):
            if (gap := differences(pixels(page), downloaded).mean()) < 0.7:
                break
            page.wait_for_timeout(100)
        client.delete(f"/v1/photos/{photo['id']}")
    assert gap < 0.7


def test_sliders_moved_one_by_one_draw_what_all_at_once_draw(
    visit: Callable[..., Page], looks: list[str]
) -> None:
    page = visit(f"/?look={looks[0]}")
    dressed(page)
    different = page.evaluate(
        """async (look) => {
          const { Painter, amountsOf } = await import('/static/painter.js');
          const { parseRendering } = await import('/static/rendering.js');
          const shown = document.querySelector('#compare canvas');
          const address = `/v1/looks/${look}/rendering`;
          const stages = parseRendering(await (await fetch(address)).arrayBuffer());
          const twice = [...stages, { ...stages.at(-1), name: 'mood' }];
          const drawn = (...steps) => {
            const canvas = document.createElement('canvas');
            [canvas.width, canvas.height] = [shown.width, shown.height];
            const painter = new Painter(canvas);
            painter.setPhoto(shown);
            painter.setRendering(twice);
            for (const step of steps) painter.draw(amountsOf(step));
            const { gl } = painter;
            const pixels = new Uint8Array(4 * canvas.width * canvas.height);
            gl.readPixels(0, 0, canvas.width, canvas.height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
            return pixels;
          };
          const last = { strength: 0.6, mood: 0.8 };
          const straight = drawn(last);
          const gap = (...steps) => drawn(...steps).reduce(
            (most, value, i) => Math.max(most, Math.abs(value - straight[i])), 0);
          return [
            gap({}, { mood: 0.8 }, { strength: 0.3, mood: 0.8 }, last),
            gap({}, {}, { strength: 0.6 }, { strength: 0.6, mood: 0.1 }, last, last, last),
            gap({}),
          ];
        }""",
        looks[0],
    )
    assert max(different[:2]) <= 2
    assert different[2] > 10


def test_a_slow_picture_is_coarse_while_a_slider_is_held(
    visit: Callable[..., Page], looks: list[str]
) -> None:
    page = visit(f"/?look={looks[0]}")
    dressed(page)
    full = page.evaluate("document.querySelector('#compare canvas').width")
    page.evaluate(
        """() => {
          const kind = WebGL2RenderingContext.prototype;
          const draw = kind.drawArrays;
          kind.drawArrays = function slow(...given) {
            for (const end = performance.now() + 80; performance.now() < end;);
            draw.apply(this, given);
          };
        }"""
    )
    page.locator("input[name=strength]").hover()
    page.mouse.down()
    page.mouse.move(*_middle(page, "input[name=mood]"))
    canvas = page.locator("#compare canvas")
    expect(canvas).to_have_attribute("width", str(round(full / 2)))
    page.mouse.up()
    expect(canvas).to_have_attribute("width", str(full))


def _middle(page: Page, selector: str) -> tuple[float, float]:
    box = page.locator(selector).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_skin_slider_needs_a_face(visit: Callable[..., Page], looks: list[str]) -> None:
    page = visit(f"/?look={looks[0]}")
    dressed(page)
    slider = page.locator("input[name=skin]")
    expect(slider).to_be_enabled()
    page.focus(".handle")
    page.keyboard.press("Home")
    before = pixels(page)
    with page.expect_response("**/skin?*"):
        slider.fill("1.5")
    expect(page.locator("#slider-skin.waits")).to_have_count(0)
    for _ in range(50):
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => done(true)))")
        if not np.array_equal(pixels(page), before):
            break
    else:
        pytest.fail("the slider does not change the picture")
    cup = io.BytesIO()
    Image.fromarray(data.coffee()).resize((300, 200)).save(cup, "JPEG")
    coffee: Any = {"name": "cup.jpg", "mimeType": "image/jpeg", "buffer": cup.getvalue()}
    page.set_input_files("#choose", [coffee])
    expect(page.locator("#slider-skin output")).to_have_text("no face found")
    expect(slider).to_be_disabled()
    page.click(".photo.current .away")
    expect(slider).to_be_enabled()
    expect(page.locator("#slider-skin output")).to_have_text("150 %")


def test_the_language_follows_the_browser_and_the_choice_is_remembered(
    visit: Callable[..., Page], looks: list[str]
) -> None:
    page = visit("/looks", locale="zh-CN")
    expect(page.locator("h1")).to_have_text("风格")
    assert page.get_attribute("html", "lang") == "zh-Hans"
    page.click("#language")
    expect(page.locator("h1")).to_have_text("Looks")
    page.goto(page.url.replace("/looks", "/"))
    expect(page.locator("#save")).to_have_text("Download")


def test_a_phone_shows_everything_without_scrolling_sideways(
    visit: Callable[..., Page], looks: list[str]
) -> None:
    for path in ("/", "/looks", f"/looks/{looks[0]}", "/me", "/avatars", "/campaigns"):
        page = visit(path, viewport=PHONE, has_touch=True, locale="zh-CN")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
    page = visit("/", viewport=PHONE, has_touch=True)
    dressed(page)
    for selector in ("#compare canvas", "#looks", "input[name=strength]", "#save"):
        box = page.locator(selector).bounding_box()
        assert box and box["y"] >= 0 and box["y"] + box["height"] <= PHONE["height"], selector


def test_everything_works_by_keyboard(visit: Callable[..., Page], looks: list[str]) -> None:
    page = visit(f"/?look={looks[1]}")
    dressed(page)
    address = "document.querySelector('#compare canvas').toDataURL()"
    first = page.evaluate(address)
    page.focus("#looks input:checked")
    page.keyboard.press("ArrowRight")  # cold is the newer: warm follows
    page.wait_for_url(f"**/?look={looks[0]}")
    page.evaluate(
        f"""first => new Promise(done => {{
          const look = () => {address} !== first ? done(1) : requestAnimationFrame(look);
          look();
        }})""",
        first,
    )
    page.focus(".handle")
    page.keyboard.press("Home")
    assert page.get_attribute(".handle", "aria-valuenow") == "0"
    page.keyboard.press("PageUp")
    assert page.get_attribute(".handle", "aria-valuenow") == "10"
    page.focus("input[name=strength]")
    page.keyboard.press("Home")
    assert page.locator("#slider-strength output").text_content() == "0 %"
    expect(page.locator("input[name=skin]")).to_be_enabled()
    passed = []
    while not page.evaluate("document.activeElement.closest('.actions') !== null"):
        page.keyboard.press("Tab")
        passed.append(page.evaluate("document.activeElement.name"))
        assert len(passed) < 6
    assert "skin" in passed


def test_dark_and_light_follow_the_system_and_the_choice(visit: Callable[..., Page]) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    dark, light = (visit("/looks", color_scheme=c) for c in ("dark", "light"))
    shades = [int(re.findall(r"\d+", page.evaluate(ground))[0]) for page in (dark, light)]
    assert shades[0] < 60 < 200 < shades[1]
    dark.click("#theme")
    dark.reload()
    assert int(re.findall(r"\d+", dark.evaluate(ground))[0]) == shades[1]


def saved(download: Download, folder: Path) -> Path:
    """A download under its own name."""
    path = folder / download.suggested_filename
    download.save_as(path)
    return path


def test_the_live_picture_gets_the_look(
    visit: Callable[..., Page], looks: list[str], tmp_path: Path
) -> None:
    page = visit(f"/camera?look={looks[0]}")
    sent: list[str] = []
    page.on("request", lambda r: sent.append(r.method) if r.method != "GET" else None)
    page.click("#start")
    page.wait_for_selector("body[data-state=ready]")
    with page.expect_download() as download:
        page.click("#shoot")
    shot = Image.open(download.value.path())
    assert shot.size[0] >= 320
    label = read_label(saved(download.value, tmp_path))
    assert label.source_type == ENHANCED
    assert label.belongs  # its number is that of this picture
    assert not sent  # nothing leaves the machine


def test_the_quiz_teaches_and_can_be_forgotten(
    visit: Callable[..., Page], looks: list[str]
) -> None:
    page = visit("/me")
    for _ in range(3):
        expect(page.locator(".version .waiting")).to_have_count(0)
        with page.expect_response("**/v1/choices/*"):
            page.keyboard.press("ArrowLeft")
        page.wait_for_selector("#pair .version:not([disabled])")
    expect(page.locator("#rests")).to_contain_text("3 clear preferences")
    expect(page.locator("#likes li").first).to_be_visible()
    expect(page.locator("#recommended .card")).to_have_count(2)
    page.click("#undo")
    expect(page.locator("#rests")).to_contain_text("2 clear preferences")
    page.click("#forget")
    page.click("#sure button[value=yes]")
    expect(page.locator("#rests")).to_have_text("Nothing is known yet.")
    page = visit(f"/?look={looks[0]}")
    dressed(page)
    page.click("#like")
    expect(page.locator("#said")).to_contain_text("Noted.")
    page.click("#variants")
    expect(page.locator(".version")).to_have_count(6)
    expect(page.locator(".version .waiting")).to_have_count(0)
    page.click(".version >> nth=2")
    expect(page.locator("#personal")).to_have_attribute("aria-pressed", "true")


def test_a_look_is_one_page_that_works_from_a_file(
    browser: Browser, looks: list[str], url: str, tmp_path: Path
) -> None:
    path = tmp_path / "warm.html"
    path.write_bytes(httpx2.get(f"{url}/v1/looks/{looks[0]}/html").content)
    context = browser.new_context(locale="zh-CN", viewport=PHONE)
    context.set_offline(True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    expect(page.locator(".lead")).to_have_text("把照片拖到这里")
    me: Any = {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": portrait()}
    page.set_input_files("#choose", [me])
    page.wait_for_selector("body[data-state=ready]")
    before = np.asarray(Image.open(io.BytesIO(portrait())).convert("RGB")).astype(int)
    with page.expect_download() as download:
        page.click("#save")
    assert download.value.suggested_filename == "me-warm.jpg"
    made = Image.open(download.value.path())
    label = read_label(saved(download.value, tmp_path))
    assert label.source_type == ENHANCED
    assert label.belongs
    assert np.abs(np.asarray(made.convert("RGB")).astype(int) - before).mean() > 3
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert not [one for one in asked if not one.startswith(("file:", "blob:"))]
    context.close()


def test_avatars_are_made_seen_and_deleted(visit: Callable[..., Page], looks: list[str]) -> None:
    page = visit("/avatars", locale="zh-CN")
    expect(page.locator("#nothing")).to_be_visible()
    cup = io.BytesIO()
    Image.fromarray(data.coffee()).resize((300, 200)).save(cup, "JPEG")
    for name, content in (("杯子.jpg", cup.getvalue()), ("我.jpg", portrait(400))):
        given: Any = {"name": name, "mimeType": "image/jpeg", "buffer": content}
        page.set_input_files("#choose", [given])
        expect(page.locator(f".pick[title='{name}'] input")).to_be_checked()
        if name == "杯子.jpg":
            expect(page.locator("#why")).to_contain_text("没有发现人脸")
            expect(page.locator("#make")).to_be_disabled()
    page.check("input[name=count][value='1']", force=True)
    expect(page.locator("#make")).to_have_text("制作 1 个头像")
    page.click("#make")
    expect(page.locator(".set .tile")).to_have_count(1)
    page.click(".tile")
    expect(page.locator(".viewer")).to_be_visible()
    with page.expect_download() as one:
        page.click(".viewer a")
    assert one.value.suggested_filename == "01-photo-gradient.jpg"
    page.keyboard.press("Escape")
    with page.expect_download() as archive:
        page.click(".set .title a")
    assert archive.value.suggested_filename == "looksmith.zip"
    for _ in range(2):  # asked, and sure
        page.click(".set .danger")
    expect(page.locator("#nothing")).to_be_visible()


def test_a_campaign_is_made_and_says_what_failed(
    visit: Callable[..., Page], looks: list[str]
) -> None:
    page = visit("/campaigns")
    photos: list[Any] = [
        {"name": f"tea {i}.jpg", "mimeType": "image/jpeg", "buffer": portrait(200 + i)}
        for i in range(2)
    ]
    page.set_input_files("#choose", photos)
    expect(page.locator(".pick input:checked")).to_have_count(2)
    page.check(f".look input[value='{looks[0]}']", force=True)
    page.check(f".look input[value='{looks[1]}']", force=True)
    expect(page.locator("#make")).to_have_text("Make 4 pictures")
    page.fill("#name", "Spring tea")
    page.click("#make")
    expect(page.locator(".set h3").first).to_have_text("Spring tea")
    expect(page.locator(".tile")).to_have_count(4)
    expect(page.locator(".tile span").first).to_have_text("tea 0.jpg · cold")
    page.reload()
    expect(page.locator(".tile")).to_have_count(4)
    page.click(".tile >> nth=1")
    first = page.text_content(".viewer p")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".viewer p")).not_to_have_text(str(first))


def test_a_gallery_fills_while_a_campaign_runs(
    visit: Callable[..., Page], looks: list[str]
) -> None:
    page = visit("/campaigns")
    running = json.dumps({"state": "running", "share": 0.5})
    once = f"retry: 2000\nevent: job\ndata: {running}\n\n"  # then the browser asks again
    page.route(
        "**/events", lambda r: r.fulfill(body=once, content_type="text/event-stream"), times=1
    )
    about = {"photo": "tea.jpg", "look": "warm"}
    picture = {"number": 0, "name": "warm/tea.jpg", "about": about, "problem": None}
    failed = picture | {"number": 1, "problem": "No photo."}
    page.route("**/pictures?first=0", lambda r: r.fulfill(json=[picture, failed]))
    page.route("**/pictures/0?small=true", lambda r: r.fulfill(body=portrait(99)))
    page.check(".pick input >> nth=0", force=True)
    page.check(f".look input[value='{looks[0]}']", force=True)
    page.click("#make")
    expect(page.locator(".latest .tile")).to_have_text(["tea.jpg · warm"])
    expect(page.locator(".set .hint").first).to_contain_text("50 %")
    expect(page.locator(".latest")).to_have_count(0)
    expect(page.locator(".set").first.locator("button.tile")).to_have_count(2)


@pytest.mark.parametrize(
    "options",
    [{"color_scheme": "dark"}, {"color_scheme": "light", "viewport": PHONE, "locale": "zh-CN"}],
    ids=["dark on a desktop", "light on a phone, Chinese"],
)
def test_nothing_serious_is_inaccessible(
    visit: Callable[..., Page], looks: list[str], options: dict[str, Any]
) -> None:
    one_look = f"/looks/{looks[0]}"
    pages = ("/", "/looks", one_look, "/looks#new", "/avatars", "/campaigns", "/camera", "/me")
    for path in pages:
        page = visit(path, **options)
        if path == "/":
            dressed(page)
        page.evaluate(AXE.read_text())
        found = page.evaluate("axe.run()")["violations"]
        serious = {
            f"{one['id']}: {one['nodes'][0]['html'][:120]}"
            for one in found
            if one["impact"] in ("serious", "critical")
        }
        assert not serious, path
