"""Sphinx extension: what a build ran on, how long its chapters took, where the stored results come from.

The directive ``{software}`` becomes the table of versions, processor and commit; ``{executed}`` the table of
chapters with the time that each took; ``{stored-results}`` one table for each folder of ``book/results``,
whose checksums are verified when it is read. A result that was edited or damaged is an error, by name.
"""

import os
import platform
import re
import shlex
import time
from importlib.metadata import requires, version
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from negmom import provenance


def facts(app: Sphinx) -> dict[str, str]:
    """What is the same for all chapters of a build."""
    names = {re.match(r"[\w-]+", line)[0] for line in requires("negmom") if "extra ==" not in line}
    return {
        "Commit": provenance.commit(Path(app.srcdir).parent) or "not in a repository",
        "Processor": f"{provenance.processor()}, {os.cpu_count()} threads",
        "System": platform.platform(),
        "Python": platform.python_version(),
        **{name: version(name) for name in sorted(names | {"jupyter-book"})},
    }


def table(rows, heads=()) -> nodes.table:
    """A table; its entries are strings or nodes."""

    def row(entries):
        return nodes.row("", *[nodes.entry("", paragraph(entry)) for entry in entries])

    def paragraph(entry):
        return nodes.paragraph("", entry) if isinstance(entry, str) else nodes.paragraph("", "", *entry)

    rows = [row(entries) for entries in rows]
    columns = len(rows[0].children)
    group = nodes.tgroup("", *[nodes.colspec(colwidth=1) for _ in range(columns)], cols=columns)
    if heads:
        group += nodes.thead("", row(heads))
    group += nodes.tbody("", *rows)
    return nodes.table("", group, classes=["provenance"])


class Software(SphinxDirective):
    def run(self):
        self.env.metadata[self.env.docname]["software"] = True
        return [table(facts(self.env.app).items())]


class executed(nodes.General, nodes.Element):
    """The place of the table of chapters, once all of them have run."""


class Executed(SphinxDirective):
    def run(self):
        return [executed()]


class FillExecuted(SphinxPostTransform):
    default_priority = 5

    def run(self):
        for node in list(self.document.findall(executed)):
            node.replace_self(table(self.rows(), ("Chapter", "Executed", "Seconds")))

    def rows(self):
        pages = {name: page["exec_data"] for name, page in self.env.nb_metadata.items() if "exec_data" in page}
        for name in sorted(pages):
            title = self.env.titles[name].astext()
            target = self.app.builder.get_relative_uri(self.env.docname, name)
            when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(pages[name]["mtime"]))
            yield [nodes.reference("", title, refuri=target, internal=True)], when, f"{pages[name]['runtime']:.1f}"
        total = sum(page["runtime"] for page in pages.values())
        yield "All", "", f"{total:.1f}"


class StoredResults(SphinxDirective):
    def run(self):
        folders = sorted((Path(self.env.srcdir) / "results").glob("*/"))
        if not folders:
            return [nodes.paragraph("", "This build has no stored results.")]
        found = []
        for folder in folders:
            try:
                rows = self.rows(folder)
            except (ValueError, OSError) as error:
                raise self.severe(f"stored results: {error}") from error
            found += [nodes.rubric("", folder.name), table(rows)]
        return found

    def rows(self, folder: Path):
        from negmom.gan import cells, checksums, records  # torch takes seconds to import

        checksums.verify(folder)
        found = records.read_all(folder)
        execution = records.read_grid(folder)["execution"]

        def all_of(name):
            return ", ".join(sorted({str(record.provenance.get(name)) for record in found}))

        more = ["--score-samples", execution["score_samples"], "--compile", execution["compile"]]
        commands = [
            shlex.join(["python", "-m", "negmom.gan", "grid", *words, *map(str, more), "--out", f"results/{folder.name}"])
            for words in cells.options([record.cell for record in found])
        ]
        # Cells that trained as one batch share its time.
        hours = sum(record.seconds / record.cells_in_batch for record in found) / 3600
        literal = nodes.literal_block("\n".join(commands), "\n".join(commands), language="console")
        return [
            ("Data", f"{found[0].cell.dataset}, {all_of('data')}"),
            ("Cells", f"{len(found)}, trained in {hours:.1f} h"),
            ("Device", all_of("device")),
            ("Versions", ", ".join(f"{name} {all_of(name)}" for name in ("python", "torch", "torchvision"))),
            ("Commit", all_of("commit")),
            ("Files", f"{len((folder / checksums.NAME).read_text().splitlines())}, checksums verified"),
            ("Command", [literal]),
        ]


def find_outdated(app: Sphinx, env, added, changed, removed) -> list[str]:
    """The page of versions is read again when one of them, or the commit, is another."""
    now = facts(app)
    before, env.reproducibility_facts = getattr(env, "reproducibility_facts", None), now
    return [] if before == now else [name for name in env.found_docs if env.metadata[name].get("software")]


def setup(app: Sphinx) -> dict:
    app.add_node(executed)
    app.add_directive("software", Software)
    app.add_directive("executed", Executed)
    app.add_directive("stored-results", StoredResults)
    app.add_post_transform(FillExecuted)
    app.connect("env-get-outdated", find_outdated)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
