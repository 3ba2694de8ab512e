/* The office's board keeps itself fresh: the same page is fetched every minute and what differs is put in its place. Focus,
   choices and scrolling stay where they are, and it rests while nobody looks. The page works without any of it. */
(() => {
  "use strict";

  const EVERY = 60000;
  const board = document.querySelector("[data-board]");
  if (!board) {
    return;
  }
  const said = board.querySelector("[data-said]");
  const failure = document.getElementById("failure");
  let last = Date.now();
  let over = false;
  let busy = false;

  const parts = (root) =>
    new Map([...root.querySelectorAll("[data-live]")].map((part) => [part.dataset.live, part]));

  /* What a person has opened in a row is no difference, and goes with the row when something else in it changed. */
  const bare = (row) => {
    const copy = row.cloneNode(true);
    for (const part of copy.querySelectorAll("[data-opened]")) {
      part.replaceChildren();
    }
    return copy.outerHTML;
  };
  const sameRow = (old, fresh) => old && bare(old) === bare(fresh);
  const adopted = (old, fresh) => {
    const row = document.adoptNode(fresh);
    const opened = old && old.querySelector("[data-opened]");
    const place = row.querySelector("[data-opened]");
    if (opened && place) {
      place.replaceChildren(...opened.childNodes);
    }
    return row;
  };

  const openOnes = (list) => new Set([...list.querySelectorAll("details[open]")].map((one) => one.id));

  /* Rows that did not change stay the very elements they were; the others keep whether they were chosen, and what was
     opened in them. */
  const changeRows = (old, fresh) => {
    const here = new Map([...old.children].map((row) => [row.id, row]));
    const chosen = new Set([...old.querySelectorAll("input:checked")].map((box) => box.id));
    const opened = openOnes(old);
    const rows = [...fresh.children].map((row) =>
      sameRow(here.get(row.id), row) ? here.get(row.id) : adopted(here.get(row.id), row),
    );
    old.replaceChildren(...rows);
    for (const box of old.querySelectorAll("input[type=checkbox]")) {
      box.checked = chosen.has(box.id);
    }
    for (const one of old.querySelectorAll("details")) {
      one.open = opened.has(one.id);
    }
  };

  const show = (page) => {
    const focused = document.activeElement && document.activeElement.id;
    const now = parts(document);
    const fresh = parts(page);
    const counts = now.get("counts");
    const before = counts ? counts.textContent.trim() : "";
    for (const [name, part] of fresh) {
      const old = now.get(name);
      if (!old) {
        /* The list came or went altogether: only the whole page shows that. */
        window.location.reload();
        return;
      }
      if (name === "rows") {
        changeRows(old, part);
      } else if (old.innerHTML !== part.innerHTML) {
        old.replaceChildren(...[...part.childNodes].map((node) => document.adoptNode(node)));
      }
    }
    const updated = page.querySelector(".board-updated");
    if (updated) {
      document.querySelector(".board-updated").textContent = updated.textContent;
    }
    document.title = page.title;
    if (focused && (!document.activeElement || document.activeElement.id !== focused)) {
      const again = document.getElementById(focused);
      if (again) {
        again.focus({ preventScroll: true });
      }
    }
    const after = counts ? counts.textContent.trim() : "";
    if (after !== before) {
      said.textContent = after.replace(/\s+/g, " ");
    }
  };

  const update = async () => {
    if (over || busy || document.hidden) {
      return;
    }
    busy = true;
    last = Date.now();
    try {
      const answer = await fetch(window.location.href, {
        headers: { "X-Fravaer-Poll": "yes" },
        credentials: "same-origin",
        cache: "no-store",
      });
      if (answer.redirected || answer.status === 403 || answer.status === 404) {
        over = true;
        failure.textContent = board.dataset.signedOut;
      } else if (answer.ok) {
        failure.textContent = "";
        show(new DOMParser().parseFromString(await answer.text(), "text/html"));
      } else {
        failure.textContent = board.dataset.failed;
      }
    } catch {
      failure.textContent = board.dataset.failed;
    } finally {
      busy = false;
    }
  };

  window.setInterval(update, EVERY);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && Date.now() - last > EVERY) {
      update();
    }
  });
  /* Whoever has a fresh page already need not wait: asked for by name, as a test does. */
  board.addEventListener("board:update", update);
})();
