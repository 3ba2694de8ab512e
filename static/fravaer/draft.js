/* What is typed into a form with data-draft is kept on the server every few seconds, so that a lost session loses nothing. */
(() => {
  "use strict";

  const EVERY = 3000;

  for (const form of document.querySelectorAll("form[data-draft]")) {
    const state = form.querySelector("[data-draft-state]");
    let typed = false;
    let timer = 0;
    let sending = null;

    const say = (text) => {
      if (state) {
        state.textContent = text;
      }
    };

    const keep = async () => {
      timer = 0;
      typed = false;
      sending = new AbortController();
      try {
        const answer = await fetch(form.dataset.draft, {
          method: "POST",
          body: new FormData(form),
          credentials: "same-origin",
          cache: "no-store",
          redirect: "error",
          signal: sending.signal,
        });
        if (!answer.ok) {
          throw new Error(String(answer.status));
        }
        const { saved } = await answer.json();
        say(saved && state ? state.dataset.saved.replace("{time}", saved) : "");
      } catch (error) {
        if (error.name !== "AbortError") {
          typed = true;
          say(state ? state.dataset.failed : "");
        }
      }
    };

    form.addEventListener("input", () => {
      typed = true;
      timer = timer || setTimeout(keep, EVERY);
    });
    document.addEventListener("visibilitychange", () => {
      if (typed && document.visibilityState === "hidden") {
        navigator.sendBeacon(form.dataset.draft, new FormData(form));
      }
    });
    form.addEventListener("submit", () => {
      clearTimeout(timer);
      typed = false;
      if (sending) {
        sending.abort();
      }
    });
  }
})();
