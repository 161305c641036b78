"""Print the built book as one PDF: the pages of _build/html in one document, through a browser."""

import re
import shutil
import sys
from html import escape
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import yaml
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
HTML = ROOT / "_build" / "html"
PDF = ROOT / "_build" / "negative-momentum.pdf"
PAGE = ROOT / "_build" / "pdf.html"
BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
# What only a screen needs: folded code draws the figure below it; links to files on the disk would break.
SCREEN_ONLY = "script, .headerlink, .copybtn, .live, details.hide, .onlyprint, .prev-next-footer"
FOOTER = """<div style="width: 100%; text-align: center; font: 8pt sans-serif; color: #555">
<span class="pageNumber"></span></div>"""
# A formula wider than the paper shrinks; a block higher than half a page may be split.
FIT = """() => {
  for (const box of document.querySelectorAll("div.math")) {
    const formula = box.querySelector("mjx-container");
    const room = box.clientWidth / box.scrollWidth;
    if (room < 1) formula.style.fontSize = `${100 * room}%`;
  }
  for (const block of document.querySelectorAll("div.highlight, .cell_output, .admonition, .proof"))
    if (block.offsetHeight > 450) block.classList.add("long");
}"""


def page_names(html: Path) -> list[str]:
    """The pages in their order: the index, then those of the sidebar."""
    index = BeautifulSoup((html / "index.html").read_text(encoding="utf-8"), "html.parser")
    links = [link["href"].split("#")[0] for link in index.select("nav.bd-links a.internal[href]")]
    return list(dict.fromkeys(["index.html", *filter(None, links)]))


def anchor(page: str, fragment: str = "") -> str:
    """The name in the whole of a place on one page."""
    return re.sub(r"\W", "-", page.removesuffix(".html")) + (f"--{fragment}" if fragment else "")


def take_article(html: Path, name: str, names: list[str]) -> Tag:
    """The text of one page, with ids that are unique and links that stay inside the whole."""
    page = BeautifulSoup((html / name).read_text(encoding="utf-8"), "html.parser")
    article = page.select_one("article.bd-article")
    for part in article.select(SCREEN_ONLY):
        part.decompose()
    here = (html / name).as_uri()
    for tag in article.find_all(id=True):
        tag["id"] = anchor(name, tag["id"])
    for image in article.find_all("img"):
        image["src"] = urljoin(here, image["src"])
        image.attrs.pop("loading", None)
    for link in article.find_all("a", href=True):
        target = urlsplit(urljoin(here, link["href"]))
        if target.scheme != "file":
            continue
        path = Path(unquote(target.path))
        inside = path.relative_to(html).as_posix() if path.is_relative_to(html) else ""
        if inside in names:
            fragment = unquote(target.fragment).split("=")[0]
            link["href"] = "#" + anchor(inside, fragment)
        else:
            link.unwrap()
    article.name = "section"
    article["class"] = ["chapter", "bd-article"]
    article["id"] = anchor(name)
    return article


def styles(html: Path, names: list[str]) -> str:
    """The style sheets of the pages, and the rules of their formulas."""
    found = {}
    for name in names:
        page = BeautifulSoup((html / name).read_text(encoding="utf-8"), "html.parser")
        here = (html / name).as_uri()
        for link in page.select("link[rel=stylesheet]"):
            found[f'<link rel="stylesheet" href="{urljoin(here, link["href"])}">'] = None
        for style in page.head.find_all("style"):
            rules = re.sub(r'url\("([^"]*)"\)', lambda m: f'url("{urljoin(here, m[1])}")', style.text)
            if "mjx-" in rules:
                found[f"<style>{rules}</style>"] = None
    css = (Path(__file__).parent / "print.css").read_text(encoding="utf-8")
    return "\n".join([*found, f"<style>{css}</style>"])


def title_page(articles: list[Tag]) -> str:
    """Title, authors and version from CITATION.cff; contents from the pages."""
    edition = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    paper = edition["preferred-citation"]
    authors = ", ".join(f"{who['given-names']} {who['family-names']}" for who in paper["authors"])
    entries = "".join(
        f'<li><a href="#{article["id"]}">{escape(article.h1.get_text().strip())}</a></li>'
        for article in articles[1:]
    )
    return f"""<section class="title-page">
<h1>{escape(paper["title"])}</h1>
<p class="subtitle">A reproducible edition</p>
<p>of the paper by {escape(authors)}<br>{escape(paper["collection-title"])}, {paper["year"]}</p>
<p>{escape(edition["authors"][0]["name"])}, version {escape(edition["version"])}</p>
</section>
<nav class="chapter book-contents" aria-label="Contents"><h2>Contents</h2><ul>{entries}</ul></nav>"""


def compose(html: Path) -> str:
    """The whole book as one page."""
    names = page_names(html)
    articles = [take_article(html, name, names) for name in names]
    front = title_page(articles)
    articles[0].h1.decompose()  # the title page has it
    body = "\n".join(map(str, articles))
    title = BeautifulSoup(front, "html.parser").h1.text
    return f"""<!doctype html>
<html lang="en" data-theme="light">
<head><meta charset="utf-8"><title>{escape(title)}</title>
{styles(html, names)}
</head><body>{front}
{body}
</body></html>"""


def main() -> None:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit(f"make pdf: no browser here; install one of {', '.join(BROWSERS)}")
    PAGE.write_text(compose(HTML), encoding="utf-8")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 643, "height": 960})
        page.set_default_timeout(300_000)
        page.goto(PAGE.as_uri())
        page.emulate_media(media="print")
        page.evaluate("document.fonts.ready.then(() => 0)")
        page.evaluate(FIT)
        page.pdf(
            path=PDF,
            prefer_css_page_size=True,
            print_background=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOTER,
            outline=True,
            tagged=True,
        )
        chromium.close()
    PAGE.unlink()
    print(f"printed {PDF.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
