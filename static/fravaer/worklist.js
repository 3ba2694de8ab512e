/* The worklist with a script: how many are chosen, and all on the page by one press. Without it the link loads the page anew. */
(() => {
  "use strict";

  const form = document.querySelector("[data-bulk]");
  if (!form) {
    return;
  }
  const said = form.querySelector("[data-chosen]");
  const all = form.querySelector("[data-all]");
  const ticks = [...document.querySelectorAll("[data-tick]")];

  const count = () => {
    const number = ticks.filter((tick) => tick.checked).length;
    said.textContent = number ? `(${number})` : "";
  };

  all.addEventListener("click", (event) => {
    event.preventDefault();
    const some = ticks.some((tick) => !tick.checked);
    for (const tick of ticks) {
      tick.checked = some;
    }
    count();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick]")) {
      count();
    }
  });
  count();
})();
