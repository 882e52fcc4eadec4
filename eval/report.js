"use strict";
// Shows only the questions that match every filter.
const filters = document.querySelectorAll("[data-filter]");
const search = document.querySelector("#search");
const rows = document.querySelectorAll("#questions tbody tr");
const count = document.querySelector("#count");

function update() {
  const wanted = search.value.trim().toLowerCase();
  let shown = 0;
  for (const row of rows) {
    const matches =
      row.textContent.toLowerCase().includes(wanted) &&
      [...filters].every((f) => !f.value || row.dataset[f.dataset.filter] === f.value);
    row.hidden = !matches;
    shown += matches;
  }
  count.textContent = `${shown} of ${rows.length} shown`;
}

for (const control of [search, ...filters]) control.addEventListener("input", update);
update();
