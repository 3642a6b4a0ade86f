// The command bar: a search of everything on any page. Without it, what opens it leads to the page of the search.
const bar = document.querySelector("[data-palette]");
const field = bar.querySelector("[role=combobox]");
const hits = bar.querySelector("#hits");
const count = bar.querySelector("[data-count]");
document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: bar.dataset.style }));
// How Enter was pressed before the hits of what is typed were there.
let waiting = null;

export function start() {
  if (!isShown()) htmx.trigger(field, "asked");
}

const options = () => [...hits.querySelectorAll("[role=option]")];
const chosen = () => hits.querySelector("[aria-selected=true]");
const isShown = () => hits.querySelector("[data-asked]")?.dataset.asked.trim() === field.value.trim();

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", option?.id ?? "");
}

function follow(option, { elsewhere }) {
  if (!option) return;
  if (elsewhere) window.open(option.href, "_blank", "noopener");
  else option.click();
}

export function enter(how) {
  if (isShown()) follow(chosen(), how);
  else {
    waiting = how;
    htmx.trigger(field, "asked");
  }
}

field.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const all = options();
  const at = all.indexOf(chosen());
  const next = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
  if (next !== undefined && all.length) choose(all.at(next % all.length));
  else if (event.key === "Enter") enter({ elsewhere: event.ctrlKey || event.metaKey });
  else return;
  event.preventDefault();
  event.stopPropagation();
});

field.addEventListener("input", () => (waiting = null));

function settle() {
  const all = options();
  field.setAttribute("aria-expanded", String(all.length > 0));
  choose(all[0]);
  count.textContent = hits.querySelector("[data-count]")?.dataset.count ?? "";
  const how = waiting;
  waiting = null;
  if (how) follow(chosen(), how);
}

bar.addEventListener("htmx:afterSettle", settle);
// What was typed before this script had come may have been found already.
if (isShown()) settle();

// The session is lost: sign in, then see the hits on their own page.
bar.addEventListener("htmx:beforeSwap", (event) => {
  if (new URL(event.detail.xhr.responseURL).pathname !== document.body.dataset.login) return;
  event.preventDefault();
  event.stopPropagation();
  location.assign(event.detail.pathInfo.finalRequestPath);
});

// A toast would stand below the dialog.
["htmx:sendError", "htmx:timeout", "htmx:responseError"].forEach((name) => {
  bar.addEventListener(name, (event) => {
    event.stopPropagation();
    waiting = null;
    count.textContent = document.querySelector("[data-toast]").dataset.failed;
  });
});

bar.addEventListener("click", ({ target }) => {
  if (target === bar || target.closest("[data-close]")) bar.close();
});
