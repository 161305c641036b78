"""What every page offers, and formulas set at build time, on small books."""

import base64
import io
import re
from pathlib import Path

import numpy as np
import pages
import pytest
from PIL import Image
from pybtex.database import parse_string
from sphinx.errors import ConfigError
from sphinx_build import sphinx_build

ROOT = Path(__file__).parent.parent
GITHUB = "https://github.com/someone/some-book"


def build(folder: Path, text: str, **settings) -> tuple[str, str]:
    """Build a book of one page; its HTML and the warnings."""
    source = folder / "book"
    source.mkdir()
    (source / "index.md").write_text(text, encoding="utf-8")
    warnings = folder / "warnings"
    options = {
        "extensions": ["myst_nb", "sphinx_book_theme", "pages", "typeset"],
        "html_theme": "sphinx_book_theme",
        "html_title": "A book",
        "nb_execution_mode": "off",
        "myst_enable_extensions": ["dollarmath", "amsmath"],
        "typeset_macros": {"Re": r"\operatorname{Re}"},
    } | settings
    with warnings.open("w", encoding="utf-8") as stream:
        sphinx_build(source, folder, warning=stream, **options)
    html = (folder / "html" / "index.html").read_text(encoding="utf-8")
    return html, re.sub(r"\x1b\[[\d;]*m", "", warnings.read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def small_root(tmp_path, monkeypatch):
    """The small book's folder is its repository."""
    citation = tmp_path / "CITATION.cff"
    citation.write_text((ROOT / "CITATION.cff").read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(pages, "CITATION", citation)


def test_no_repository_no_link(tmp_path):
    html, _ = build(tmp_path, "# One\n\nText.\n")
    assert pages.links_of("", "book/one.md") == {}
    assert "binder" not in html.lower()
    assert "github" not in html.lower()
    assert 'href="#how-to-cite-it"' in html


@pytest.mark.parametrize("repository", [GITHUB, f"{GITHUB}/", f"{GITHUB}.git"])
def test_a_repository_gives_links_that_open_the_page(repository, tmp_path):
    links = pages.links_of(repository, "book/1-games.md")
    assert links == {
        "Binder": "https://mybinder.org/v2/gh/someone/some-book/HEAD"
        "?urlpath=lab/tree/book/1-games.md",
        "source": f"{GITHUB}/blob/HEAD/book/1-games.md?plain=1",
        "repository": GITHUB,
    }
    html, _ = build(tmp_path, "# One\n\nText.\n", html_theme_options={"repository_url": repository})
    assert f'href="{GITHUB}/blob/HEAD/book/index.md?plain=1"' in html
    assert f'href="{GITHUB}"' in html
    assert "mybinder" not in html, "a page without code has nothing to run"


def test_a_repository_at_gitlab_has_its_own_addresses():
    links = pages.links_of("https://gitlab.com/group/part/book", "book/index.md")
    assert links["Binder"].startswith("https://mybinder.org/v2/gl/group%2Fpart%2Fbook/HEAD?")
    assert links["source"] == "https://gitlab.com/group/part/book/-/blob/HEAD/book/index.md?plain=1"


@pytest.mark.parametrize("repository", ["someone/book", "https://example.org/a/b", "https://github.com/a"])
def test_a_repository_that_is_none_is_named(repository):
    with pytest.raises(ConfigError, match=r"repository: url must be .* got"):
        pages.links_of(repository, "book/index.md")


def test_the_page_describes_itself_without_code(tmp_path):
    html, _ = build(tmp_path, "# One\n\nLet $\\lambda$ be & so on. " + "More of it. " * 40)
    meta = dict(re.findall(r'<meta (?:name|property)="([\w:]+)" content="([^"]*)">', html))
    assert meta["og:title"] == "One · A book"
    assert meta["description"] == meta["og:description"]
    assert meta["description"].startswith("Let … be &amp; so on. More of it.")
    assert meta["description"].endswith("it.") and len(meta["description"]) <= 204


def test_the_bibtex_is_that_of_the_books_own_references():
    shown = parse_string(pages.citations(), "bibtex").entries
    stored = parse_string((ROOT / "book" / "references.bib").read_text(encoding="utf-8"), "bibtex")
    assert list(shown) == ["gidel2019", "gidel2019edition"]
    paper, same = shown["gidel2019"], stored.entries["gidel2019"]
    plain = {name: re.sub(r"[{}]", "", paper.fields[name]) for name in ("title", "year", "pages")}
    for name, value in plain.items():
        assert value.lower() == re.sub(r"[{}]", "", same.fields[name]).lower()
    last = [" ".join(who.last_names) for who in paper.persons["author"]]
    assert last == [" ".join(who.last_names) for who in same.persons["author"]]
    assert last[0] == "Gidel" and len(last) == 7


def test_formulas_are_set_for_the_eye_and_for_the_ear(tmp_path):
    html, warnings = build(tmp_path, "# One\n\nHere $\\Re\\lambda<1$.\n\n$$\na \\\\\nb\n$$\n")
    assert warnings == ""
    assert html.count("<mjx-math") == 2
    assert '<mi>Re</mi>' in html and "<mo>&lt;</mo>" in html.replace("&#x3C;", "&lt;")
    assert "$" not in re.sub(r"<(script|style).*?</\1>", "", html, flags=re.DOTALL)
    assert "<wbr" in html, "a line may end after a relation"
    assert 'url("_static/mathjax/' in html
    assert list((tmp_path / "html" / "_static" / "mathjax").glob("*.woff"))
    assert "mathjax.js" not in html and "tex-chtml" not in html


@pytest.mark.parametrize("tex", [r"\undefined x", r"\frac{a"])
def test_a_formula_that_mathjax_refuses_is_a_warning(tex, tmp_path):
    _, warnings = build(tmp_path, f"# One\n\nHere ${tex}$.\n")
    assert "MathJax refuses" in warnings and "index.md" in warnings


def test_unused_scripts_are_left_out(tmp_path):
    html, _ = build(tmp_path, "# One\n", templates_path=[str(ROOT / "book" / "_templates")])
    assert "thebe" not in html.lower() and "fontawesome.js" not in html
    assert 'src="http' not in html and 'href="http' not in html


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_images_in_pictures_lose_channels_and_no_pixel(mode):
    pixels = np.random.default_rng(0).integers(256, size=(5, 4, 4), dtype=np.uint8)
    image = Image.fromarray(pixels).convert(mode).convert("RGBA")
    image.save(file := io.BytesIO(), "png")
    svg = f'<image href="data:image/png;base64,\n{base64.b64encode(file.getvalue()).decode()}"/>'
    slim = pages.slim_images(svg)
    shown = Image.open(io.BytesIO(base64.b64decode(re.search(r"base64,([^\"]*)", slim)[1])))
    assert shown.mode == mode and len(slim) <= len(svg)
    assert shown.convert("RGBA").tobytes() == image.tobytes()


def test_code_has_no_elements_for_the_color_of_plain_text(tmp_path):
    code = "```python\nname = call(1, 'text')\n```\n"
    html, _ = build(tmp_path, f"# One\n\n{code}")
    inside = re.search(r"<pre>(.*?)</pre>", html, re.S)[1]
    assert re.sub(r"<[^>]*>", "", inside).strip() == "name = call(1, 'text')"
    assert 'class="n"' not in inside and 'class="p"' not in inside and 'class="mi"' in inside
    style = (tmp_path / "html" / "_static" / "pygments.css").read_text(encoding="utf-8")
    for theme in ("light", "dark"):
        rule = rf'html\[data-theme="{theme}"\] \.highlight '
        plain = re.search(rule + r"{[^}]*; color: (#\w+)", style)[1]
        for name in "np":
            assert re.search(rule + rf"\.{name} {{ color: (#\w+)", style)[1] == plain
