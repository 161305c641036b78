"""`make book`: what it executes and reuses, and that it never passes over something broken."""

import os
import random
import re
import shutil
import signal
import time

import nbformat
import pytest
from execution import Store, checksum, of_folder
from small_book import SmallBook


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A book that was built once."""
    book = SmallBook(tmp_path_factory.mktemp("book"))
    status, said = book.make("book")
    assert status == 0, said
    for name in ("one", "two"):
        assert f"{name}: executed, it has no stored outputs" in said
    return book


def test_each_chapter_costs_what_changed_and_no_page_is_stale(built):
    """One story, for each step builds on the one before."""
    status, said = built.make("book")
    assert status == 0
    for name in ("one", "two"):
        assert f"{name}: reused, its inputs are unchanged" in said

    built.replace("negmom/formulas.py", "ANSWER = 41", "ANSWER = 42")
    status, said = built.make("book")
    assert status == 0
    for name in ("one", "two"):
        assert f"{name}: executed, the package changed" in said
    assert "Here it is 42" in built.page("one") and "chapter finds 42" in built.page("index")

    built.replace("book/one.md", '"answer", formulas.ANSWER', '"answer", 1 + formulas.ANSWER')
    built.replace("book/two.md", "# Two", "# Another heading")
    status, said = built.make("book")
    assert status == 0
    assert "one: executed, its code changed" in said
    assert "two: reused, its inputs are unchanged" in said
    assert "Here it is 43" in built.page("one") and "chapter finds 43" in built.page("index")
    assert "Another heading" in built.page("two")

    status, said = built.make("chapter", "C=two")  # alone, and from the same store
    assert status == 0 and "two: reused, its inputs are unchanged" in said
    assert (built.folder / "_build" / "chapter" / "_build" / "html" / "two.html").exists()


FAULTS = {
    "failing cell": ("```{code-cell} ipython3\nprint(1 / 0)\n```", "ZeroDivisionError"),
    "undefined glue key": ("{glue:text}`one.md::question:d`", "'question' not found"),
    "missing figure": ("![nothing](nowhere.png)", "image file not readable: nowhere.png"),
    "broken cross-reference": ("[](#nowhere)", "cross-reference target not found: 'nowhere'"),
}


@pytest.mark.parametrize("fault, message", FAULTS.values(), ids=FAULTS)
def test_a_broken_book_is_an_error_and_still_one_at_the_second_try(built, fault, message):
    page = built.folder / "book" / "two.md"
    sound = page.read_text()
    page.write_text(f"{sound}\n{fault}\n")
    try:
        for _ in range(2):
            status, said = built.make("book")
            assert status == 2 and message in said
            assert "make: the book has errors or warnings" in said
    finally:
        page.write_text(sound)


@pytest.fixture
def store(tmp_path):
    """A store with one executed chapter in it."""
    (tmp_path / "book" / "results").mkdir(parents=True)
    store = Store(tmp_path / "book")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
    notebook.metadata.execution = {"inputs": store.inputs(notebook), "at": 0.0, "seconds": 1.0}
    store.save(tmp_path / "book" / "one.md", notebook)
    return store


def loaded(store, inputs=None):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
    return store.load(store.book / "one.md", inputs or store.inputs(notebook))


@pytest.mark.parametrize("name", ["its code", "the package", "the stored results", "the environment"])
def test_every_input_counts(store, name):
    found, why = loaded(store)
    assert found is not None and why == "its inputs are unchanged"
    inputs = found.metadata.execution.inputs | {name: "other"}
    assert loaded(store, inputs) == (None, f"{name} changed")


def test_the_stored_results_are_read_when_the_build_starts(store):
    (store.book / "results" / "record.json").write_text("{}")
    assert loaded(Store(store.book)) == (None, "the stored results changed")


def test_tags_count_as_code_and_captions_do_not(store):
    cell = nbformat.v4.new_code_cell("1 + 1", metadata={"mystnb": {"figure": {"caption": "new"}}})
    notebook = nbformat.v4.new_notebook(cells=[cell])
    assert loaded(store, store.inputs(notebook))[0] is not None
    cell.metadata.tags = ["raises-exception"]
    assert loaded(store, store.inputs(notebook)) == (None, "its code changed")


@pytest.mark.parametrize("damage", [lambda text: text[: len(text) // 2], lambda text: "", lambda text: "{}"])
def test_damaged_outputs_are_made_again(store, damage):
    path = store.path(store.book / "one.md")
    path.write_text(damage(path.read_text()))
    assert loaded(store) == (None, "its stored outputs are damaged")


def test_names_and_borders_of_files_count(tmp_path):
    assert checksum("ab", "c") != checksum("a", "bc")
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    (one / "a").write_text("x")
    shutil.copytree(one, two)
    assert of_folder(one) == of_folder(two)
    (two / "a").rename(two / "b")
    assert of_folder(one) != of_folder(two)


def running_kernels(book):
    """Processes that work in the book's folder."""
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                if os.readlink(f"{entry.path}/cwd").startswith(str(book.folder)):
                    found.append(int(entry.name))
            except OSError:  # it has ended, or belongs to someone else
                pass
    return found


@pytest.mark.slow
def test_a_build_killed_twenty_times_is_the_build_that_was_not(tmp_path_factory):
    whole, cut = (SmallBook(tmp_path_factory.mktemp(name)) for name in ("whole", "cut"))
    start = time.monotonic()
    assert whole.make("book")[0] == 0
    length = time.monotonic() - start

    rng = random.Random(0)
    for _ in range(20):
        if rng.random() < 0.5:  # from the start, or from what the kill before has left
            shutil.rmtree(cut.folder / "_build", ignore_errors=True)
        process = cut.popen("book", start_new_session=True)
        time.sleep(rng.uniform(0, 1.1 * length))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    status, said = cut.make("book")
    assert status == 0, said
    for name in ("index", "one", "two"):
        assert text_of(cut.page(name)) == text_of(whole.page(name))
    assert "reused" in cut.make("book")[1]
    time.sleep(5)  # a kernel looks once a second whether its parent is there
    assert not running_kernels(cut)


def text_of(page):
    return re.sub(r"\s+", " ", page)

