// What makes pages pleasanter; every page works without it. Hooks are data attributes, state is the address.
"use strict";

const find = (selector, root = document) => root.querySelector(selector);
const findAll = (selector, root = document) => [...root.querySelectorAll(selector)];

function announce(text) {
  find("[data-announcer]").textContent = text;
}

// Keyboard: one key each, never while typing, and they can be turned off (WCAG 2.1.4).
const shortcuts = find("[data-shortcuts]");
const KEYS = {
  "/": () => find("[data-search]") ?? find("[data-palette-open]"),
  n: () => find("[data-new]"),
  e: () => find('#content a[href$="/edit/"]:not(#results a)'),
  "?": () => shortcuts,
};

function act(target) {
  if (target.matches("dialog")) target.showModal();
  else if (target.matches("a")) target.click();
  else target.select();
}

// Keys of the rows of a list: what they do is fetched when the first is pressed.
const ROW_KEYS = ["j", "k", "x", "p"];
let rowKeys = null;

function goThroughRows(key) {
  const list = find("[data-script]:has(#peek)");
  if (!list) return;
  // At once from then on: an Enter that follows quickly is for the row gone to.
  if (rowKeys) return rowKeys[key]();
  import(list.dataset.script).then(({ act }) => {
    rowKeys = act;
    act[key]();
  });
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") findAll("[data-menu][open]").forEach(closeMenu);
  if (palette && isCtrlK(event)) {
    event.preventDefault();
    openPalette();
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.closest("form[method=post]")?.requestSubmit();
  if (event.ctrlKey || event.metaKey || event.altKey || localStorage.shortcuts === "off") return;
  if (event.target.closest("input:not(.tick), select, textarea, dialog, [contenteditable]")) return;
  if (ROW_KEYS.includes(event.key)) goThroughRows(event.key);
  const target = KEYS[event.key]?.();
  if (!target) return;
  event.preventDefault();
  act(target);
});

// The command bar: what it does beyond its field is fetched once a page is there, so that nothing waits for it.
const palette = find("[data-palette]");

const isCtrlK = ({ key, ctrlKey, metaKey, altKey, shiftKey }) =>
  key.toLowerCase() === "k" && (ctrlKey || metaKey) && !altKey && !shiftKey;

function openPalette() {
  findAll("[data-menu][open]").forEach(closeMenu);
  if (!palette.open) palette.showModal();
  find("[name=q]", palette).select();
  import(palette.dataset.script).then(({ start }) => start(), () => {});
}

// Enter before that script has come waits for it; without it, the page of the search answers.
palette?.addEventListener("submit", (event) => {
  event.preventDefault();
  import(palette.dataset.script).then(({ enter }) => enter({}), () => event.target.submit());
});

if (palette) (window.requestIdleCallback ?? setTimeout)(() => import(palette.dataset.script).catch(() => {}));

function closeMenu(menu) {
  if (menu.contains(document.activeElement)) find("summary", menu).focus();
  menu.open = false;
}

document.addEventListener("click", (event) => {
  findAll("[data-menu][open]").filter((menu) => !menu.contains(event.target)).forEach(closeMenu);
  if (event.target.closest("[data-open-shortcuts]")) shortcuts.showModal();
  if (event.target.closest("[data-palette-open]") && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
    event.preventDefault();
    openPalette();
  }
});

const switches = findAll("[data-shortcuts-on]");
const showSwitches = () => switches.forEach((box) => (box.checked = localStorage.shortcuts !== "off"));
showSwitches();
switches.forEach((box) =>
  box.addEventListener("change", () => {
    localStorage.shortcuts = box.checked ? "on" : "off";
    showSwitches();
  }),
);

// Forms: one click sends once, and the first field to correct has the focus.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.getAttribute("method") !== "post") return;
  // Only after the browser has read the form: a disabled button would not be part of it.
  setTimeout(() => findAll("button:not([type=button])", event.target).forEach((button) => (button.disabled = true)));
});

window.addEventListener("pageshow", (event) => {
  if (event.persisted) findAll("form[method=post] button:disabled").forEach((button) => (button.disabled = false));
});

