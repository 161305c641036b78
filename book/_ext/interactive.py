"""Sphinx extension: the interactive figures.

The directive ``{interactive} name`` puts a figure on the page. Its body is the caption, ``:alt:`` says
what there is to see, ``:name:`` labels it. The JavaScript is ``book/_interactive/name.js``; where
scripts are off and in print the picture of the same name in :mod:`stills` stands in. Both start
from the state that :data:`stills.STILLS` gives.

Browsers load no module from a file beside a page that is itself a file. So the modules travel in the
page: an import map gives each as a ``data:`` address, and works from a disk and from a server alike.
"""

import html
import json
from base64 import b64encode
from os.path import relpath
from pathlib import Path

import stills
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from negmom import javascript

SOURCES = Path(__file__).parent.parent / "_interactive"
START = SOURCES / "start.js"


class InteractiveDirective(SphinxDirective):
    """A figure with a stage for the script and a still picture."""

    required_arguments = 1
    has_content = True
    option_spec = {"alt": directives.unchanged_required, "name": directives.unchanged}

    def run(self):
        name, alt = self.arguments[0], self.options.get("alt")
        if name not in stills.STILLS:
            raise self.error(f"no figure {name!r}; there are {', '.join(stills.STILLS)}")
        if not alt:
            raise self.error(f"the figure {name!r} needs its option :alt:")
        for source in SOURCES.glob("*.js"):
            self.env.note_dependency(str(source))
        figure = nodes.figure(classes=["interactive"])
        self.set_source_info(figure)
        figure += nodes.raw("", self.stage(name, alt), format="html")
        figure += nodes.image(uri=self.still(name), alt=alt, classes=["still"])
        caption = nodes.caption()
        self.state.nested_parse(self.content, self.content_offset, paragraphs := nodes.Element())
        caption += [child for paragraph in paragraphs for child in paragraph.children]
        figure += caption
        self.add_name(figure)
        return [figure]

    def stage(self, name: str, alt: str) -> str:
        state = html.escape(json.dumps(stills.STILLS[name].state))
        return (
            f'<div class="live" role="group" aria-label="{html.escape(alt)}" '
            f'data-figure="{name}" data-state="{state}"></div>'
        )

    def still(self, name: str) -> str:
        """Draw the still picture and return its path, relative to the page's source."""
        path = Path(self.env.doctreedir) / "images" / f"{name}.svg"
        path.parent.mkdir(parents=True, exist_ok=True)
        stills.draw(name, path)
        return relpath(path, Path(self.env.doc2path(self.env.docname)).parent)


def modules() -> dict[str, str]:
    """Return the source of each module by the name under which the others import it."""
    sources = {path.stem: path.read_text(encoding="utf-8") for path in sorted(SOURCES.glob("*.js"))}
    del sources[START.stem]
    return {f"negmom/{name}": code for name, code in (sources | {"formulas": javascript.module()}).items()}


def import_map() -> str:
    """Return an import map with every module inside it.

    Examples
    --------
    >>> "negmom/formulas" in json.loads(import_map())["imports"]
    True
    """
    addresses = {
        name: "data:text/javascript;base64," + b64encode(code.encode()).decode()
        for name, code in modules().items()
    }
    return json.dumps({"imports": addresses})


def add_scripts(app: Sphinx, page: str, template: str, context: dict, doctree) -> None:
    """Give the pages that have an interactive figure, and no others, the modules and their start."""
    if doctree and any("interactive" in figure["classes"] for figure in doctree.findall(nodes.figure)):
        app.add_js_file(None, body=import_map(), type="importmap")
        app.add_js_file(None, body=START.read_text(encoding="utf-8"), type="module")


def setup(app: Sphinx) -> dict:
    app.add_directive("interactive", InteractiveDirective)
    app.connect("html-page-context", add_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
