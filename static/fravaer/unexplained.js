/* The queue of unexplained absence by the keyboard: letters choose, arrows go from pupil to pupil, Ctrl and Enter save, and
   telephones open in their place. All of it works without a script as well. */
(() => {
  "use strict";

  const queue = document.querySelector("[data-queue]");
  if (!queue) {
    return;
  }
  const rows = [...queue.querySelectorAll("[data-row]")];
  const save = queue.querySelector("[data-save]");
  const plain = save.textContent;

  const chosen = () => queue.querySelectorAll("[data-letter]:checked").length;
  const count = () => {
    const number = chosen();
    save.textContent = number ? save.dataset.text.replace("{count}", number) : plain;
  };

  const focusRow = (row) => {
    const radio = row && (row.querySelector("[data-letter]:checked") || row.querySelector("[data-letter]"));
    if (radio) {
      radio.focus();
    }
  };

  queue.addEventListener("change", count);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      queue.requestSubmit();
    }
  });
  queue.addEventListener("keydown", (event) => {
    const row = event.target.closest("[data-row]");
    if (!row || !event.target.matches("[data-letter]") || event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      focusRow(rows[rows.indexOf(row) + step]);
      return;
    }
    const radio = [...row.querySelectorAll("[data-letter]")].find(
      (one) => one.dataset.letter === event.key.toUpperCase(),
    );
    if (radio) {
      event.preventDefault();
      radio.checked = true;
      radio.focus();
      count();
    }
  });

  queue.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-phones]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) {
      return;
    }
    event.preventDefault();
    try {
      const answer = await fetch(link.href, { credentials: "same-origin", cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const holders = page.querySelector("[data-holders]");
      if (!answer.ok || answer.redirected || !holders || holders.querySelector("form")) {
        window.location.assign(link.href);
        return;
      }
      const place = link.closest("[data-row]").querySelector("[data-numbers]");
      place.replaceChildren(...[...holders.childNodes].map((node) => document.adoptNode(node)));
      const number = place.querySelector("a");
      if (number) {
        number.focus();
      }
      link.hidden = true;
    } catch {
      window.location.assign(link.href);
    }
  });

  count();
})();
