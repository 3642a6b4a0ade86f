// The button that prints the page; without script one prints from the browser's menu.
"use strict";

const printer = document.querySelector("[data-print]");
printer.addEventListener("click", () => print());
if (printer.dataset.print === "now") addEventListener("load", () => print());
