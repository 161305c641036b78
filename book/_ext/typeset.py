"""Sphinx extension: formulas are set when the book is built, so that pages need no script for them.

MathJax itself runs here, in an embedded V8. A page gets its formulas as HTML for the eye and as
MathML for screen readers, and the style rules of the characters it uses. A formula that MathJax
refuses is a warning, which fails the build.
"""

import json
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from docutils import nodes
from py_mini_racer import MiniRacer
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.fileutil import copy_asset
from sphinx.util.math import get_node_equation_number

LOGGER = logging.getLogger(__name__)
# The package that carries MathJax is named as no import statement could spell it.
MATHJAX = Path(find_spec("sphinx-mathjax-offline").origin).parent / "static" / "mathjax"
COMPONENTS = ["startup", "core", "adaptors/liteDOM", "input/tex-full"]
COMPONENTS += ["output/chtml", "output/chtml/fonts/tex"]
FONTS = "output/chtml/fonts/woff-v2"

PRELUDE = """
var global = this;
var console = { log() {}, info() {}, warn() {}, error() {} };
var MathJax = {
  loader: { load: [] },
  startup: { typeset: false, ready() {}, document: "" },
  tex: { packages: ["base", "ams", "newcommand", "configmacros"], tags: "none", macros: MACROS },
  chtml: { adaptiveCSS: true, fontURL: "FONTS" },
};
"""
FUNCTIONS = """
MathJax.startup.getComponents();
MathJax.startup.makeMethods();
const { adaptor, output } = MathJax.startup;
function typeset(tex, display) {
  const options = { display, em: 16, ex: 8, containerWidth: 1000 };
  const formula = MathJax.tex2chtml(tex, options);
  const problem = adaptor.tags(formula, "mjx-merror")[0];
  if (problem) throw Error(adaptor.getAttribute(problem, "data-mjx-error"));
  const math = adaptor.firstChild(formula);
  adaptor.setAttribute(math, "aria-hidden", "true");
  // As in TeX, a line may end after a relation or a binary operator: those have space on both sides.
  const parts = display ? [] : adaptor.childNodes(math);
  const space = (part) => part && adaptor.getAttribute(part, "space");
  parts.slice().forEach((part, k) => {
    const wide = /^[34]$/.test(space(part)) && space(part) === space(parts[k + 1]);
    if (wide && adaptor.kind(part) === "mjx-mo") adaptor.insert(adaptor.node("wbr"), parts[k + 1]);
  });
  return [adaptor.outerHTML(formula), MathJax.tex2mml(tex, options)];
}
function takeStyle() {
  const style = adaptor.textContent(MathJax.chtmlStylesheet());
  output.clearCache();
  return style;
}
"""


@cache
def mathjax(macros: str) -> MiniRacer:
    """MathJax with the given macros, a JSON object; made once."""
    engine = MiniRacer()
    engine.eval(PRELUDE.replace("MACROS", macros))
    for name in COMPONENTS:
        engine.eval((MATHJAX / f"{name}.js").read_text(encoding="utf-8"))
    engine.eval(FUNCTIONS)
    return engine


def engine_of(app: Sphinx) -> MiniRacer:
    return mathjax(json.dumps(app.config.typeset_macros))


def formula(translator, node: nodes.Node, tex: str, display: bool) -> str:
    """A formula as HTML."""
    script = f"JSON.stringify(typeset({json.dumps(tex)}, {json.dumps(display)}))"
    try:
        seen, spoken = json.loads(engine_of(translator.builder.app).eval(script))
    except Exception as error:
        reason = str(error).strip().splitlines()[-1]
        LOGGER.warning("MathJax refuses %r: %s", tex, reason, location=node)
        return translator.encode(tex)
    spoken = re.sub(r'\n\s*| (data-mjx-texclass|id|xmlns)="[^"]*"', "", spoken)
    spoken = f"<mjx-assistive-mml>{spoken}</mjx-assistive-mml></mjx-container>"
    return seen.removesuffix("</mjx-container>") + spoken


def visit_inline(self, node: nodes.math) -> None:
    # the theme's script must not take it for text to highlight or to translate
    self.body.append(self.starttag(node, "span", "", CLASS="math notranslate nohighlight"))
    self.body.append(formula(self, node, node.astext(), display=False) + "</span>")
    raise nodes.SkipNode


def visit_display(self, node: nodes.math_block) -> None:
    self.body.append(self.starttag(node, "div", CLASS="math notranslate nohighlight"))
    if node["number"]:
        number = get_node_equation_number(self, node)
        self.body.append(f'<span class="eqno">({number})')
        self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    tex = node.astext() if node["nowrap"] else aligned(node.astext())
    self.body.append(formula(self, node, tex, display=True) + "</div>\n")
    raise nodes.SkipNode


def aligned(tex: str) -> str:
    r"""Sphinx's convention: ``\\`` breaks a displayed formula, an empty line starts another.

    >>> aligned("a")
    'a'
    >>> print(aligned(r"a \\ b"))
    \begin{split}a \\ b\end{split}
    """
    parts = [part for part in tex.split("\n\n") if part.strip()]
    parts = [rf"\begin{{split}}{part}\end{{split}}" if r"\\" in part else part for part in parts]
    return parts[0] if len(parts) == 1 else r"\begin{aligned}%s\end{aligned}" % r"\\".join(parts)


def add_style(app: Sphinx, pagename, templatename, context: dict, doctree) -> None:
    """Give the page just written the style rules of its formulas."""
    style = engine_of(app).call("takeStyle")
    if "<mjx-" in context.get("body", ""):
        style = style.replace('url("FONTS', 'url("' + context["pathto"]("_static/mathjax", 1))
        context["metatags"] = context.get("metatags", "") + f"\n<style>{style}</style>"


def finish(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        copy_asset(MATHJAX / FONTS, app.outdir / "_static" / "mathjax")
    # an engine left open would keep the interpreter from ending
    engine_of(app).close()
    mathjax.cache_clear()


def setup(app: Sphinx) -> dict:
    app.add_config_value("typeset_macros", {}, "html", dict)
    app.add_html_math_renderer("typeset", (visit_inline, None), (visit_display, None))
    app.config.html_math_renderer = "typeset"
    app.connect("html-page-context", add_style)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
