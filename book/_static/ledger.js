// Filters the tables of claims by verdict. The choice stands in the address, as in
// #claims-paper=condition; without this script every row is shown.
let ledgers = [];

function addFilter(box) {
  const rows = [...box.querySelectorAll("tbody tr")].map((row) => {
    const badge = row.querySelector(".claim");
    return { row, text: badge.textContent, verdict: badge.classList[1].replace("claim-", "") };
  });
  const bar = document.createElement("div");
  bar.className = "ledger-filter";
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "Show the claims with one verdict");
  const addButton = (verdict, text, count) => {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.verdict = verdict;
    button.className = `claim claim-${verdict}`;
    button.textContent = `${text} ${count}`;
    button.addEventListener("click", () => choose(box.id, verdict));
    bar.append(button);
  };
  addButton("all", "all", rows.length);
  for (const { verdict, text } of rows) {
    if (bar.querySelector(`[data-verdict="${verdict}"]`)) continue;
    addButton(verdict, text, rows.filter((other) => other.verdict === verdict).length);
  }
  box.prepend(bar);
  return { box, bar, rows };
}

function choose(id, verdict) {
  const state = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
  if (verdict === "all") state.delete(id);
  else state.set(id, verdict);
  const hash = state.size ? `#${state}` : location.pathname;
  history.replaceState(null, "", hash);
  show();
}

function show() {
  const state = new URLSearchParams(location.hash.slice(1));
  for (const { box, bar, rows } of ledgers) {
    const buttons = [...bar.children];
    const known = buttons.some((button) => button.dataset.verdict === state.get(box.id));
    const chosen = known ? state.get(box.id) : "all";
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.verdict === chosen));
    }
    for (const { row, verdict } of rows) row.hidden = chosen !== "all" && verdict !== chosen;
  }
}

function arrive() {
  show();
  const { box } = ledgers.find(({ box }) => location.hash.includes(`${box.id}=`)) ?? {};
  box?.scrollIntoView();
}

addEventListener("DOMContentLoaded", () => {
  ledgers = [...document.querySelectorAll(".ledger[id^=claims-]")].map(addFilter);
  if (!ledgers.length) return;
  arrive();
  addEventListener("hashchange", arrive);
});