find("form[method=post] [aria-invalid=true]")?.focus();

// Lists: the filter form, the export link and the address always say the same.
const filters = find("[data-filters]");

function syncFilters() {
  const query = new URLSearchParams(location.search);
  findAll("[data-follows-filters]").forEach((link) => (link.search = location.search));
  const asked = said(query);
  findAll("[data-save-view]").forEach((link) => (link.search = new URLSearchParams({ list: location.pathname + location.search })));
  findAll("[data-views] a:not([data-save-view])").forEach((view) => {
    if (said(new URL(view.href).searchParams) === asked) view.setAttribute("aria-current", "page");
    else view.removeAttribute("aria-current");
  });
  if (!filters) return;
  findAll("[type=hidden]", filters).forEach((field) => field.remove());
  filters.dataset.keep.split(" ").filter((name) => query.get(name)).forEach((name) => {
    filters.append(Object.assign(document.createElement("input"), { type: "hidden", name, value: query.get(name) }));
  });
  [...filters.elements].filter((field) => field.name && field.type !== "hidden").forEach((field) => fill(field, query));
  const more = findAll("[data-more] [name]", filters).filter((field) => query.getAll(field.name).some(Boolean));
  findAll("[data-more-count]", filters).forEach((badge) => {
    badge.textContent = new Set(more.map((field) => field.name)).size;
    badge.hidden = more.length === 0;
  });
}

// A view is its filters and its sort, whatever page of it one reads.
function said(query) {
  return [...query].filter(([name, value]) => value && !["page", "per_page"].includes(name)).sort().join("&");
}

// The file holds what the form says at that moment, also what nobody has sent yet.
document.addEventListener("click", ({ target }) => {
  const link = target.closest("[data-follows-filters]");
  if (!link || !filters) return;
  const typed = new URLSearchParams([...new FormData(filters)].filter(([, value]) => value));
  link.search = typed;
});

function fill(field, query) {
  const values = query.getAll(field.name);
  if (field.matches("[type=checkbox], [type=radio]")) field.checked = values.includes(field.value);
  else if (field.multiple) [...field.options].forEach((option) => (option.selected = values.includes(option.value)));
  // What is being typed right now is newer than the address.
  else if (field !== document.activeElement || !field.matches("[data-search]")) {
    field.value = field.matches("[data-several]") ? values.join(", ") : values.at(-1) ?? "";
  }
}

function forgetErrors() {
  findAll("[data-error]", filters).forEach((error) => error.remove());
  findAll("[aria-invalid]", filters).forEach((field) => field.removeAttribute("aria-invalid"));
}

syncFilters();
findAll(".tabs [aria-current], .views [aria-current]").forEach((tab) => {
  const bar = tab.parentElement;
  bar.scrollLeft = tab.offsetLeft - bar.offsetLeft - (bar.clientWidth - tab.clientWidth) / 2;
});

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  announce(button.dataset.done);
  button.textContent = button.dataset.done;
});
find("[data-more]:has([aria-invalid=true])")?.setAttribute("open", "");

// Back, and Forward before htmx listens: the page then shows what another address asked for.
document.addEventListener("DOMContentLoaded", () => {
  const served = performance.getEntriesByType("navigation")[0]?.name ?? "";
  const [asked, shown] = [location.href, served].map((address) => address.split("#")[0]);
  if (history.state?.htmx && shown.startsWith("http") && asked !== shown) location.reload();
});

// While someone types, the address is replaced and not added to: “back” leaves the search, not its last letter.
let typing = false;

document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.verb !== "get") return;
  for (const name of new Set(detail.formData.keys())) {
    const kept = detail.formData.getAll(name).filter((value) => value !== "");
    detail.formData.delete(name);
    kept.forEach((value) => detail.formData.append(name, value));
  }
});

