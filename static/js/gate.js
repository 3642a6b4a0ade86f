// The counter and the occupancy page: the field that is always ready, sound, camera, and a page that stays up to date.
"use strict";

const control = document.querySelector("[data-control]");
const field = control?.elements.value;
// A scanner that ends with two Enters must not confirm what nobody has read yet.
const READING = 500;
let answeredAt = 0;
let sent = "";

if (control) {
  field.focus();

  // Whatever is typed outside a text field is meant for ours: a scanner does not look where the focus is.
  document.addEventListener("keydown", (event) => {
    const elsewhere = event.target.closest("input, select, textarea, dialog");
    if (elsewhere || event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey || event.key === " ") return;
    event.stopPropagation();
    field.focus();
  }, true);

  control.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target !== control || field.value.trim() || performance.now() - answeredAt > READING) return;
    event.preventDefault();
  });

  // Empty at once, so that the next card may be scanned while the answer is on its way.
  control.addEventListener("htmx:beforeSend", (event) => {
    if (event.target !== control) return;
    sent = field.value;
    field.value = "";
  });

  // What could not be asked keeps no answer on the screen: it was the one of whoever came before.
  ["htmx:sendError", "htmx:timeout", "htmx:responseError"].forEach((name) => {
    control.addEventListener(name, () => {
      giveBack();
      document.querySelector("#answer").replaceChildren();
    });
  });

  // Before anything of the answer is there to be confirmed.
  document.addEventListener("htmx:beforeSwap", ({ detail: { target, xhr } }) => {
    if (target.id !== "answer") return;
    answeredAt = performance.now();
    if (xhr.status >= 400) giveBack();
  });

  document.addEventListener("htmx:afterSettle", ({ detail: { target } }) => {
    if (target.id !== "answer") return;
    sent = "";
    tell(target);
  });
}

// What was refused or could not be asked stands in the field again, for the next key to replace.
function giveBack() {
  if (!field.value) field.value = sent;
  sent = "";
  field.select();
}

function tell(place) {
  const answer = place.querySelector("[data-sound]");
  const words = answer ? [...answer.querySelectorAll("h2, .answer__name, .answer__reason")] : [place.querySelector("h2, p")];
  document.querySelector("[data-announcer]").textContent = words.map((node) => node?.textContent ?? "").join(". ");
  if (answer) play(answer.dataset.sound);
  place.parentElement.scrollTop = 0;
  if (place.getBoundingClientRect().top < 0) window.scrollTo(0, 0);
  field.focus({ preventScroll: true });
}

// Sound: two rising notes for yes, one low one for no; off until somebody wants it on this computer.
const soundToggle = document.querySelector("[data-sound-toggle]");
const NOTES = { granted: [[660, 0, 0.12], [880, 0.12, 0.2]], refused: [[180, 0, 0.45]] };
let audio;

function play(name) {
  if (localStorage.gateSound !== "on") return;
  audio ??= new AudioContext();
  audio.resume();
  NOTES[name].forEach(([frequency, delay, length]) => {
    const note = new OscillatorNode(audio, { frequency, type: name === "granted" ? "sine" : "square" });
    const volume = new GainNode(audio, { gain: 0.15 });
    note.connect(volume).connect(audio.destination);
    note.start(audio.currentTime + delay);
    note.stop(audio.currentTime + delay + length);
  });
}

function showSound() {
  soundToggle.setAttribute("aria-pressed", String(localStorage.gateSound === "on"));
}

if (soundToggle) {
  showSound();
  soundToggle.addEventListener("click", () => {
    localStorage.gateSound = localStorage.gateSound === "on" ? "off" : "on";
    showSound();
    play("granted");
    field?.focus();
  });
}

// Camera, where the browser reads codes by itself. The picture never leaves the page.
const cameraButton = document.querySelector("[data-camera]");
const cameraView = document.querySelector("[data-camera-view]");
const AGAIN = 4000;
let stream;

async function offerCamera() {
  const formats = await BarcodeDetector.getSupportedFormats();
  if (!formats.includes("qr_code")) return;
  cameraButton.hidden = false;
  cameraButton.addEventListener("click", () => (stream ? stopCamera() : startCamera()));
}

if (cameraButton && "BarcodeDetector" in window && navigator.mediaDevices) offerCamera();

async function startCamera() {
  const refused = cameraView.querySelector("[data-camera-refused]");
  const video = cameraView.querySelector("video");
  cameraView.hidden = false;
  refused.hidden = true;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    video.srcObject = stream;
    await video.play();
    cameraButton.setAttribute("aria-pressed", "true");
    watch(video, new BarcodeDetector({ formats: ["qr_code"] }));
  } catch {
    stopCamera();
    cameraView.hidden = false;
    refused.hidden = false;
  }
}

function stopCamera() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = undefined;
  cameraView.hidden = true;
  cameraButton.setAttribute("aria-pressed", "false");
  field.focus();
}

async function watch(video, detector) {
  let last = "";
  let lastAt = 0;
  while (stream) {
    const [code] = await detector.detect(video).catch(() => []);
    const now = performance.now();
    if (code?.rawValue && (code.rawValue !== last || now - lastAt > AGAIN)) {
      last = code.rawValue;
      field.value = last;
      control.requestSubmit();
    }
    if (code?.rawValue) lastAt = now;
    await new Promise((done) => setTimeout(done, 150));
  }
}

// Who is inside: asked again while somebody may be looking.
const EVERY = Number(document.querySelector("[data-presence]")?.dataset.every ?? 10000);

function refreshPresence() {
  const presence = document.querySelector("[data-presence]");
  if (presence && !document.hidden) htmx.trigger(presence, "presence");
}

// Who is chosen stays so when the list comes again.
let chosen = [];
document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  chosen = [...target.querySelectorAll("[name=stay]:checked")].map((box) => box.id);
});
document.addEventListener("htmx:afterSwap", () => {
  chosen.forEach((id) => document.getElementById(id)?.toggleAttribute("checked", true));
});

if (document.querySelector("[data-presence]")) {
  setInterval(refreshPresence, EVERY);
  document.addEventListener("visibilitychange", refreshPresence);
  document.addEventListener("htmx:afterSettle", ({ detail: { requestConfig } }) => {
    if (!requestConfig?.elt?.matches("form")) return;
    const range = document.querySelector("[data-presence-range]") ?? document.querySelector("#presence h2");
    document.querySelector("[data-announcer]").textContent = range?.textContent ?? "";
  });
}
