/* Registering without a connection: on a device where somebody has asked for it, today's registers are kept, can be
   filled in without a net, and are sent when it is back. See device.js for what is kept and for how long. */
(() => {
  "use strict";
  const { device } = window;
  const body = document.body;
  const bar = document.getElementById("net");
  const shell = document.querySelector("[data-shell]");
  const choice = document.querySelector("[data-offline-choice]");
  const person = body.dataset.person || null;
  const COOKIE = "keeps_registers";
  const OFTEN = 30000;
  const TOO_LONG = 15 * 60000;
  const FRESH = 10 * 60000;

  if (!bar || !("serviceWorker" in navigator) || !("indexedDB" in window) || !indexedDB.databases) return;

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
  const clock = (at) => `${at.getHours()}.${`0${at.getMinutes()}`.slice(-2)}`;
  const wants = () =>
    person && document.cookie.split("; ").includes(`${COOKIE}=${person}`);

  /* The bar at the top: one line for each thing worth knowing, most urgent first. */
  const lines = new Map();
  const say = (what, text, { alert = false, link, action } = {}) => {
    if (text) lines.set(what, { text, alert, link, action });
    else lines.delete(what);
    bar.replaceChildren(
      ...[...lines.values()]
        .sort((a, b) => b.alert - a.alert)
        .map((line) => {
          const row = document.createElement("p");
          row.className = line.alert ? "net-line net-line--alert" : "net-line";
          if (line.alert) row.setAttribute("role", "alert");
          row.append(line.text);
          if (line.link) {
            const anchor = document.createElement("a");
            anchor.href = line.link.href;
            anchor.textContent = line.link.text;
            row.append(" ", anchor);
          }
          if (line.action) {
            const button = document.createElement("button");
            button.type = "button";
            button.className = "button button-secondary";
            button.textContent = line.action.text;
            button.addEventListener("click", line.action.run);
            row.append(" ", button);
          }
          return row;
        })
    );
    bar.hidden = lines.size === 0;
  };

  const showNet = async () => {
    const off = shell ? true : !navigator.onLine;
    const keeps = shell ? await device.owner() : wants();
    say("net", off ? (keeps ? bar.dataset.offline : bar.dataset.offlineUnkept) : "");
  };

  /* Sending */

  const mine = async () => {
    const who = person || (await device.owner());
    return (await device.all("outbox")).filter((row) => row.person === who && row.until > Date.now());
  };

  const ownToken = () => {
    try {
      return person ? JSON.parse(body.getAttribute("hx-headers"))["X-CSRFToken"] : null;
    } catch {
      return null;
    }
  };

  /* A token for sending, from any page of the person's; null when she has been signed out. */
  const freshToken = async (who) => {
    const answer = await fetch(bar.dataset.home);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (page.body.dataset.person !== String(who)) return null;
    return JSON.parse(page.body.getAttribute("hx-headers"))["X-CSRFToken"];
  };

  const isSignIn = (answer) => new URL(answer.url).pathname === bar.dataset.loginPath;

  const signIn = () => ({
    href: `${bar.dataset.loginPath}?next=${encodeURIComponent(location.pathname)}`,
    text: bar.dataset.login,
  });

  const signedOut = () =>
    say("expired", bar.dataset.expired, {
      alert: true,
      link: location.pathname === bar.dataset.loginPath ? undefined : signIn(),
    });

  const send = async (row) => {
    let token = ownToken() || (await freshToken(row.person));
    if (!token) return signedOut();
    const post = () =>
      fetch(row.path, {
        method: "POST",
        body: new URLSearchParams(`${row.body}&csrfmiddlewaretoken=${encodeURIComponent(token)}`),
        credentials: "same-origin",
      });
    let answer = await post();
    if (answer.status === 403) {
      token = await freshToken(row.person);
      if (!token) return signedOut();
      answer = await post();
    }
    if (isSignIn(answer)) return signedOut();
    if (answer.ok) {
      await device.remove("outbox", row.key);
      await device.remove("registers", row.path);
      say("sent", fill(bar.dataset.sent, { label: row.label, time: clock(new Date()) }), {
        link: { href: answer.url, text: bar.dataset.see },
      });
      if (location.pathname === row.path) {
        leaving = true;
        location.replace(answer.url);
      }
    } else if (answer.status === 409 || answer.status === 422) {
      await device.put("outbox", { ...row, state: "differs" });
    } else if (answer.status < 500) {
      await device.put("outbox", { ...row, state: "refused" });
    }
    return undefined;
  };

  /* To the page that asks the person: the same form, sent the ordinary way. The register's receipt takes it off the list. */
  const lead = async (row) => {
    const token = ownToken() || (await freshToken(row.person));
    if (!token) return signedOut();
    const form = document.createElement("form");
    form.method = "post";
    form.action = row.path;
    form.hidden = true;
    const fields = [...new URLSearchParams(row.body), ["csrfmiddlewaretoken", token]];
    form.append(
      ...fields.map(([name, value]) => Object.assign(document.createElement("input"), { type: "hidden", name, value }))
    );
    body.append(form);
    form.submit();
    return undefined;
  };

  const tell = async () => {
    const rows = await mine();
    const waiting = rows.filter((row) => row.state === "waiting");
    const named = (some) => some.map((row) => row.label).join(", ");
    const late = waiting.filter((row) => Date.now() - row.at > TOO_LONG);
    const refused = rows.filter((row) => row.state === "refused");
    const unsent = [...late, ...refused];
    /* Somebody who is settling it need not be led there. */
    const settling = document.querySelector(".pupil--conflict, .pupil--error");
    const [differs] = settling ? [] : rows.filter((row) => row.state === "differs");
    say("waiting", waiting.length && !shell ? fill(bar.dataset.waiting, { label: named(waiting) }) : "");
    const call = unsent.length && unsent[0].phone ? bar.dataset.late : bar.dataset.lateUnphoned;
    say("late", unsent.length ? fill(call, { label: named(unsent), phone: unsent[0].phone }) : "", { alert: true });
    say("differs", differs ? fill(bar.dataset.differs, { label: differs.label }) : "", {
      alert: true,
      action: differs && { text: bar.dataset.settle, run: () => lead(differs) },
    });
  };

  let busy = false;
  let leaving = false;
  const drain = async () => {
    if (busy || leaving || !navigator.onLine) return;
    busy = true;
    try {
      await navigator.locks.request("fravaer-outbox", { ifAvailable: true }, async (lock) => {
        if (!lock) return;
        const waiting = (await mine()).filter((row) => row.state === "waiting");
        for (const row of waiting) await send(row);
        /* The empty page was shown for want of a net. It is back: show the real one, unless somebody is filling in. */
        const left = (await mine()).some((row) => row.state === "waiting");
        if (shell && !left && !leaving && !document.querySelector("form[data-register]")) {
          await fetch(bar.dataset.worker, { cache: "no-store" });
          location.reload();
        }
      });
    } catch {
      /* Still no net: the next occasion tries again. */
    } finally {
      busy = false;
      await tell();
    }
  };

  /* Keeping */

  const keepOne = async (link, place, known) => {
    const path = new URL(link.dataset.keep, location.href).pathname;
    const had = known.find((one) => one.path === path && one.person === person);
    if (had && had.state === link.dataset.state && Date.now() - had.at < FRESH) return;
    const answer = await fetch(path);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const form = page.querySelector("form[data-register]");
    if (!answer.ok || !form) return;
    for (const input of form.querySelectorAll("[name=csrfmiddlewaretoken]")) input.remove();
    const { label, phone, state } = link.dataset;
    const html = form.outerHTML;
    const row = { path, person, place, label, phone, state, html, at: Date.now(), until: device.midnight() };
    await device.put("registers", row);
  };

  const keep = async () => {
    const links = [...document.querySelectorAll("[data-keep]")];
    if (!links.length || !wants()) return;
    await navigator.serviceWorker.register(bar.dataset.worker, { scope: "/" });
    await device.put("owner", { id: 1, person, until: device.midnight() });
    const known = await device.all("registers");
    for (const [place, link] of links.entries()) await keepOne(link, place, known);
    if (choice) choice.dataset.ready = "yes";
  };

  const forget = async () => {
    await device.wipe();
    for (const key of Object.keys(sessionStorage)) {
      if (key.startsWith("fravaer-draft/")) sessionStorage.removeItem(key);
    }
    for (const one of await navigator.serviceWorker.getRegistrations()) await one.unregister();
    for (const name of await caches.keys()) await caches.delete(name);
  };

  if (choice) {
    const box = choice.querySelector("input");
    choice.hidden = false;
    box.checked = Boolean(wants());
    box.addEventListener("change", async () => {
      const life = box.checked ? 365 * 24 * 3600 : 0;
      const secure = location.protocol === "https:" ? "; secure" : "";
      document.cookie = `${COOKIE}=${person}; path=/; max-age=${life}; samesite=lax${secure}`;
      delete choice.dataset.ready;
      if (box.checked) await keep();
      else await forget();
      await showNet();
    });
  }

  /* Signing out: nothing stays. What has not been sent would be lost, so that is asked about. */
  for (const form of document.querySelectorAll("form[data-sign-out]")) {
    form.addEventListener(
      "submit",
      async (event) => {
        if (form.dataset.cleared) return;
        event.preventDefault();
        event.stopImmediatePropagation();
        const label = (await mine()).map((row) => row.label).join(", ");
        if (label && !window.confirm(fill(bar.dataset.leaving, { label }))) return;
        form.dataset.cleared = "yes";
        try {
          await forget();
        } finally {
          form.requestSubmit();
        }
      },
      true
    );
  }

  /* The page without a connection */

  const element = (name, text, css) => Object.assign(document.createElement(name), { textContent: text, className: css || "" });
  const linked = (href, text, css) => Object.assign(element("a", text, css), { href });

  const showKept = (rows, queued) => {
    const list = element("ul", "", "class-cards nobullet-list");
    for (const row of rows) {
      const card = element("li", "", "class-card");
      const waiting = queued.find((one) => one.path === row.path);
      card.append(linked(row.path, row.label, "class-card-name"));
      card.append(element("span", waiting ? fill(shell.dataset.keptAt, { time: clock(new Date(waiting.at)) }) : shell.dataset.open, "chip"));
      list.append(card);
    }
    shell.replaceChildren(element("h1", shell.dataset.today), list);
  };

  const showQueued = (row, register) => {
    const receipt = element("div", "", "receipt");
    const marks = [...new URLSearchParams(row.body)].filter(([name]) => name.startsWith("m-"));
    const here = marks.filter(([, mark]) => "TKP".includes(mark)).length;
    const heading = element("h1", fill(shell.dataset.keptAt, { time: clock(new Date(row.at)) }));
    heading.tabIndex = -1;
    const again = element("button", shell.dataset.correct, "button button-secondary");
    again.type = "button";
    again.addEventListener("click", () => showRegister(register, row));
    const buttons = element("p", "", "button-row");
    if (register) buttons.append(again, " ");
    buttons.append(linked(bar.dataset.home, shell.dataset.classes, "button button-tertiary"));
    receipt.append(
      element("p", row.label, "receipt-class"),
      heading,
      element("p", fill(shell.dataset.counts, { here, absent: marks.length - here }), "receipt-count"),
      buttons
    );
    if (register) {
      const [, draft] = register.html.match(/data-draft="([^"]+)"/) || [];
      sessionStorage.removeItem(`fravaer-draft/${draft}`);
    }
    shell.replaceChildren(receipt);
    heading.focus();
  };

  const showRegister = (register, queued) => {
    const page = new DOMParser().parseFromString(register.html, "text/html");
    const form = document.importNode(page.querySelector("form[data-register]"), true);
    if (queued) {
      for (const [name, mark] of new URLSearchParams(queued.body)) {
        const radio = form.querySelector(`input[type=radio][name="${CSS.escape(name)}"][value="${CSS.escape(mark)}"]`);
        if (radio) radio.checked = true;
        const at = form.querySelector(`input[type=time][name="${CSS.escape(name)}"]`);
        if (at) at.value = mark;
      }
      /* Other marks are another save. */
      form.querySelector("[name=key]").value = crypto.randomUUID();
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      window.setTimeout(async () => {
        const row = await device.queue(register.path, new URLSearchParams(new FormData(form)).toString());
        if (row) showQueued(row, register);
        await drain();
      });
    });
    shell.replaceChildren(form);
    document.dispatchEvent(new CustomEvent("register:ready"));
  };

  const showShell = async () => {
    const who = await device.owner();
    const rows = (await device.all("registers"))
      .filter((row) => row.person === who && row.until > Date.now())
      .sort((a, b) => a.place - b.place);
    const queued = await mine();
    const register = rows.find((row) => row.path === location.pathname);
    const waiting = queued.find((row) => row.path === location.pathname);
    if (waiting) showQueued(waiting, register);
    else if (register) showRegister(register);
    else if (rows.length) showKept(rows, queued);
    shell.dataset.shown = "yes";
  };

  const atMidnight = () =>
    window.setTimeout(
      async () => {
        await device.purge();
        if (shell) location.reload();
        atMidnight();
      },
      device.midnight() - Date.now() + 1000
    );

  /* Somebody else has signed in here. Names that were kept for another go; what she has not sent waits for her alone. */
  const ofAnother = async () => {
    const who = await device.owner();
    if (!person || !who || who === person) return;
    for (const row of await device.all("registers")) await device.remove("registers", row.path);
    for (const row of await device.all("owner")) await device.remove("owner", row.id);
  };

  const begin = async () => {
    await device.purge();
    await ofAnother();
    const receipt = document.querySelector("[data-forget]");
    if (receipt) {
      const path = location.pathname.replace(/receipt\/$/, "");
      for (const row of await mine()) if (row.path === path) await device.remove("outbox", row.key);
      await device.remove("registers", path);
    }
    await showNet();
    if (shell) await showShell();
    await tell();
    await drain();
    await keep();
  };

  window.addEventListener("online", () => showNet().then(drain));
  window.addEventListener("offline", showNet);
  document.addEventListener("visibilitychange", async () => {
    if (document.visibilityState !== "visible") return;
    await device.purge();
    await drain();
  });
  window.setInterval(async () => {
    if (document.visibilityState !== "visible" || !(await mine()).length) return;
    await drain();
    await tell();
  }, OFTEN);
  atMidnight();
  begin();
})();
