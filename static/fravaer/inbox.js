/* Guardians' replies by the keyboard: letters press, numbers choose the pupil, arrows go from reply to reply. All of it works
   without a script as well. */
(() => {
  "use strict";

  const inbox = document.querySelector("[data-inbox]");
  if (!inbox) {
    return;
  }
  const rows = [...inbox.querySelectorAll("[data-reply]")];

  const focusRow = (row) => {
    const first = row && (row.querySelector("[data-pupil]:checked") || row.querySelector("[data-letter]"));
    if (first) {
      first.focus();
    }
  };

  inbox.addEventListener("keydown", (event) => {
    const row = event.target.closest("[data-reply]");
    const typing = event.target.matches("input:not([type=radio])");
    if (!row || typing || event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      focusRow(rows[rows.indexOf(row) + step]);
      return;
    }
    const pupils = [...row.querySelectorAll("[data-pupil]")];
    if (pupils.length > 1 && pupils[Number(event.key) - 1]) {
      event.preventDefault();
      pupils[Number(event.key) - 1].checked = true;
      pupils[Number(event.key) - 1].focus();
      return;
    }
    const button = row.querySelector(`button[data-letter="${CSS.escape(event.key.toUpperCase())}"]`);
    if (button) {
      event.preventDefault();
      button.click();
    }
  });

  if (inbox.hasAttribute("data-focus-first")) {
    focusRow(rows[0]);
  }
})();
