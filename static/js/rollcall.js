// Marks of a roll call: kept on this device until the server has them, so that a lost network or a reload loses none.
"use strict";

const RETRY = 3000;
const STORE = "rollCallMarks";
const notice = document.querySelector("[data-offline]");
const loaded = document.querySelector("[data-roll-call]")?.dataset.rollCall;
let sending = false;

// By roll call and stay: “3:120”.
function waiting() {
  return JSON.parse(localStorage.getItem(STORE) ?? "{}");
}

function keep(marks) {
  localStorage.setItem(STORE, JSON.stringify(marks));
}

function paint() {
  const marks = Object.entries(waiting());
  marks.filter(([key]) => key.startsWith(`${loaded}:`)).forEach(([key, { safe }]) => {
    const row = document.querySelector(`tr[data-entry="${key.split(":")[1]}"]`);
    const button = row?.querySelector("button");
    if (!button) return;
    row.toggleAttribute("data-safe", safe === "1");
    row.toggleAttribute("data-waiting", true);
    button.value = safe === "1" ? "0" : "1";
    button.setAttribute("aria-pressed", String(safe === "1"));
  });
  notice.querySelector("[data-waiting]").textContent = marks.length || "";
}

async function send(key, { safe, at }) {
  const [call, entry] = key.split(":");
  const token = notice.querySelector("[name=csrfmiddlewaretoken]").value;
  const age = Math.max(0, Math.round((Date.now() - at) / 1000));
  const body = new URLSearchParams({ csrfmiddlewaretoken: token, entry, safe, age });
  const address = notice.dataset.action.replace("/0/", `/${call}/`);
  const answer = await fetch(address, { method: "POST", body, headers: { "HX-Request": "true" }, redirect: "manual" });
  // Signed out, too many at once or a failure: it stays here. Gone or too late: it would never be taken.
  return [204, 404, 409].includes(answer.status);
}

async function flush() {
  if (sending) return;
  sending = true;
  try {
    let next;
    while ((next = Object.entries(waiting())[0])) {
      const [key, mark] = next;
      if (!(await send(key, mark))) throw new Error("not taken");
      const left = waiting();
      if (left[key].at === mark.at) delete left[key];
      keep(left);
    }
    notice.hidden = true;
  } catch {
    notice.hidden = false;
  } finally {
    sending = false;
    paint();
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-mark]");
  if (!form) return;
  event.preventDefault();
  keep({ ...waiting(), [`${loaded}:${form.elements.entry.value}`]: { safe: event.submitter.value, at: Date.now() } });
  paint();
  flush().then(() => htmx.trigger("#evacuation", "presence"));
});

// This page tells it in its own words, and keeps telling.
document.addEventListener("htmx:sendError", (event) => {
  event.stopPropagation();
  notice.hidden = false;
}, true);
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.successful && !Object.keys(waiting()).length) notice.hidden = true;
});

// A roll call that begins or ends elsewhere changes the whole page.
document.addEventListener("htmx:afterSettle", () => {
  paint();
  if (document.querySelector("[data-roll-call]")?.dataset.rollCall !== loaded) flush().then(() => location.reload());
});
addEventListener("online", flush);
setInterval(() => {
  if (Object.keys(waiting()).length) flush();
}, RETRY);
paint();
flush();
