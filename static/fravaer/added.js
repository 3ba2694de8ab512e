/* A part that a room above adds to a page: fetched once the page is there, and again every ten seconds while something in it
   is under way. It rests while nobody looks. What it says of a pupil goes into her row, where the page has one. */
(() => {
  "use strict";
  const holder = document.querySelector("[data-added]");
  if (!holder || document.querySelector("[data-shell]")) return;
  const EVERY = 10000;
  let tag = null;
  let moving = false;
  let busy = false;
  let last = 0;

  const show = (part) => {
    for (const old of document.querySelectorAll(".pupil-added")) old.remove();
    for (const item of part.querySelectorAll("[data-pupil]")) {
      const radio = document.getElementById(`p-${item.dataset.pupil}-T`);
      const row = radio && radio.closest("[data-row]");
      if (!row) continue;
      const said = Object.assign(document.createElement("div"), { className: "pupil-added" });
      said.append(...item.querySelector("[data-line]").childNodes);
      row.append(said);
      item.remove();
    }
    for (const list of part.querySelectorAll("ul:empty")) list.remove();
    if (!part.querySelector("[data-pupil]")) for (const list of part.querySelectorAll("ul")) list.remove();
    holder.hidden = part.textContent.trim() === "";
    holder.replaceChildren(...part.childNodes);
  };

  const ask = async (again) => {
    if (busy || document.hidden) return;
    busy = true;
    last = Date.now();
    const headers = { "X-Fravaer-Part": "yes" };
    if (again) headers["X-Fravaer-Poll"] = "yes";
    if (tag) headers["If-None-Match"] = tag;
    try {
      const answer = await fetch(holder.dataset.added, { headers, credentials: "same-origin", cache: "no-store" });
      if (answer.status === 304) return;
      const page = answer.ok && !answer.redirected && new DOMParser().parseFromString(await answer.text(), "text/html");
      const part = page && page.querySelector("[data-part]");
      moving = Boolean(part) && part.hasAttribute("data-moving");
      if (!part) return;
      tag = answer.headers.get("ETag");
      show(document.adoptNode(part));
    } catch {
      /* Without a net what was said last stays; the next occasion asks again. */
    } finally {
      busy = false;
    }
  };

  /* The words lead to the register's row; on its own page they need not lead away from it. */
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".pupil-added a");
    const radio = link && document.getElementById(link.hash.slice(1));
    if (!radio) return;
    event.preventDefault();
    radio.focus();
  });
  window.setInterval(() => moving && ask(true), EVERY);
  document.addEventListener("visibilitychange", () => {
    if (moving && Date.now() - last > EVERY) ask(true);
  });
  document.addEventListener("register:corrected", () => ask(false));
  holder.addEventListener("added:ask", () => ask(true));
  ask(false);
})();
