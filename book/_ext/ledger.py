"""Sphinx extension: the claims ledger and the badges, read from the executed chapters.

``{claim}`key` `` becomes a badge with the verdict of that claim, linked to its row.
``{tally}`holds` `` becomes the number of the paper's claims with that verdict, ``{tally}`all` `` that
of all of them, ``{tally}`edition` `` that of this edition's claims.
The directive ``{ledger} paper`` becomes the table of the paper's claims, ``{ledger} edition`` that of this
edition's, ``{errata}`` that of the paper's corrected ones alone.
Verdict, tier and counterexample come from what :func:`negmom.claims.check` glued when the chapter
ran; a claim without one is a warning, which fails the build. The cell that checks a claim ends with the
badge of that claim, so that cell and row link to each other. `_static/ledger.js` filters the tables.
"""

import ast

from docutils import nodes
from myst_nb.ext.glue.crossref import read_glue_cache
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from negmom import claims

LOGGER = logging.getLogger(__name__)
COLORS = {
    claims.HOLDS: "holds",
    claims.CONDITION: "condition",
    claims.FALSE: "false",
    claims.NOT_REPRODUCED: "not-reproduced",
    claims.FAILS: "fails",
    claims.UNDECIDED: "undecided",
    claims.NOT_RUN: "not-run",
}
LEDGER = "5-conclusion"
TABLE = "claims-"


class pending_claim(nodes.Inline, nodes.Element):
    """A place where one field of a finding goes, once the chapters have run."""


class ClaimRole(SphinxRole):
    """The badge of one claim."""

    def run(self):
        if self.text not in claims.CLAIMS:
            message = self.inliner.reporter.error(f"no claim {self.text!r}", line=self.lineno)
            return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]
        node = pending_claim(key=self.text, field="verdict", link=True)
        self.set_source_info(node)
        return [node], []


class pending_tally(nodes.Inline, nodes.Element):
    """A place where a number of claims goes, once the chapters have run."""


class TallyRole(SphinxRole):
    """The number of claims with one verdict."""

    def run(self):
        if self.text not in {"all", "edition", *COLORS.values()}:
            message = self.inliner.reporter.error(f"no verdict {self.text!r}", line=self.lineno)
            return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]
        return [pending_tally(verdict=self.text)], []


class ClaimTable(SphinxDirective):
    """A table of claims."""

    def table(self, name: str, heads: dict[str, int], rows) -> nodes.container:
        """A table with the given id, headings and their widths in percent."""
        group = nodes.tgroup(cols=len(heads))
        group += [nodes.colspec(colwidth=width) for width in heads.values()]
        head = nodes.thead("", row([[nodes.paragraph("", text)] for text in heads]))
        body = nodes.tbody("", *[row(cells) for cells in rows])
        group += [head, body]
        table = nodes.table("", group, classes=["colwidths-given"])
        return nodes.container("", table, classes=["ledger"], ids=[name])


class LedgerDirective(ClaimTable):
    """All claims of the paper, in its order, or all of this edition."""

    required_arguments = 1

    def run(self):
        whose = {
            "paper": ("The paper says", claims.PAPER),
            "edition": ("This edition says", claims.EDITION),
        }
        if self.arguments[0] not in whose:
            raise self.error(f"ledger takes paper or edition, got {self.arguments[0]!r}")
        says, listed = whose[self.arguments[0]]
        heads = {"Claim": 18, says: 41, "Verdict": 17, "Established": 24}
        return [self.table(TABLE + self.arguments[0], heads, self.rows(listed.values()))]

    def rows(self, listed):
        for claim in listed:
            place = nodes.paragraph("", claim.place, ids=[f"ledger-{claim.key}"])
            repair = claim.condition or claim.correction
            said = self.parse_text_to_nodes(claim.statement)
            if repair:
                word = "Provided that" if claim.condition else "Correct"
                said += self.parse_text_to_nodes(f"*{word}:* {repair}")
            verdict = nodes.paragraph("", "", field(claim, "verdict"))
            where = self.parse_text_to_nodes(f"[check](#claim-{claim.key})")
            where[0].insert(0, nodes.Text(", "))
            where[0].insert(0, field(claim, "tier"))
            yield [place], said, [verdict], where


