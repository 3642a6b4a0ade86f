// Jobs are dropped at an hour. What moves them is the form behind “Placer” and “Déplacer”; of the page that answers, only
// what has changed is put in its place: two cells, their hours, what is left to plan, and what there is to say.
"use strict";

const QUARTER = 15 * 60_000;
const DAY = 24 * 3600_000;
const PARTS = ".board :is(th, td)[id], .tray";
let dragged = null;

const one = (selector, root = document) => root.querySelector(selector);
// Local times as text, “2026-11-21T09:00”, counted as if in UTC: no change of hour in between can shift them.
const read = (text) => Date.parse(`${text}Z`);
const write = (time) => new Date(time).toISOString().slice(0, 16);
const figure = (letter, element) => Number(element?.className.match(new RegExp(`\\b${letter}(\\d+)`))?.[1] ?? 0);

// Where the pointer is on the scale of a cell: the first quarter, counted from one, and how many quarters there are.
function quarterUnder(event, { hours, across }) {
  const box = hours.getBoundingClientRect();
  const total = figure("n", hours);
  const [from, size, at] = across ? [box.left, box.width, event.clientX] : [box.top, box.height, event.clientY];
  const quarter = Math.round(((at - from) / size) * total - dragged.grabbed);
  return Math.max(0, Math.min(quarter, total - dragged.length)) + 1;
}

function placeUnder(event) {
  const cell = dragged && event.target.closest?.(".planning__cell");
  if (!cell) return null;
  const board = cell.closest(".board");
  const place = { cell, hours: one(".hours", cell), across: board.matches(".board--day"), first: parseInt(board.dataset.axis, 10) };
  return { ...place, quarter: quarterUnder(event, place) };
}

// What was taken: how long it is on the scale, and how many of its quarters lie before the pointer.
function take(event, job) {
  const cell = job.closest(".planning__cell");
  const across = Boolean(job.closest(".board--day"));
  const length = cell ? figure("n", job) : Math.ceil((job.dataset.minutes ?? 60) / 15);
  const box = job.getBoundingClientRect();
  const part = across ? (event.clientX - box.left) / box.width : (event.clientY - box.top) / box.height;
  return { job, cell, length: Math.min(length, 40), grabbed: cell ? part * length : 0 };
}

// The slot that a place stands for. A job of several days moves by as much as the one of its days that was taken.
function slotAt({ cell, quarter, first }) {
  const { start, end } = dragged.job.dataset;
  const at = read(`${cell.dataset.day}T00:00`) + first * 4 * QUARTER + (quarter - 1) * QUARTER;
  if (!start) return [at, at + (dragged.job.dataset.minutes ?? 60) * 60_000];
  if (!dragged.cell || start.slice(0, 10) === end.slice(0, 10)) return [at, at + read(end) - read(start)];
  const days = Math.round((read(`${cell.dataset.day}T00:00`) - read(`${dragged.cell.dataset.day}T00:00`)) / DAY) * DAY;
  const moved = days + (quarter - figure("q", dragged.job)) * QUARTER;
  return [read(start) + moved, read(end) + moved];
}

// “10 h 15” or “10:15”, as the slots say it.
function sayClock(time) {
  const [hour, minute] = time.split(":");
  return document.documentElement.lang === "fr" ? `${+hour} h${minute === "00" ? "" : ` ${minute}`}`.replaceAll(" ", "\u00a0") : time;
}

function showPlace({ hours, quarter, cell, first }) {
  const mark = one(".drop") ?? document.createElement("div");
  mark.className = `drop q${quarter} n${dragged.length}`;
  mark.textContent = sayClock(write(slotAt({ cell, quarter, first })[0]).slice(11));
  if (mark.parentElement !== hours) hours.append(mark);
}

function letGo() {
  one(".drop")?.remove();
  dragged = null;
}

document.addEventListener("dragstart", (event) => {
  const job = event.target.closest?.("[data-reference]");
  if (!job) return;
  dragged = take(event, job);
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", job.dataset.reference);
});

document.addEventListener("dragover", (event) => {
  const place = placeUnder(event);
  if (!place) return;
  event.preventDefault();
  showPlace(place);
});

document.addEventListener("dragend", letGo);

document.addEventListener("drop", (event) => {
  const place = placeUnder(event);
  if (!place) return;
  event.preventDefault();
  const { job, cell } = dragged;
  const stays = cell === place.cell && figure("q", job) === place.quarter;
  const [start, end] = slotAt(place).map(write);
  letGo();
  if (stays) return;
  job.setAttribute("aria-busy", "true");
  const fields = { technician: place.cell.dataset.technician, planned_start: start, planned_end: end, version: job.dataset.version };
  send(`/interventions/${job.dataset.reference}/slot/`, fields).finally(() => job.removeAttribute("aria-busy"));
});

// “Annuler” comes back to the same page without leaving it.
document.addEventListener("submit", (event) => {
  const form = event.target.closest(".notices form");
  if (!form) return;
  event.preventDefault();
  send(form.action, Object.fromEntries(new FormData(form)));
});

async function send(url, fields) {
  const scheduling = new FormData(one("[data-scheduling]"));
  Object.entries(fields).forEach(([name, value]) => scheduling.set(name, value));
  try {
    await show(await fetch(url, { method: "POST", body: scheduling }));
  } catch {
    say(one("[data-toast]").dataset.failed);
  }
}

async function show(response) {
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (one(".planning", page)) return swap(page);
  if (new URL(response.url).pathname === document.body.dataset.login) return say(one("[data-toast]").dataset.lost);
  // A refusal: it is said, and the planning shows what somebody else did meanwhile.
  const said = [".notice p", ".field__error", "main p"].map((where) => one(where, page)).find(Boolean)?.textContent.trim();
  const now = await fetch(location.href);
  swap(new DOMParser().parseFromString(await now.text(), "text/html"));
  say(said ?? one("[data-toast]").dataset.failed);
}

function swap(page) {
  const shape = (root) => [one(".board", root).dataset.axis, ...[...root.querySelectorAll(PARTS)].map(({ id }) => id)].join();
  // An hour or a Sunday that comes in or goes out changes every row.
  if (shape(page) !== shape(document)) one(".planning").replaceWith(one(".planning", page));
  page.querySelectorAll(PARTS).forEach((part) => {
    const old = document.getElementById(part.id);
    if (old && old.outerHTML !== part.outerHTML) old.replaceWith(part);
  });
  one(".notices")?.remove();
  const notices = one(".notices", page);
  if (!notices) return;
  one("main").prepend(notices);
  one("[data-announcer]").textContent = notices.textContent.trim().replace(/\s+/g, " ");
  document.dispatchEvent(new CustomEvent("htmx:afterSettle", { detail: { target: notices } }));
}

function say(text) {
  one("[data-toast]").textContent = text;
}
