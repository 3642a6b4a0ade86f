// Dragging a job to another day or technician. It fills and sends the same form as the link “Déplacer”.
"use strict";

const planning = document.querySelector("[data-planning]");
const scheduling = document.querySelector("[data-scheduling]");
const DAY = 24 * 3600 * 1000;
let dragged = null;

// Local times as text, “2026-11-21T09:00”, counted as if in UTC: no change of hour in between can shift them.
const read = (text) => Date.parse(`${text}Z`);
const write = (time) => new Date(time).toISOString().slice(0, 16);

// A job of several days moves as many days as the one of its cards that was taken.
function moved({ start, end }, from, day) {
  if (!start) return [`${day}T09:00`, `${day}T10:00`];
  const days = Math.round((Date.parse(day) - Date.parse(from ?? start.slice(0, 10))) / DAY);
  return [write(read(start) + days * DAY), write(read(end) + days * DAY)];
}

function cellUnder(event) {
  return dragged && event.target.closest("[data-day]");
}

planning.addEventListener("dragstart", (event) => {
  dragged = event.target.closest("[data-reference]");
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.reference);
});

planning.addEventListener("dragover", (event) => {
  const cell = cellUnder(event);
  if (!cell) return;
  event.preventDefault();
  document.querySelector("[data-over]")?.removeAttribute("data-over");
  cell.dataset.over = "";
});

planning.addEventListener("dragend", () => {
  document.querySelector("[data-over]")?.removeAttribute("data-over");
  dragged = null;
});

planning.addEventListener("drop", (event) => {
  const cell = cellUnder(event);
  if (!cell) return;
  event.preventDefault();
  const from = dragged.closest("[data-day]");
  if (cell === from) return;
  const [start, end] = moved(dragged.dataset, from?.dataset.day, cell.dataset.day);
  scheduling.action = `/interventions/${dragged.dataset.reference}/slot/`;
  scheduling.elements.technician.value = cell.dataset.technician;
  scheduling.elements.planned_start.value = start;
  scheduling.elements.planned_end.value = end;
  scheduling.elements.version.value = dragged.dataset.version;
  scheduling.requestSubmit();
});
