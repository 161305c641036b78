"""Sphinx extension: what every page offers, and what it does without.

Above the text: the executed notebook and the page's source to download, how to cite, and, where
``repository: url`` of ``_config.yml`` names a repository, links that open the page on Binder and in the
repository. In the head: title and description for link previews. The directive ``{bibtex}`` shows the
entries of ``CITATION.cff``.
"""

import re
import shutil
from base64 import b64decode, b64encode
from html import escape
from io import BytesIO
from pathlib import Path
from urllib.parse import quote, urlsplit

import yaml
from docutils import nodes
from PIL import Image
from sphinx.application import Sphinx
from sphinx.errors import ConfigError
from sphinx.util.docutils import SphinxDirective

CITATION = Path(__file__).parents[2] / "CITATION.cff"
BINDER = "https://mybinder.org/v2"
# Extensions of Jupyter Book that this book does not use, or that would ask other hosts for scripts.
UNUSED = re.compile(r"sphinx-thebe|THEBE_JS_URL|sphinx-design|design-tabs")


def links_of(repository: str, page: str) -> dict[str, str]:
    """Addresses of a page on Binder and in the repository.

    Parameters
    ----------
    repository : str
        Address of the repository on GitHub or GitLab; empty if there is none.
    page : str
        Path of the page's source in the repository.

    Raises
    ------
    ConfigError
        If `repository` is not the address of a repository there.

    Examples
    --------
    >>> links_of("", "book/1-games.md")
    {}
    """
    if not repository:
        return {}
    parts = urlsplit(repository.rstrip("/").removesuffix(".git"))
    project = parts.path.strip("/")
    hosts = {
        "github.com": ("gh", project, "blob"),
        "gitlab.com": ("gl", quote(project, safe=""), "-/blob"),
    }
    if parts.scheme != "https" or parts.netloc not in hosts or "/" not in project:
        allowed = "https://github.com/OWNER/NAME or https://gitlab.com/OWNER/NAME"
        raise ConfigError(f"repository: url must be {allowed}, or empty, got {repository!r}")
    kind, name, view = hosts[parts.netloc]
    return {
        # JupyterLab opens the text as a notebook there: see postBuild
        "Binder": f"{BINDER}/{kind}/{name}/HEAD?urlpath=lab/tree/{quote(page)}",
        "source": f"https://{parts.netloc}/{project}/{view}/HEAD/{quote(page)}?plain=1",
        "repository": f"https://{parts.netloc}/{project}",
    }


def bibtex(entry: dict, kind: str, key: str, **more: str) -> str:
    """A citation of ``CITATION.cff`` as a BibTeX entry."""
    names = [
        author.get("name") and f"{{{author['name']}}}"
        or f"{author['family-names']}, {author['given-names']}"
        for author in entry["authors"]
    ]
    fields = {"title": f"{{{entry['title']}}}", "author": " and ".join(names)} | more
    lines = [f"  {name:<9} = {{{value}}},\n" for name, value in fields.items()]
    return f"@{kind}{{{key},\n{''.join(lines)}}}"


def citations() -> str:
    """The paper and this edition, as BibTeX."""
    edition = yaml.safe_load(CITATION.read_text(encoding="utf-8"))
    paper = edition["preferred-citation"]
    arxiv = paper["identifiers"][0]["value"].removeprefix("arXiv:")
    return "\n\n".join(
        [
            bibtex(
                paper,
                "inproceedings",
                "gidel2019",
                booktitle=paper["collection-title"],
                series=paper["volume-title"],
                pages=f"{paper['start']}--{paper['end']}",
                year=str(paper["year"]),
                eprint=arxiv,
                eprinttype="arxiv",
            ),
            bibtex(edition, "misc", "gidel2019edition", note=f"Version {edition['version']}"),
        ]
    )


class BibtexDirective(SphinxDirective):
    """The BibTeX entries of the paper and of this edition."""

    def run(self):
        self.env.note_dependency(str(CITATION))
        text = citations()
        return [nodes.literal_block(text, text, language="bibtex")]


def describe(doctree: nodes.document) -> str:
    """The first paragraph of a page, without its formulas' code, cut at the end of a sentence."""
    paragraph = doctree.next_node(nodes.paragraph)
    if paragraph is None:
        return ""
    paragraph = paragraph.deepcopy()
    for node in list(paragraph.findall(nodes.math)):
        node.replace_self(nodes.Text("…"))
    text = " ".join(paragraph.astext().split())
    if len(text) <= 200:
        return text
    return text[: text[:200].rfind(". ")] + "." if ". " in text[:200] else text[:199] + "…"


def add_description(app: Sphinx, pagename, templatename, context: dict, doctree) -> None:
    """Title and description, for search engines and for previews of a link."""
    title = re.sub(r"<[^>]*>", "", context.get("title", ""))
    site = app.config.html_title
    meta = {
        "og:type": "article",
        "og:site_name": site,
        "og:title": title if title == site else f"{title} · {site}",
    }
    if doctree is not None and (text := describe(doctree)):
        meta |= {"description": text, "og:description": text}
    tags = [
        f'<meta {"property" if ":" in name else "name"}="{name}" content="{escape(value)}">'
        for name, value in meta.items()
    ]
    context["metatags"] = "\n".join([context.get("metatags", ""), *tags])


