"""The tables of claims, filtered by mouse, by keyboard and by address."""

import re

import pytest

from negmom import claims

LEDGER = "5-conclusion.html"
ROWS = "#claims-paper tbody tr"


def shown(page) -> list[str]:
    """The verdicts of the rows that are visible."""
    return page.locator(f"{ROWS}:visible .claim").all_inner_texts()


def test_each_table_counts_its_verdicts(visit):
    page = visit(LEDGER)
    for name, listed in {"paper": claims.PAPER, "edition": claims.EDITION}.items():
        counts = page.locator(f"#claims-{name} .ledger-filter button").all_inner_texts()
        numbers = [int(re.search(r"\d+$", text)[0]) for text in counts]
        assert numbers[0] == sum(numbers[1:]) == len(listed)


def test_a_button_leaves_the_rows_with_its_verdict(visit):
    page = visit(LEDGER)
    everything = shown(page)
    page.get_by_role("button", name="false as printed").click()
    chosen = [verdict for verdict in everything if verdict == claims.FALSE]
    assert shown(page) == chosen and 0 < len(chosen) < len(everything)
    assert page.url.endswith("#claims-paper=false")
    page.locator("#claims-paper button").first.click()
    assert shown(page) == everything
    assert page.url.endswith(LEDGER)


def test_the_keyboard_reaches_the_filter(visit):
    page = visit(LEDGER)
    button = page.locator("#claims-paper button").nth(1)
    page.locator("#claims-paper button").first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert button.get_attribute("aria-pressed") == "true"
    assert page.locator("#claims-paper button[aria-pressed=true]").count() == 1
    assert set(shown(page)) == {re.sub(r" \d+$", "", button.inner_text())}


def test_the_address_carries_the_choice_and_a_badge_undoes_it(visit):
    page = visit(f"{LEDGER}#claims-paper=condition")
    assert set(shown(page)) == {claims.CONDITION}
    page.evaluate("location.hash = 'ledger-thm1'")
    page.wait_for_function("document.querySelector('#ledger-thm1').offsetParent")
    assert len(shown(page)) == len(claims.PAPER)


def test_without_javascript_every_row_is_shown(visit):
    page = visit(LEDGER, java_script_enabled=False)
    assert len(shown(page)) == len(claims.PAPER)


@pytest.mark.parametrize("key", ["thm1", "thm4-interval", "table1-zero-bounded"])
def test_row_and_cell_link_to_each_other(key, visit):
    page = visit(LEDGER)
    page.locator(f"tr:has(#ledger-{key}) a", has_text="check").click()
    page.wait_for_url(f"**#claim-{key}")
    cell = page.locator(f"#claim-{key}")
    assert "claims.check" in cell.inner_text()
    cell.locator(".to-ledger a").last.click()
    page.wait_for_url(f"**{LEDGER}#ledger-{key}")


def test_a_theorem_carries_the_verdict_of_its_run(visit):
    page = visit(LEDGER)
    verdict = page.locator("tr:has(#ledger-thm3) .claim")
    text, style = verdict.inner_text(), verdict.get_attribute("class")
    page = visit("3-negative-momentum.html")
    badge = page.locator("#thm-3 a[href$='#ledger-thm3'] .claim")
    assert (badge.inner_text(), badge.get_attribute("class")) == (text, style)