document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, pathInfo, requestConfig } = event.detail;
  if (elt !== filters) return;
  const kind = requestConfig.triggeringEvent?.type;
  if (kind !== "submit" && pathInfo.finalRequestPath === location.pathname + location.search) {
    event.preventDefault();
    return;
  }
  const again = typing && kind === "input";
  typing = kind === "input";
  filters.dataset.hxPushUrl = String(!again);
  filters.dataset.hxReplaceUrl = String(again);
});

// The bell asks by itself: what becomes of that is no news for who is at work on the page.
["htmx:beforeRequest", "htmx:beforeSwap", "htmx:sendError", "htmx:timeout", "htmx:responseError"].forEach((name) => {
  document.addEventListener(
    name,
    (event) => {
      if (!event.target.closest?.(".bell")) return;
      event.stopPropagation();
      const answered = event.detail.xhr?.responseURL;
      if (name === "htmx:beforeSwap" && new URL(answered).pathname === document.body.dataset.login) event.preventDefault();
    },
    true,
  );
});

let focusWasInside = false;

document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, xhr, pathInfo } = event.detail;
  if (new URL(xhr.responseURL).pathname === document.body.dataset.login) {
    event.preventDefault();
    if (target.id === "results") location.assign(pathInfo.finalRequestPath);
    else toast("lost");
  }
  focusWasInside = target.contains(document.activeElement);
});

document.addEventListener("htmx:afterSettle", ({ detail: { target } }) => {
  if (target.id === "results") {
    forgetErrors();
    syncFilters();
    if (focusWasInside && document.activeElement === document.body) target.focus({ preventScroll: true });
    announce(find("[data-announce]", target)?.textContent ?? "");
  }
  if (target.id === "towns") proposeTown(target);
});

["htmx:sendError", "htmx:timeout"].forEach((name) => {
  document.addEventListener(name, () => toast("failed"));
});

// The list is still the one before: its filters say so again.
["htmx:sendError", "htmx:timeout", "htmx:responseError"].forEach((name) => {
  document.addEventListener(name, ({ detail }) => detail?.target?.id === "results" && syncFilters());
});

// A refusal says which right is missing, in a sentence.
document.addEventListener("htmx:responseError", ({ detail }) => {
  const xhr = detail?.xhr;
  const isSentence = xhr?.status === 403 && xhr.getResponseHeader("Content-Type")?.startsWith("text/plain");
  if (isSentence) say(xhr.responseText);
  else toast("failed");
});

document.addEventListener("htmx:beforeRequest", () => toast());

function toast(reason) {
  say(reason ? find("[data-toast]").dataset[reason] : "");
}

function say(text) {
  const box = find("[data-toast]");
  if (box.textContent !== text) box.textContent = text;
}

// What can be undone says so for ten seconds, longer while somebody is at it.
function expire(notice) {
  notice.dataset.undo = "shown";
  setTimeout(() => (notice.matches(":hover, :focus-within") ? expire(notice) : notice.remove()), 10_000);
}

const expireNew = () => findAll('[data-undo=""]').forEach(expire);
expireNew();
document.addEventListener("htmx:afterSettle", expireNew);

// Postal code to town: filled where there is one only, never over what somebody typed.
function proposeTown(list) {
  const town = find("[data-town] input");
  if (find("#id_country")?.value !== "FR") return;
  const [first, ...others] = [...list.options].map((option) => option.value);
  // “Lyon 2e Arrondissement” is no other town than Lyon.
  const one = first && others.every((other) => other.startsWith(first) && /^ \d/.test(other.slice(first.length)));
  if (town.value && town.value !== town.dataset.proposed) return;
  // A proposal that no longer fits the code goes too.
  town.value = town.dataset.proposed = one ? first : "";
  announce(town.value);
}

find("[data-town] input")?.setAttribute("list", "towns");
if (find("#codes")) find("#id_postal_code").setAttribute("list", "codes");

// Once htmx listens: fields that name a client find it while one types, and what was typed before is heard.
document.addEventListener("DOMContentLoaded", () => {
  const picker = find("[data-picker]");
  if (picker) import(picker.dataset.script).catch(() => {});
  const field = document.activeElement;
  if (!field.matches("input, textarea") || field.value === field.defaultValue) return;
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

// A value proposed beside a field; without this, the form comes back with it.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-take]");
  if (!button) return;
  event.preventDefault();
  const field = find(`#id_${button.value}`);
  field.value = button.dataset.take;
  field.dispatchEvent(new Event("change", { bubbles: true }));
  field.focus();
});

