/* What every page does a little better with a script. Nothing here is needed: each page works without it. */
(() => {
  "use strict";

  const failure = document.getElementById("failure");

  const say = (text) => {
    if (failure && text) {
      failure.textContent = text;
      failure.scrollIntoView({ block: "nearest" });
    }
  };

  /* The design system's own behaviour: error summaries take the focus, alerts can be closed. */
  if (window.DKFDS) {
    window.DKFDS.init();
  }

  /* A page that is an answer, a receipt for instance, says so to a screen reader by taking the focus. */
  const answer = document.querySelector("[data-focus]");
  if (answer) {
    answer.setAttribute("tabindex", "-1");
    answer.focus();
  }

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }

  /* Menus that drop down close on Escape, and when something else is touched. */
  const open = () => document.querySelectorAll("details.drop[open], details.frame-menu[open]");
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const menu of open()) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    }
  });
  document.addEventListener("click", (event) => {
    for (const menu of open()) {
      if (!menu.contains(event.target)) {
        menu.open = false;
      }
    }
  });

  /* A choice made by touch among a pupil's other choices is made: the sheet goes away by itself. Who comes later is asked when. */
  document.addEventListener("click", (event) => {
    const choice = event.target.closest(".pupil-extra .mark-choice:not(.mark-choice--late)");
    const sheet = choice && choice.closest("[popover]");
    if (sheet && sheet.matches(":popover-open")) {
      window.setTimeout(() => sheet.hidePopover(), 150);
    }
  });

  /* A form is sent once: a second press while the first is on its way does nothing. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") {
      return;
    }
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    /* An answer that leaves the page where it is, a file for instance, must not lock the form for good. */
    window.setTimeout(() => delete form.dataset.sent, 10000);
    for (const button of form.querySelectorAll("[data-busy]")) {
      button.setAttribute("aria-disabled", "true");
      button.textContent = button.dataset.busy;
    }
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) {
      for (const form of document.querySelectorAll("form[data-sent]")) {
        delete form.dataset.sent;
      }
    }
  });

  /* Parts of a page fetched by htmx: say so when that fails, and dress what arrives. */
  document.addEventListener("htmx:beforeRequest", () => {
    if (failure) {
      failure.textContent = "";
    }
  });
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    say(status === 403 || status === 404 ? failure.dataset.refused : failure.dataset.failed);
  });
  document.addEventListener("htmx:sendError", () => say(failure && failure.dataset.offline));
})();
