/* The list of those to be rung by the keyboard: arrows go from line to line, letters press the line's buttons, and telephones
   open in their place. All of it works without a script as well. */
(() => {
  "use strict";

  const list = document.querySelector("[data-ring]");
  if (!list) {
    return;
  }
  const rowsOf = () => [...list.querySelectorAll("[data-row]")].filter((row) => row.querySelector("[data-key]"));

  const open = async (link) => {
    try {
      const answer = await fetch(link.href, { credentials: "same-origin", cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const holders = page.querySelector("[data-holders]");
      if (!answer.ok || answer.redirected || !holders || holders.querySelector("form")) {
        window.location.assign(link.href);
        return;
      }
      const place = link.closest("[data-row]").querySelector("[data-opened]");
      place.replaceChildren(...[...holders.childNodes].map((node) => document.adoptNode(node)));
    } catch {
      window.location.assign(link.href);
    }
  };

  list.addEventListener("click", (event) => {
    const link = event.target.closest("[data-phones]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      open(link);
    }
  });

  list.addEventListener("keydown", (event) => {
    const here = event.target.closest("[data-key]");
    const row = here && here.closest("[data-row]");
    if (!row || event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const rows = rowsOf();
      const next = rows[rows.indexOf(row) + step];
      if (next) {
        next.querySelector(`[data-key="${here.dataset.key}"]`).focus();
      }
      return;
    }
    const wanted = row.querySelector(`[data-key="${CSS.escape(event.key.toUpperCase())}"]`);
    if (wanted && !event.repeat) {
      event.preventDefault();
      wanted.focus();
      wanted.click();
    }
  });
})();
