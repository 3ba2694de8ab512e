/* Says five minutes before a session ends by itself, and lets one go on without leaving the page. Asking keeps nothing open. */
(() => {
  "use strict";

  const FIRST = 60;
  const WARN = 300;
  const bar = document.querySelector("[data-session]");
  if (!bar) return;
  const said = bar.querySelector(".alert-text");
  const button = bar.querySelector("button");
  let timer = 0;

  const later = (seconds) => {
    window.clearTimeout(timer);
    timer = window.setTimeout(ask, Math.min(Math.max(seconds, 5), 3600) * 1000);
  };

  const say = (text, stays) => {
    if (said.textContent !== text) said.textContent = text;
    button.hidden = !stays;
    bar.hidden = !text;
  };

  const told = ({ idle, absolute }) => {
    const left = Math.min(idle, absolute);
    if (left > WARN) {
      say("", false);
      later(left - WARN);
      return;
    }
    const text = absolute <= idle ? bar.dataset.absolute : bar.dataset.idle;
    say(text.replace("{minutes}", Math.max(Math.ceil(left / 60), 1)), absolute > idle);
    later(Math.min(60, left + 2));
  };

  const fetched = async (method) => {
    const headers = { "X-Fravaer-Poll": "yes" };
    if (method === "POST") headers["X-CSRFToken"] = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
    const answer = await fetch(bar.dataset.session, { method, headers, credentials: "same-origin", cache: "no-store" });
    if (answer.redirected || answer.status === 403) {
      say(bar.dataset.ended, false);
      return;
    }
    told(await answer.json());
  };

  /* Without a net nothing is known, and nothing is said: it is asked again in a while. */
  const ask = () => fetched("GET").catch(() => later(60));

  button.addEventListener("click", () => fetched("POST").catch(() => later(5)));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && !bar.hidden) ask();
  });
  later(FIRST);
})();