// A form sent into a lost session comes back as it was typed once its author has signed in again, and one that was sent
// when its author goes back to it.
const sentFrom = (path) => `sent ${path}`;

document.addEventListener("submit", ({ target, defaultPrevented }) => {
  if (target.matches("[data-leave]")) sessionStorage.clear();
  if (defaultPrevented || location.pathname === document.body.dataset.login || !target.matches("#content form[method=post]")) return;
  const fields = [...new FormData(target)].filter(
    ([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken" && !find(`[type=password][name="${name}"]`, target),
  );
  const typed = new URLSearchParams(fields).toString();
  sessionStorage.draft = JSON.stringify({ action: addressOf(target), typed });
  if (!isOwn(target)) return;
  sessionStorage.setItem(sentFrom(location.pathname), typed);
  // A page that refused what was sent is no page to go back to: it is asked for anew.
  history.replaceState(history.state, "", location.href);
});

// Without what leads back to the page it stands on. A button or field called “action” hides the property.
const addressOf = (form) => new URL(form.getAttribute("action") ?? "", location.href).pathname;

// The form that a page is about, unlike those that stand on a page of something else.
const isOwn = (form) => addressOf(form) === location.pathname && form.elements.submission;

// As many blank rows as were there when the form was sent.
function addRows(list, typed) {
  const rows = list.querySelectorAll(".contact-row");
  const last = rows[rows.length - 1];
  const wanted = typed.getAll(find("input", last).name).length;
  for (let number = rows.length; number < wanted; number += 1) {
    const row = last.cloneNode(true);
    row.querySelectorAll("input").forEach((input) => input.removeAttribute("id"));
    row.querySelector(".contact-row__buttons")?.remove();
    last.after(row);
  }
}

// What was typed and not sent is there again on Back: browsers keep no page of a session.
const typedHere = `typed ${location.pathname}`;
const isLogin = location.pathname === document.body.dataset.login;
const isChanged = ({ type, options, checked, defaultChecked, value, defaultValue }) =>
  options ? [...options].some((option) => option.selected !== option.defaultSelected) : /checkbox|radio/.test(type) ? checked !== defaultChecked : value !== defaultValue;
const isBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
let sends = false;

document.addEventListener("submit", ({ defaultPrevented }) => (sends ||= !defaultPrevented));
window.addEventListener("pagehide", () => {
  const isTyped = ({ name, type }) => name && !["hidden", "password", "file", "submit"].includes(type);
  const form = findAll("#content form[method=post]").find(({ elements }) => [...elements].some((field) => isTyped(field) && isChanged(field)));
  if (!form || sends || isLogin) return sessionStorage.removeItem(typedHere);
  const names = new Set([...form.elements].filter(isTyped).map(({ name }) => name));
  const typed = new URLSearchParams([...new FormData(form)].filter(([name]) => names.has(name))).toString();
  sessionStorage[typedHere] = JSON.stringify({ action: addressOf(form), version: form.elements.version?.value, typed });
});

function restoreDraft() {
  const wasLogin = sessionStorage.login;
  sessionStorage.removeItem("login");
  // Who comes back from elsewhere has no referrer.
  if (isLogin) sessionStorage.login = "1";
  if (isLogin) return Object.keys(sessionStorage).filter((key) => /^(typed|sent) /.test(key)).forEach((key) => sessionStorage.removeItem(key));
  const draft = JSON.parse(sessionStorage.draft ?? "null");
  sessionStorage.removeItem("draft");
  const signedIn = wasLogin || document.referrer && new URL(document.referrer).pathname === document.body.dataset.login;
  if (signedIn && refill(draft)) toast("restored");
  const left = JSON.parse(sessionStorage[typedHere] ?? "null");
  // Nobody’s change since is overwritten by what the form said before it.
  const isSame = !left?.version || left.version === find("#content [name=version]")?.value;
  if (isSame && isBack) refill(left);
}

function refill(draft) {
  const form = findAll("#content form[method=post]").find((form) => addressOf(form) === draft?.action);
  if (!form) return false;
  restore(form, new URLSearchParams(draft.typed));
  return true;
}

// With its id: what is sent again unchanged is the same sending, and leads to what it made.
function restoreSent() {
  const typed = sessionStorage.getItem(sentFrom(location.pathname));
  const form = findAll("#content form[method=post]").find(isOwn);
  // What was typed later and not sent is newer.
  if (!typed || !form || !isBack || sessionStorage[typedHere]) return;
  const values = new URLSearchParams(typed);
  restore(form, values);
  form.elements.submission.value = values.get("submission");
}

function restore(form, typed) {
  form.querySelectorAll(".contact-rows").forEach((list) => addRows(list, typed));
  const shown = [...form.elements].filter(({ name, type }) => name && type !== "hidden");
  shown.forEach((field) => fill(field, typed));
  findAll("details:not([data-menu])", form).forEach((folded) => (folded.open = true));
  // Rows of fields with one name take their values in turn.
  const rows = shown.filter(({ name, type }) => type === "text" && typed.getAll(name).length > 1);
  rows.forEach((field) => {
    const alike = rows.filter(({ name }) => name === field.name);
    field.value = typed.getAll(field.name)[alike.indexOf(field)] ?? "";
  });
}

restoreDraft();
restoreSent();

// Rows of a list that are ticked: how many, all of the page, and from one to another with Shift.
const boxes = () => findAll("input.tick");
let lastTicked = null;

function countTicked() {
  const form = find("[data-ticked]");
  if (!form) return;
  const count = boxes().filter(({ checked }) => checked).length;
  const told = find("[data-tick-count]", form);
  told.textContent = count ? `${told.dataset.tickCount} ${count}` : "";
  find("[data-tick-page]", form).hidden = false;
  form.classList.toggle("ticked--some", count > 0 || find("[name=all]", form)?.checked === true);
}

document.addEventListener("click", ({ target, shiftKey }) => {
  if (target.closest("[data-tick-page]")) {
    const all = boxes();
    const checked = !all.every((box) => box.checked);
    all.forEach((box) => (box.checked = checked));
    countTicked();
  }
  if (!target.matches("input.tick")) return;
  const all = boxes();
  const [from, to] = [all.indexOf(lastTicked), all.indexOf(target)].sort((a, b) => a - b);
  if (shiftKey && from >= 0) all.slice(from, to + 1).forEach((box) => (box.checked = target.checked));
  lastTicked = target;
});

document.addEventListener("change", ({ target }) => target.matches("input.tick, [data-ticked] [name=all]") && countTicked());
document.addEventListener("htmx:afterSettle", countTicked);
window.addEventListener("pageshow", countTicked);

// Passwords: shown on demand; of a new one, what it lacks. The server decides.
function lacking(text) {
  if (text.length < 12) return "short";
  if (/^\d+$/.test(text)) return "digits";
  if (new Set(text).size < 6) return "alike";
  return text.toLowerCase().replace("fixaloop", "").length < 8 ? "known" : "good";
}

findAll("[data-password]").forEach((tools) => {
  const field = document.getElementById(tools.dataset.password);
  const [button, meter, told] = ["button", "meter", "output"].map((name) => find(name, tools));
  tools.hidden = false;
  button.addEventListener("click", () => {
    const isShown = field.type === "password";
    field.type = isShown ? "text" : "password";
    button.ariaPressed = String(isShown);
  });
  // Never sent as a plain field, which browsers would keep.
  field.form.addEventListener("submit", () => (field.type = "password"));
  if (meter) field.addEventListener("input", () => {
    const found = field.value && lacking(field.value);
    meter.value = found === "good" ? field.value.length : Math.min(field.value.length, 8);
    told.value = found ? told.dataset[found] + (found === "short" ? ` ${12 - field.value.length}.` : "") : "";
  });
});
