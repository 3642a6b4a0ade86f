// What is left to pay follows the amounts while they are typed: in its field, and on the button that takes it.
"use strict";

const button = document.querySelector("[data-due]");
const field = (name) => document.querySelector(`[name=${name}]`);
const read = (input) => Number(input.value.replace(/[\s€]/g, "").replace(",", ".")) || 0;

function follow() {
  const due = Math.max(0, read(field("parts_amount")) + read(field("labor_amount")) - button.dataset.paid);
  const format = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  field("amount").placeholder = format.format(due);
  const taken = field("amount").value.trim() ? read(field("amount")) : due;
  button.querySelector(".num").textContent = `${format.format(taken)} €`;
}

if (button) {
  document.addEventListener("input", follow);
  follow();
}
