// The button that prints the page; without script one prints from the browser's menu.
"use strict";

document.querySelector("[data-print]").addEventListener("click", () => print());
