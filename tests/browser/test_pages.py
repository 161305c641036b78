"""Every page of the built book, as a browser with the network off shows it."""

import json
import re
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup

ROOT = Path(__file__).parents[2]
PHONE = 390
WEIGHT = 2_000_000  # bytes


def names(node: object) -> list[str]:
    """The pages that a table of contents lists, in its order."""
    if isinstance(node, list):
        return [name for part in node for name in names(part)]
    if isinstance(node, dict):
        return [
            name
            for key, part in node.items()
            for name in ([f"{part}.html"] if key in ("root", "file") else names(part))
        ]
    return []


CHAPTERS = names(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8")))
PAGES = [*CHAPTERS, "search.html"]
NOTEBOOKS = [
    page
    for page in CHAPTERS
    if "{code-cell}" in (ROOT / "book" / page).with_suffix(".md").read_text(encoding="utf-8")
]
every_page = pytest.mark.parametrize("name", PAGES)
every_chapter = pytest.mark.parametrize("name", CHAPTERS)


def soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@every_page
def test_page_is_whole_without_a_network(name, visit, html):
    page, files = visit(name), {html / name}
    check_whole(page)
    page.on("request", lambda request: files.add(Path(unquote(urlsplit(request.url).path))))
    page.reload()
    page.evaluate("document.fonts.ready.then(() => 0)")
    assert len(files) > 5
    assert sum(file.stat().st_size for file in files if file.is_file()) < WEIGHT


@pytest.mark.parametrize("name", ["index.html", "3-negative-momentum.html"])
def test_page_is_whole_on_a_server(name, visit, server):
    check_whole(visit(name, base=server))


def check_whole(page) -> None:
    """Formulas set, fonts and pictures there."""
    text = page.evaluate("""() => {
        const content = document.querySelector("main").cloneNode(true);
        for (const code of content.querySelectorAll("pre, code, math, script")) code.remove();
        return content.textContent;
    }""")
    assert text.strip()
    unset = r"\$[^$]*\$|\\\(|\\\[|\\[A-Za-z]+|\|-{3}"
    assert re.findall(unset, text) == [], "formulas or tables that were not set"
    assert page.locator("mjx-merror, .math:not(:has(mjx-math))").count() == 0
    fonts = page.evaluate("document.fonts.ready.then(() => [...document.fonts].map(f => f.status))")
    assert "error" not in fonts
    broken = page.evaluate("""() => [...document.images]
        .filter(image => image.complete && !image.naturalWidth).map(image => image.src)""")
    assert broken == []


@every_chapter
def test_page_is_readable_without_javascript(name, visit):
    page = visit(name, java_script_enabled=False)
    assert page.locator("article h1").first.is_visible()
    assert page.locator(".math:not(:has(mjx-math))").count() == 0


@every_page
def test_page_does_not_scroll_sideways_on_a_phone(name, visit):
    page = visit(name, width=PHONE, height=844, has_touch=True)
    wide = page.evaluate("""() => [...document.querySelectorAll("article *")]
        .filter(part => !part.ownerSVGElement && part.getBoundingClientRect().right > innerWidth + 1)
        .filter(part => {
            for (let box = part.parentElement; box; box = box.parentElement)
                if (getComputedStyle(box).overflowX !== "visible") return false;
            return true;
        }).map(part => part.outerHTML.slice(0, 120))""")
    assert wide == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE


# The bibliography's roles come from docutils; ARIA has withdrawn them since.
@pytest.mark.parametrize("name", [page for page in PAGES if page != "references.html"])
def test_page_follows_the_accessibility_rules(name, visit):
    """WCAG 2.1 A and AA, and headings in order: labels, alternative texts, language, contrast."""
    page = visit(name)
    rules = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
    extra = {name: {"enabled": True} for name in ("heading-order", "page-has-heading-one")}
    assert violations(page, {"runOnly": rules, "rules": extra}) == []


@every_page
def test_dark_page_has_contrast(name, visit):
    page = visit(name, theme="dark")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert violations(page, {"runOnly": {"type": "rule", "values": ["color-contrast"]}}) == []


def violations(page, options: dict) -> list[tuple]:
    """What axe finds: rule, place and why. The inside of formulas is left out, for speed."""
    context = {"exclude": [["mjx-container"]]}
    options |= {"resultTypes": ["violations"], "preload": False}  # what it preloads is refused on a disk
    found = Axe().run(page, context, options)
    return [
        (rule["id"], node["target"], node["failureSummary"])
        for rule in found.response["violations"]
        for node in rule["nodes"][:5]
    ]


@every_chapter
def test_page_describes_itself(name, html):
    page = soup(html / name)
    assert page.html["lang"] == "en"
    meta = {tag.get("property") or tag.get("name"): tag.get("content") for tag in page("meta")}
    assert meta["og:title"].endswith("Negative Momentum for Improved Game Dynamics")
    assert meta["og:description"] == meta["description"]
    assert not re.search(r"[$\\{}]", meta["description"])
    assert (name == "references.html") or 40 <= len(meta["description"]) <= 200
    assert "og:url" not in meta, "no address is configured"


@every_chapter
def test_every_picture_is_sharp_and_has_words(name, html):
    for image in soup(html / name).article("img"):
        assert len(image.get("alt", "")) > 15, image
        assert "_images/" not in image["alt"], image
        assert image["src"].endswith(".svg") or image.get("width"), image


def parts_of(path: Path) -> set[str]:
    return {tag["id"] for tag in soup(path)(id=True)} | {""}


@pytest.fixture(scope="module")
def anchors(html):
    """The fragments that each page of the book has."""
    return {path: parts_of(path) for path in html.rglob("*.html")}


@every_page
def test_links_resolve(name, html, anchors):
    here = (html / name).as_uri()
    for link in soup(html / name)("a", href=True):
        parts = urlsplit(urljoin(here, link["href"]))
        if parts.scheme == "file":
            path = Path(unquote(parts.path))
            assert path.is_file(), link
            # a fragment with = is the state of a filter on the part named before it
            fragment = unquote(parts.fragment).split("=")[0]
            assert fragment in anchors.get(path, {""}), link
        else:
            assert parts.scheme in ("https", "mailto"), link
            assert parts.scheme == "mailto" or re.fullmatch(r"[\w-]+(\.[\w-]+)+", parts.netloc), link


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_page_offers_its_executed_notebook_and_its_source(name, html):
    links = {link["href"] for link in soup(html / name)("a", href=True)}
    stem = Path(name).with_suffix("").as_posix()
    up = "../" * stem.count("/")
    assert f"{up}_sources/{stem}.ipynb" in links and f"{up}_sources/{stem}.md" in links
    notebook = json.loads((html / "_sources" / f"{stem}.ipynb").read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] for cell in cells)
    assert any(cell["outputs"] for cell in cells)


@pytest.mark.parametrize("place", ["disk", "server"])
def test_search_finds_theorem_4(place, visit, request):
    base = {} if place == "disk" else {"base": request.getfixturevalue("server")}
    page = visit("index.html", **base)
    page.keyboard.press("Control+k")
    page.keyboard.type("Theorem 4")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=*")
    results = page.locator("#search-results li a")
    results.first.wait_for()
    page.wait_for_function("""() => /Search finished|Search Results/.test(
        document.querySelector("#search-results").textContent)""")
    found = [link.get_attribute("href") for link in results.all()]
    assert any("3-negative-momentum.html" in link for link in found[:3]), found


@pytest.mark.parametrize("name", ["index.html", "3-negative-momentum.html"])
def test_time_until_a_page_is_loaded(benchmark, visit, name):
    """From the disk to the load event; the aim is a second for the first page."""
    page = visit(name)
    benchmark.pedantic(page.reload, rounds=5, warmup_rounds=1)
