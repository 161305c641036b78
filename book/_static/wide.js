// A formula or table that scrolls sideways can be reached, and so scrolled, with the keyboard.
addEventListener("load", () => {
  for (const box of document.querySelectorAll("div.math, .ledger")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  }
});