class ErrataDirective(ClaimTable):
    """The claims of the paper that do not hold as printed, with correction and counterexample side by side."""

    def run(self):
        heads = {"Claim": 15, "As printed": 27, "What holds": 30, "Counterexample": 28}
        return [self.table("corrections", heads, self.rows())]

    def rows(self):
        for claim in claims.PAPER.values():
            repair = claim.correction or claim.condition
            if repair:
                repair = repair if claim.correction else f"The same, provided that: {repair}"
                place = self.parse_text_to_nodes(f"[{claim.place}](#claim-{claim.key})")
                example = nodes.paragraph("", "", field(claim, "counterexample"))
                yield place, self.parse_text_to_nodes(claim.statement), self.parse_text_to_nodes(repair), [example]


def field(claim: claims.Claim, name: str) -> pending_claim:
    return pending_claim(key=claim.key, field=name, link=False)


def row(cells) -> nodes.row:
    return nodes.row("", *[nodes.entry("", *cell) for cell in cells])


class FillClaims(SphinxPostTransform):
    """Replace each pending claim by what the run of its chapter found."""

    default_priority = 5

    def run(self):
        self.link_cells_back()
        for node in list(self.document.findall(pending_claim)):
            claim = claims.CLAIMS[node["key"]]
            finding = self.finding(claim)
            if finding is None:
                LOGGER.warning(
                    "claim %s was not checked by %s", claim.key, claim.chapter, location=node
                )
                node.parent.remove(node)
            else:
                node.replace_self(self.render(claim, finding, node))
        for node in list(self.document.findall(pending_tally)):
            number = nodes.Text(str(self.count(node["verdict"])))
            if node["verdict"] in COLORS.values():
                number = self.link(f"{TABLE}paper={node['verdict']}", number)
            node.replace_self(number)

    def link_cells_back(self) -> None:
        """End each cell that checks a claim with the badge of that claim."""
        for cell in list(self.document.findall(nodes.container)):
            keys = [name.removeprefix("claim-") for name in cell["ids"] if name[:6] == "claim-"]
            badges = [
                pending_claim(key=key, field="verdict", link=True)
                for key in keys
                if key in claims.CLAIMS
            ]
            if badges and "cell" in cell["classes"]:
                cell += nodes.paragraph("", "In the ledger: ", *badges, classes=["to-ledger"])

    def link(self, fragment: str, text: nodes.Node) -> nodes.reference:
        """A link to a place on the ledger's page."""
        target = self.app.builder.get_relative_uri(self.env.docname, LEDGER)
        return nodes.reference("", "", text, refuri=f"{target}#{fragment}", internal=True)

    def count(self, verdict: str) -> int:
        """How many claims of the paper have a verdict, or how many there are."""
        sizes = {"all": len(claims.PAPER), "edition": len(claims.EDITION)}
        if verdict in sizes:
            return sizes[verdict]
        found = filter(None, map(self.finding, claims.PAPER.values()))
        return [COLORS[finding["verdict"]] for finding in found].count(verdict)

    def finding(self, claim: claims.Claim) -> dict | None:
        """What the run of the claim's chapter stored of it."""
        glued = read_glue_cache(self.env.mystnb_config.output_folder, claim.chapter)
        record = glued.get(f"claim:{claim.key}")
        return record and ast.literal_eval(record["data"]["text/plain"])

    def render(self, claim, finding: dict, node: pending_claim) -> nodes.Node:
        if node["field"] != "verdict":
            return nodes.Text(finding[node["field"]] or "")
        verdict = finding["verdict"]
        badge = nodes.inline("", verdict, classes=["claim", f"claim-{COLORS[verdict]}"])
        if not node["link"]:
            return badge
        return self.link(f"ledger-{claim.key}", badge)


def setup(app: Sphinx) -> dict:
    app.add_node(pending_claim)
    app.add_node(pending_tally)
    app.add_role("claim", ClaimRole())
    app.add_role("tally", TallyRole())
    app.add_directive("ledger", LedgerDirective)
    app.add_directive("errata", ErrataDirective)
    app.add_post_transform(FillClaims)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
