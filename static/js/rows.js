// The rows of a list by keyboard: j and k go to the next and the one before, x ticks, p shows one beside the list.
const results = document.querySelector("#results");
const panel = document.querySelector("#peek");
const rows = () => [...results.querySelectorAll("tbody tr:has(th a)")];
// The row that was last at hand: the list may have been drawn anew since, and the focus be in the panel.
let key = "";
let waiting = 0;

const link = (row) => row?.querySelector("th a");

function current() {
  const focused = document.activeElement.closest("#results tbody tr");
  return focused ?? rows().find((row) => row.dataset.row === key);
}

function go(steps) {
  const all = rows();
  const at = all.indexOf(current());
  const row = at < 0 ? all.at(steps > 0 ? 0 : -1) : all[at + steps];
  if (!row) return;
  key = row.dataset.row;
  link(row).focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  if (!panel.hidden) show(row);
}

function show(row) {
  panel.hidden = false;
  clearTimeout(waiting);
  const url = new URL(location.href);
  url.searchParams.set("peek", row.dataset.row);
  // Only where one stops, not at each row on the way.
  waiting = setTimeout(() => htmx.ajax("GET", url.pathname + url.search, { source: panel, target: panel, swap: "innerHTML" }), 120);
}

function close() {
  clearTimeout(waiting);
  panel.hidden = true;
  panel.replaceChildren();
  link(current())?.focus();
}

function peek() {
  const row = current() ?? rows()[0];
  if (!panel.hidden) return close();
  if (!row) return;
  key = row.dataset.row;
  link(row).focus();
  show(row);
}

export const act = {
  j: () => go(1),
  k: () => go(-1),
  x: () => current()?.querySelector("input.tick")?.click(),
  p: peek,
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !panel.hidden && !document.querySelector("dialog[open], [data-menu][open]")) close();
});
panel.addEventListener("click", ({ target }) => target.closest("[data-close]") && close());
