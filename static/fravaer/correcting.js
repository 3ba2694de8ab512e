/* A saved register: each change of a pupil's mark is saved at once, and her row says what came of it. What could not be saved
   stays chosen and is kept in the tab until it is. Without this file the register is saved whole, as it was the first time. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-register]");
  const words = form && form.querySelector("[data-correct]");
  if (!words || document.querySelector("[data-shell]")) return;

  const STORE = `fravaer-draft/${form.dataset.draft.replace(/\d+$/, "")}`;
  const ROWS = `${STORE}rows`;
  /* Arrow keys pass by choices nobody means, and a time is typed number by number: those wait a little. */
  const PAUSE = 700;
  const PATIENCE = 20000;
  const FIELDS = "input[type=time], input[type=text]";
  const bar = form.querySelector(".action-bar");
  const live = form.querySelector("[data-live]");
  const notice = form.querySelector("[data-notice]");
  const seen = form.elements.version;
  const net = document.getElementById("net");
  const rows = [...form.querySelectorAll("[data-row]")];
  /* What stands of each pupil as far as this page knows, and in which version of the register it was seen. */
  const known = new Map();
  const waiting = new Map();
  const unsaved = new Map();
  let line = Promise.resolve();
  let queued = 0;
  let arrows = false;

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
  const name = (row) => row.querySelector(".pupil-given").textContent;
  const radio = (row) => row.querySelector("input[type=radio]:checked");
  const field = (row, type) => row.querySelector(`input[type=${type}]`);
  const uuid = (row) => row.querySelector("[name=shown]").value;
  const isAbsent = (letter) => "ISFU".includes(letter);

  const chosen = (row) => {
    const letter = radio(row) ? radio(row).value : "";
    return {
      letter,
      at: letter === "K" ? field(row, "time").value : "",
      note: isAbsent(letter) ? field(row, "text").value.trim() : "",
    };
  };

  const differs = (row) => {
    const now = chosen(row);
    const was = known.get(row);
    return now.letter !== was.letter || now.at !== was.at || (now.note !== "" && now.note !== was.note);
  };

  const choose = (row, { letter, at, note }) => {
    const wanted = row.querySelector(`input[type=radio][value="${letter}"]`);
    if (wanted) wanted.checked = true;
    field(row, "time").value = at;
    if (note !== undefined) field(row, "text").value = note;
    if (note) row.querySelector(".pupil-note").open = true;
    /* The count in the button follows; nothing is saved for it. */
    if (wanted) wanted.dispatchEvent(new CustomEvent("change", { bubbles: true, detail: "shown" }));
  };

  const keep = () => {
    const kept = [...unsaved.keys()].map((row) => [uuid(row), { ...chosen(row), version: known.get(row).version }]);
    if (kept.length) sessionStorage.setItem(ROWS, JSON.stringify({ at: new Date().toISOString(), rows: Object.fromEntries(kept) }));
    else sessionStorage.removeItem(ROWS);
    bar.hidden = !kept.length;
  };

  /* What the row says. Only a failure interrupts. */
  const say = (row, state, content) => {
    const old = row.querySelector(".pupil-said");
    if (old) old.remove();
    row.classList.toggle("pupil--unsaved", state === "failed");
    if (!content) return;
    if (state === "failed") content.setAttribute("role", "alert");
    row.append(content);
    content.scrollIntoView({ block: "nearest" });
  };

  const lineOf = (text, action) => {
    const said = Object.assign(document.createElement("div"), { className: "pupil-said" });
    said.append(Object.assign(document.createElement("span"), { textContent: text }));
    if (action) said.append(" ", action);
    return said;
  };

  const button = (text, what) => {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "pupil-said-do", textContent: text });
    made.dataset.do = what;
    return made;
  };

  const fail = (row, why, content) => {
    unsaved.set(row, why);
    say(row, "failed", content);
    keep();
  };

  const wayTo = (path, text) => {
    const link = document.createElement("a");
    link.href = `${path}?next=${encodeURIComponent(location.pathname)}`;
    link.textContent = text;
    return link;
  };

  /* Words that a correction went well stay until the next thing is done. */
  const quiet = () => {
    for (const row of rows) if (!unsaved.has(row) && !waiting.has(row)) say(row, "");
    if (notice) notice.hidden = true;
  };

  const post = async (address, body) => {
    const stop = new AbortController();
    const patience = window.setTimeout(() => stop.abort(), PATIENCE);
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    try {
      return await fetch(address, {
        method: "POST",
        body,
        headers: { "X-Fravaer-Row": "yes" },
        credentials: "same-origin",
        signal: stop.signal,
      });
    } finally {
      window.clearTimeout(patience);
    }
  };

  const part = async (answer) => {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return page.querySelector("[data-answer]");
  };

  /* Somebody else has saved something as well: every row nobody is busy with shows what stands now. */
  const refresh = async () => {
    const answer = await fetch(location.pathname, { credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("form[data-register]");
    if (!answer.ok || !fresh) return;
    const version = fresh.querySelector("[name=version]").value;
    for (const row of rows) {
      const there = [...fresh.querySelectorAll("[data-row]")].find((one) => uuid(one) === uuid(row));
      if (!there || unsaved.has(row) || waiting.has(row) || differs(row)) continue;
      const stands = chosen(there);
      const was = known.get(row);
      known.set(row, { ...stands, note: was.note, version });
      if (stands.letter !== was.letter || stands.at !== was.at) choose(row, stands);
    }
    seen.value = version;
    notice.textContent = words.dataset.others;
    notice.hidden = false;
  };

  const taken = (row, answer, sent) => {
    const { version, before, letter, at } = answer.dataset;
    const others = before !== seen.value && version !== seen.value;
    known.set(row, { letter, at, note: sent ? sent.note : known.get(row).note, version });
    unsaved.delete(row);
    if (!others) seen.value = version;
    const summary = answer.querySelector("[data-summary]");
    const registered = form.querySelector("[data-registered]");
    if (summary && registered) registered.textContent = summary.textContent;
    const said = answer.querySelector(".pupil-said");
    say(row, "saved", document.adoptNode(said));
    live.textContent = said.querySelector("[data-text]").textContent.trim();
    keep();
    form.dispatchEvent(new CustomEvent("register:corrected", { bubbles: true }));
    return others ? refresh() : undefined;
  };

  const answered = async (row, answer, sent) => {
    if (new URL(answer.url).pathname === net.dataset.loginPath) {
      return fail(row, "expired", lineOf(net.dataset.expired, wayTo(net.dataset.loginPath, net.dataset.login)));
    }
    if (new URL(answer.url).pathname === net.dataset.confirmPath) {
      return fail(row, "unproved", lineOf(net.dataset.unproved, wayTo(net.dataset.confirmPath, net.dataset.confirm)));
    }
    const found = answer.ok || answer.status === 409 || answer.status === 422 ? await part(answer) : null;
    if (!found) {
      return fail(row, "broken", lineOf(fill(words.dataset.broken, { name: name(row) }), button(words.dataset.retry, "mine")));
    }
    if (found.dataset.answer === "saved") return taken(row, found, sent);
    const said = document.adoptNode(found.querySelector(".pupil-said"));
    if (found.dataset.answer === "conflict") {
      /* Whoever saves her choice now has seen what it takes the place of. */
      const { letter, at, version } = found.dataset;
      known.set(row, { ...known.get(row), letter, at, version });
    }
    return fail(row, found.dataset.answer, said);
  };

  const send = async (row) => {
    const sent = chosen(row);
    const { version, last } = known.get(row);
    const body = new URLSearchParams({ version, client_at: new Date().toISOString() });
    body.set(`m-${uuid(row)}`, sent.letter);
    if (sent.at) body.set(`t-${uuid(row)}`, sent.at);
    if (sent.note && sent.note !== known.get(row).note) body.set(`n-${uuid(row)}`, sent.note);
    const because = form.elements.because;
    if (because) body.set("because", because.value);
    /* The same once more is the same correction; anything else is another. */
    const content = JSON.stringify([sent, version]);
    const key = last && last.content === content ? last.key : crypto.randomUUID();
    known.set(row, { ...known.get(row), last: { content, key } });
    body.set("key", key);
    try {
      await answered(row, await post(words.dataset.correct, body), sent);
    } catch {
      fail(row, "net", lineOf(fill(words.dataset.unsent, { name: name(row) }), button(words.dataset.retry, "mine")));
    }
  };

  /* One after another, so that each knows the version the one before it has made. */
  const inLine = (work) => {
    queued += 1;
    line = line.then(work).finally(() => {
      queued -= 1;
    });
  };

  const save = (row) => {
    window.clearTimeout(waiting.get(row));
    waiting.delete(row);
    if (!differs(row)) {
      unsaved.delete(row);
      say(row, "");
      keep();
      return;
    }
    if (field(row, "time").validity.badInput) return;
    say(row, "", lineOf(words.dataset.saving));
    inLine(() => (differs(row) ? send(row) : say(row, "")));
  };

  const later = (row) => {
    window.clearTimeout(waiting.get(row));
    waiting.set(row, window.setTimeout(() => save(row), PAUSE));
  };

  const undo = async (row, key) => {
    const version = seen.value;
    try {
      const answer = await post(words.dataset.undo, new URLSearchParams({ key, version }));
      await answered(row, answer);
      if (!unsaved.has(row)) choose(row, known.get(row));
    } catch {
      say(row, "", lineOf(words.dataset.unsent, null));
    }
    const again = row.querySelector("[data-do]");
    (again || radio(row)).focus();
  };

  form.addEventListener("change", (event) => {
    const row = event.target.closest("[data-row]");
    if (!row || event.detail === "shown") return;
    quiet();
    if (event.target.type === "radio") {
      if (arrows) later(row);
      else save(row);
    } else if (event.target.matches(FIELDS)) {
      later(row);
    }
    arrows = false;
  });

  form.addEventListener("keydown", (event) => {
    arrows = event.key === "ArrowLeft" || event.key === "ArrowRight";
    if (event.key !== "Enter" || !event.target.matches(FIELDS)) return;
    const row = event.target.closest("[data-row]");
    if (!row || event.ctrlKey) return;
    event.preventDefault();
    save(row);
  });

  /* Nobody leaves a row with something waiting in it. */
  form.addEventListener("focusout", (event) => {
    const row = event.target.closest("[data-row]");
    if (row && waiting.has(row) && !row.contains(event.relatedTarget)) save(row);
  });

  form.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-do]");
    if (!pressed) return;
    const row = pressed.closest("[data-row]");
    const { key } = pressed.dataset;
    if (pressed.dataset.do === "undo") {
      inLine(() => undo(row, key));
      return;
    }
    if (pressed.dataset.do === "theirs") choose(row, { ...known.get(row), note: "" });
    if (radio(row).offsetParent) radio(row).focus();
    else row.querySelector("input[type=radio]").focus();
    save(row);
  });

  /* What is sent whole all the same is as old as the oldest choice in it. */
  form.addEventListener("submit", (event) => {
    if (!unsaved.size) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    seen.value = Math.min(seen.value, ...[...unsaved.keys()].map((row) => known.get(row).version));
    leaving = true;
  });

  let leaving = false;
  window.addEventListener("beforeunload", (event) => {
    for (const row of [...waiting.keys()]) save(row);
    if (!leaving && (unsaved.size || queued)) event.preventDefault();
  });

  window.addEventListener("online", () => {
    for (const [row, why] of unsaved) if (why === "net") save(row);
  });

  const restore = () => {
    const read = (key) => {
      try {
        return JSON.parse(sessionStorage.getItem(key) || "null");
      } catch {
        return null;
      }
    };
    const draft = read(ROWS);
    if (!draft) return;
    for (const row of rows) {
      const wanted = draft.rows[uuid(row)];
      if (!wanted) continue;
      choose(row, wanted);
      if (!differs(row)) continue;
      known.set(row, { ...known.get(row), version: wanted.version });
      const text = fill(words.dataset.unsaved, { name: name(row) });
      unsaved.set(row, "kept");
      say(row, "", lineOf(text, button(words.dataset.retry, "mine")));
    }
    keep();
    if (!unsaved.size) return;
    const at = new Date(draft.at);
    notice.textContent = fill(form.dataset.restored, { time: `${at.getHours()}.${`0${at.getMinutes()}`.slice(-2)}` });
    notice.hidden = false;
  };

  /* As the server wrote it, whatever the browser has put into the page since. */
  const written = (row) => {
    const one = [...row.querySelectorAll("input[type=radio]")].find((input) => input.defaultChecked);
    const letter = one ? one.value : "";
    return { letter, at: letter === "K" ? field(row, "time").defaultValue : "", note: "" };
  };

  for (const row of rows) {
    known.set(row, { ...written(row), version: seen.value });
    if (differs(row)) choose(row, known.get(row));
  }
  words.hidden = false;
  bar.hidden = true;
  restore();
  /* Led here about one pupil. */
  const about = location.hash && document.getElementById(location.hash.slice(1));
  if (about && about.type === "radio") about.focus();
})();
