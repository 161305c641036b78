"""Build a small folder of pages with Sphinx, in the tests' own process."""

from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace


def sphinx_build(source, folder, *, builder="html", **settings) -> None:
    """Build the pages of `source` below `folder`; the other keywords are Sphinx's own, or settings of conf.py."""
    own = {key: settings.pop(key) for key in ("warning", "warningiserror") if key in settings}
    parser = "myst-nb" if "myst_nb" in settings["extensions"] else "markdown"
    # Builds of one process share the default mapping, and the parsers' extensions write into it.
    settings["source_suffix"] = {".md": parser, ".ipynb": parser}
    with docutils_namespace():
        Sphinx(
            source, None, folder / "html", folder / "trees", builder, confoverrides=settings, status=None, **own
        ).build()  # fmt: skip
