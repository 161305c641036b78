"""The directive of the interactive figures; what they do is tested in tests/browser."""

import json
from base64 import b64decode

import interactive
import pytest
import stills
from sphinx.errors import SphinxWarning
from sphinx_build import sphinx_build

from negmom import javascript


def test_the_import_map_carries_every_module():
    addresses = json.loads(interactive.import_map())["imports"]
    carried = {
        name.removeprefix("negmom/"): b64decode(address.split(",")[1]).decode()
        for name, address in addresses.items()
    }
    assert carried.pop("formulas") == javascript.module()
    assert set(carried) == {path.stem for path in interactive.SOURCES.glob("*.js")} - {"start"}
    for name, source in carried.items():
        assert source == (interactive.SOURCES / f"{name}.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", stills.STILLS)
def test_every_figure_has_a_module_and_a_still_picture(name, tmp_path):
    assert f"negmom/{name}" in interactive.modules()
    stills.draw(name, tmp_path / "still.svg")
    assert "</svg>" in (tmp_path / "still.svg").read_text(encoding="utf-8")


def test_the_same_state_gives_the_same_picture(tmp_path):
    for name in ("first", "again"):
        stills.draw("small-momentum", tmp_path / name)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "again").read_bytes()


def test_no_module_asks_another_host_for_anything():
    for source in interactive.modules().values():
        addresses = [word for word in source.split() if "://" in word]
        assert all("www.w3.org/2000/svg" in word for word in addresses)  # a name, not an address


@pytest.mark.parametrize(
    "directive, message",
    [
        (":::{interactive} none\n:alt: a\n:::", "no figure 'none'; there are bilinear-game, best-step"),
        (":::{interactive} best-step\n:::", "the figure 'best-step' needs its option :alt:"),
    ],
)
def test_a_wrong_directive_is_named(tmp_path, directive, message):
    (tmp_path / "index.md").write_text(f"# A page\n\n{directive}\n")
    settings = {"extensions": ["myst_parser", "interactive"], "myst_enable_extensions": ["colon_fence"]}
    with pytest.raises(SphinxWarning, match=message):
        sphinx_build(tmp_path, tmp_path, builder="dummy", warningiserror=True, **settings)
