// The register page works without this file. It adds the live count, the draft kept on the device, the letter keys
// and the search for a pupil.
(function () {
  "use strict";
  var STORE = "fravaer-draft/";
  // Who comes later or is out with the school is at school.
  var ABSENT = "ISFU";

  function forget(prefix) {
    Object.keys(sessionStorage).forEach(function (key) {
      if (key.indexOf(STORE + prefix) === 0) sessionStorage.removeItem(key);
    });
  }

  var receipt = document.querySelector("[data-forget]");
  if (receipt) forget(receipt.dataset.forget);

  function fill(text, values) {
    return text.replace(/\{(\w+)\}/g, function (all, name) {
      return name in values ? values[name] : all;
    });
  }

  function start(form) {
    var rows = Array.prototype.slice.call(form.querySelectorAll("[data-row]"));
    var submit = form.querySelector("[data-submit]");
    var live = form.querySelector("[data-live]");
    var letters = form.querySelector("[data-letters]");
    var draftKey = STORE + form.dataset.draft;
    var find = form.querySelector("[data-find]");
    // A saved register: each correction is saved at once, by correcting.js. Without a connection it is sent whole.
    var atOnce = form.querySelector("[data-correct]") && !document.querySelector("[data-shell]");
    var changed = false;
    var spoken;

    function chosen(row) {
      return row.querySelector("input[type=radio]:checked");
    }

    function counts() {
      var absent = rows.filter(function (row) {
        var radio = chosen(row);
        return radio && ABSENT.indexOf(radio.value) >= 0;
      }).length;
      return { absent: absent, here: rows.length - absent, all: rows.length };
    }

    function show() {
      submit.textContent = fill(form.dataset.save, counts());
    }

    function keep() {
      var marks = {};
      rows.forEach(function (row) {
        var radio = chosen(row);
        if (radio) marks[radio.name] = radio.value;
        row.querySelectorAll("input[type=time], input[type=text]").forEach(function (field) {
          if (field.value) marks[field.name] = field.value;
        });
      });
      sessionStorage.setItem(draftKey, JSON.stringify({ at: new Date().toISOString(), marks: marks }));
    }

    function restore() {
      var draft = null;
      try {
        draft = JSON.parse(sessionStorage.getItem(draftKey) || "null");
      } catch {
        sessionStorage.removeItem(draftKey);
      }
      if (!draft || form.querySelector(".pupil--error")) return;
      var differs = false;
      rows.forEach(function (row) {
        var radio = row.querySelector("input[type=radio]");
        var wanted = row.querySelector('input[type=radio][value="' + draft.marks[radio.name] + '"]');
        if (wanted && !wanted.checked) {
          wanted.checked = true;
          differs = true;
        }
        row.querySelectorAll("input[type=time], input[type=text]").forEach(function (field) {
          if (!draft.marks[field.name] || field.value === draft.marks[field.name]) return;
          field.value = draft.marks[field.name];
          if (field.type === "text") field.closest("details").open = true;
          differs = true;
        });
      });
      if (!differs) return;
      changed = true;
      var notice = form.querySelector("[data-notice]");
      var at = new Date(draft.at);
      var minutes = ("0" + at.getMinutes()).slice(-2);
      notice.textContent = fill(form.dataset.restored, { time: at.getHours() + "." + minutes });
      notice.hidden = false;
    }

    form.addEventListener("change", function (event) {
      if (event.target.type === "radio") show();
      if (atOnce) return;
      if (event.target.type === "time" || event.target.type === "text") {
        changed = true;
        keep();
        return;
      }
      if (event.target.type !== "radio") return;
      changed = true;
      keep();
      var row = event.target.closest("[data-row]");
      var name = row.querySelector("legend [translate]").textContent;
      var mark = row.querySelector('label[for="' + event.target.id + '"]').textContent;
      window.clearTimeout(spoken);
      spoken = window.setTimeout(function () {
        live.textContent = fill(form.dataset.said, Object.assign({ name: name, mark: mark }, counts()));
      }, 300);
    });

    // Find a pupil: what is typed leaves the pupils one of whose names begins so; Enter goes to the first of them.
    function plain(text) {
      return text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
    }

    function fits(row, wanted) {
      var name = row.querySelector("legend [translate]").textContent;
      return [name.toLowerCase(), plain(name)].some(function (one) {
        return (" " + one).indexOf(" " + wanted.toLowerCase()) >= 0;
      });
    }

    function filter() {
      var wanted = find.value.trim();
      rows.forEach(function (row) {
        row.hidden = wanted !== "" && !fits(row, wanted);
      });
      var left = rows.filter(function (row) {
        return !row.hidden;
      });
      if (wanted) live.textContent = fill(find.dataset.found, { count: left.length });
      return left;
    }

    function unfilter() {
      find.value = "";
      filter();
    }

    if (find) {
      find.closest("[data-find-box]").hidden = false;
      find.addEventListener("input", filter);
      find.addEventListener("keydown", function (event) {
        if (event.key !== "Enter" && event.key !== "ArrowDown" && event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        if (event.ctrlKey && event.key === "Enter") {
          form.requestSubmit();
          return;
        }
        var first = filter()[0];
        if (event.key === "Escape" || first) unfilter();
        if (event.key !== "Escape" && first) focusRow(rows.indexOf(first));
      });
      document.addEventListener("keydown", function (event) {
        var typing = event.target.matches("input:not([type=radio]):not([type=checkbox]), textarea, select");
        var slash = event.key === "/" && letters.checked && !typing && !event.ctrlKey && !event.metaKey;
        if (!slash && !(event.altKey && event.code === "KeyF")) return;
        event.preventDefault();
        find.focus();
        find.select();
      });
    }

    function focusRow(index) {
      var row = rows[Math.max(0, Math.min(rows.length - 1, index))];
      var radio = chosen(row) || row.querySelector("input[type=radio]");
      // A reason lies in a closed menu on a narrow page; its own control cannot take the focus there.
      (radio.offsetParent ? radio : row.querySelector("input[type=radio]")).focus();
      row.scrollIntoView({ block: "nearest" });
    }

    form.addEventListener("keydown", function (event) {
      if (event.ctrlKey && event.key === "Enter") {
        form.requestSubmit();
        return;
      }
      var row = event.target.closest("[data-row]");
      if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.type === "text" && event.key === "Enter") event.preventDefault();
      if (event.target.type === "time" || event.target.type === "text") return;
      var index = rows.indexOf(row);
      var steps = { ArrowUp: index - 1, ArrowDown: index + 1, Home: 0, End: rows.length - 1 };
      if (event.key in steps) {
        event.preventDefault();
        focusRow(steps[event.key]);
        return;
      }
      if (!letters.checked) return;
      var radio = row.querySelector('input[type=radio][value="' + event.key.toUpperCase() + '"]');
      if (!radio) return;
      event.preventDefault();
      radio.checked = true;
      radio.dispatchEvent(new Event("change", { bubbles: true }));
      (radio.offsetParent ? radio : row.querySelector("input[type=radio]")).focus();
    });

    // What is wrong may lie in a closed menu on a narrow page: the link to it opens the menu.
    form.addEventListener("click", function (event) {
      var link = event.target.closest(".error-summary a");
      var field = link && document.getElementById(link.hash.slice(1));
      if (!field || field.offsetParent) return;
      event.preventDefault();
      field.closest("[popover]").showPopover();
      field.focus();
    });

    form.addEventListener("submit", function () {
      form.querySelector("[data-client-at]").value = new Date().toISOString();
      changed = false;
    });

    // Coming back by the browser's back button: the page is as it was left, and can be sent again.
    window.addEventListener("pageshow", function () {
      submit.removeAttribute("aria-disabled");
      show();
    });

    window.addEventListener("beforeunload", function (event) {
      if (changed) event.preventDefault();
    });

    if (!atOnce) restore();
    show();
  }

  function begin() {
    var form = document.querySelector("form[data-register]");
    if (form) start(form);
  }

  begin();
  // Without a connection the form is put into the page afterwards.
  document.addEventListener("register:ready", begin);
})();