def add_buttons(app: Sphinx, pagename, templatename, context: dict, doctree) -> None:
    """The buttons above the text, in place of the theme's, some of which need a repository."""
    pathto = context["pathto"]

    def link(text: str, url: str, icon: str, tooltip: str) -> dict:
        return {"type": "link", "text": text, "url": url, "icon": icon, "tooltip": tooltip}

    buttons = []
    if doctree is not None and context.get("sourcename"):
        downloads = []
        if "kernelspec" in app.env.metadata[pagename]:
            executed = Path(app.env.mystnb_config.output_folder) / f"{pagename}.ipynb"
            stored = Path(app.outdir) / "_sources" / f"{pagename}.ipynb"
            stored.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(executed, stored)
            url = pathto(f"_sources/{pagename}.ipynb", 1)
            downloads.append(link("Notebook", url, "fas fa-code", "The executed notebook"))
        url = pathto(f"_sources/{context['sourcename']}", 1)
        downloads.append(link("Source", url, "fas fa-file-lines", "The text that makes this page"))
        group = {"type": "group", "icon": "fas fa-download", "tooltip": "Download this page"}
        buttons.append(group | {"buttons": downloads})
        source = Path(app.env.doc2path(pagename)).relative_to(CITATION.parent)
        links = links_of(app.config.html_theme_options.get("repository_url", ""), source.as_posix())
        if links:
            opens = [
                link("Repository", links["repository"], "fas fa-house", "All sources"),
                link("Source", links["source"], "fas fa-code", "This page's source there"),
            ]
            if len(downloads) > 1:
                opens.insert(0, link("Binder", links["Binder"], "fas fa-rocket", "Run this page"))
            group = {"type": "group", "icon": "fas fa-rocket", "tooltip": "Run, or read the source"}
            buttons.append(group | {"buttons": opens})
    cite = pathto(app.config.root_doc).removesuffix("#") + "#how-to-cite-it"  # "#": the page itself
    buttons.append(link("", cite, "fas fa-quote-right", "Cite this"))
    context["header_buttons"] = buttons


def drop_unused(app: Sphinx, pagename, templatename, context: dict, doctree) -> None:
    """Leave out the scripts and style sheets of extensions that this book does not use."""
    for kind in ("script_files", "css_files"):
        context[kind] = [
            asset
            for asset in context[kind]
            if not UNUSED.search(f"{asset.filename} {getattr(asset, 'attributes', {}).get('body', '')}")
        ]


def plain_code(html: str) -> str:
    """Leave out the elements of names and punctuation in code: both themes give them the color of plain text.

    Examples
    --------
    >>> plain_code('<span class="n">x</span><span class="p">(</span><span class="mi">1</span>')
    'x(<span class="mi">1</span>'
    """
    return re.sub(r'<span class="[np]">([^<]*)</span>', r"\1", html)


def slim_code(app: Sphinx, pagename, templatename, context: dict, doctree) -> None:
    """A tenth of a chapter's weight is such elements."""
    if "body" in context:
        context["body"] = plain_code(context["body"])


def round_coordinates(svg: str) -> str:
    """Round the coordinates of an SVG picture to a hundredth of its unit, far below a pixel.

    Examples
    --------
    >>> round_coordinates('<path d="M 1.234567 -2.5" transform="scale(0.015625)"/>')
    '<path d="M 1.23 -2.5" transform="scale(0.015625)"/>'
    """

    def shorten(attribute: re.Match) -> str:
        return re.sub(r"-?\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}", attribute[0])

    return re.sub(r' (?:d|x|y|points)="[^"]*"', shorten, svg)


def slim_images(svg: str) -> str:
    """Write the images inside an SVG picture with no more channels than they use; no pixel changes."""

    def slim(match: re.Match) -> str:
        image = Image.open(BytesIO(b64decode(match[1])))
        if image.mode == "RGBA" and image.getextrema()[3] == (255, 255):
            image = image.convert("RGB")
            red, green, blue = image.split()
            if red.tobytes() == green.tobytes() == blue.tobytes():
                image = red
        image.save(file := BytesIO(), "png", optimize=True)
        return f"data:image/png;base64,{b64encode(file.getvalue()).decode()}"

    return re.sub(r"data:image/png;base64,([^\"]*)", slim, svg)


def slim_pictures(app: Sphinx, error: Exception | None) -> None:
    """Half the weight of a picture is digits and channels that nobody can see."""
    for path in Path(app.outdir).glob("_images/*.svg"):
        svg = path.read_text(encoding="utf-8")
        path.write_text(slim_images(round_coordinates(svg)), encoding="utf-8")


def setup(app: Sphinx) -> dict:
    app.add_directive("bibtex", BibtexDirective)
    app.connect("build-finished", slim_pictures)
    app.connect("html-page-context", add_description)
    # after the theme, which sets its own
    app.connect("html-page-context", add_buttons, priority=900)
    app.connect("html-page-context", drop_unused, priority=900)
    app.connect("html-page-context", slim_code)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
