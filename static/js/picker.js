// Fields that name a client: what is typed finds clients, of which arrows and Enter, or a click, choose one.
// The server knows by itself whom a text names: without this script, people type more of it.
const find = (selector, root) => root.querySelector(selector);
const pickerOf = (node) => node.closest?.("[data-picker]");
const parts = (picker) => ({ field: find("input", picker), hits: find(".picker__hits", picker), picked: find("[data-picked]", picker) });
const options = (hits) => [...hits.querySelectorAll("[role=option]")];
const chosen = (hits) => find("[aria-selected=true]", hits);

document.querySelectorAll("[data-picker]").forEach((picker) => {
  const { field, hits } = parts(picker);
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", hits.id], ["aria-expanded", "false"]]) {
    field.setAttribute(name, value);
  }
  // What was typed before this script had come may have found somebody already: shown once it can be chosen.
  hits.hidden = false;
  choose({ field, hits }, options(hits)[0]);
  // A form that comes back with a name nobody has offers to create it at once.
  if (field.matches("[aria-invalid=true]") && field.value.trim()) hits.dispatchEvent(new Event("asked"));
});

function choose({ field, hits }, option) {
  chosen(hits)?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", option?.id ?? "");
  field.setAttribute("aria-expanded", String(Boolean(option)));
}

function close(picker) {
  const { field, hits } = parts(picker);
  hits.replaceChildren();
  choose({ field, hits });
}

function take(picker, option) {
  const { field, picked } = parts(picker);
  if (option.dataset.create) {
    create(field.form, JSON.parse(option.dataset.create));
    field.value = "";
  } else {
    field.value = option.dataset.value;
    picked.textContent = option.dataset.name;
    field.dispatchEvent(new Event("change", { bubbles: true }));
    field.focus();
  }
  close(picker);
}

// What was typed to find somebody goes into the fields of a new client, which stand in its place.
function create(form, values) {
  form.elements.who.value = "new";
  for (const [name, value] of Object.entries({ kind: "individual", ...values })) form.elements[name].value = value;
  const shown = [...find('[data-who="new"]', form).querySelectorAll("input:not([type=radio])")].filter((field) => field.offsetParent);
  shown.find((field) => field.value)?.dispatchEvent(new Event("input", { bubbles: true }));
  (shown.find((field) => !field.value) ?? shown[0]).focus();
}

document.addEventListener("input", ({ target }) => {
  const picker = pickerOf(target);
  if (picker) parts(picker).picked.textContent = "";
});

document.addEventListener("htmx:afterSwap", ({ target }) => {
  const picker = pickerOf(target);
  if (!picker) return;
  const { field, hits, picked } = parts(picker);
  const named = options(hits).find(({ dataset }) => dataset.value === field.value.trim().toUpperCase());
  if (named) picked.textContent = named.dataset.name;
  if (named || document.activeElement !== field || !field.value.trim()) close(picker);
  else choose({ field, hits }, options(hits)[0]);
});

document.addEventListener("keydown", (event) => {
  const picker = pickerOf(event.target);
  if (!picker || event.isComposing) return;
  const { field, hits } = parts(picker);
  const all = options(hits);
  if (!all.length) return;
  const at = all.indexOf(chosen(hits));
  const next = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
  if (next !== undefined) choose({ field, hits }, all.at(next % all.length));
  else if (event.key === "Enter" && !event.ctrlKey) take(picker, all[at]);
  else if (event.key === "Escape") close(picker);
  else return;
  event.preventDefault();
  event.stopPropagation();
}, true);

// Before the field loses the focus.
document.addEventListener("mousedown", (event) => {
  if (event.target.closest(".picker__hits [role=option]")) event.preventDefault();
});

document.addEventListener("click", ({ target }) => {
  const option = target.closest(".picker__hits [role=option]");
  if (option) take(pickerOf(option), option);
});

document.addEventListener("focusout", ({ target }) => {
  const picker = pickerOf(target);
  if (picker) close(picker);
});
