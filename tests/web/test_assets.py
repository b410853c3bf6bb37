"""Built files are found by their source, kept for ever by browsers, and nothing else is served."""

from __future__ import annotations

import gzip
import re

import pytest

from farthing.web.assets import assets
from tests.web.browsing import Browser
from tools.files import ROOT

TEMPLATES = ROOT / "src" / "farthing" / "web" / "templates"


def test_every_file_that_a_template_names_is_built() -> None:
    named = {
        source
        for template in TEMPLATES.rglob("*.html")
        for source in re.findall(r"asset\(['\"]([^'\"]+)['\"]\)", template.read_text())
    }
    assert named
    for source in named:
        assert assets().url(source).removeprefix("/static/") in assets().files


@pytest.mark.parametrize(
    "source", ["src/app.ts", "styles/app.css", "inter-latin-wght-normal.woff2", "images/mark.svg"]
)
async def test_a_file_is_kept_for_ever_and_comes_compressed(stranger: Browser, source: str) -> None:
    url = assets().url(source)
    packed = await stranger.client.get(url, headers={"Accept-Encoding": "gzip"})
    plain = await stranger.client.get(url, headers={"Accept-Encoding": "identity"})
    assert packed.status_code == plain.status_code == 200
    assert packed.content == plain.content == assets().files[url.removeprefix("/static/")]
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert plain.headers["x-content-type-options"] == "nosniff"
    assert "content-encoding" not in plain.headers
    if not url.endswith(".woff2"):
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("name", ["manifest.json", "..%2fassets.py", "nothing.js", "app.css", "%00.js"])
async def test_nothing_else_is_served(stranger: Browser, name: str) -> None:
    await stranger.open(f"/static/{name}")
    assert stranger.status == 404


async def test_a_compressed_copy_has_no_address_of_its_own(stranger: Browser) -> None:
    await stranger.open(f"{assets().url('src/app.ts')}.gz")
    assert stranger.status == 404


def test_scripts_stay_within_what_a_visitor_should_load() -> None:
    packed = [content for name, content in assets().files.items() if name.endswith(".js.gz")]
    assert 0 < sum(map(len, packed)) <= 250_000
    assert all(gzip.decompress(content) for content in packed)
