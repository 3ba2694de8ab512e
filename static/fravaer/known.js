// The page of known absence works without this file: the name is then looked up when the form is sent.
// It makes the name a combobox that suggests pupils while one types, and says which school days an entry covers.
(function () {
  "use strict";
  var form = document.querySelector("form[data-entry]");
  if (!form) return;
  var who = form.querySelector("[name=who]");
  var pupil = form.querySelector("input[type=hidden][name=pupil]");
  var list = form.querySelector("[data-options]");
  var live = form.querySelector("[data-live]");
  var says = form.querySelector("[data-preview-text]");
  if (!who || !list || !pupil) return;
  var WAIT = 150;
  var options = [];
  var active = -1;
  var waiting;
  var previewing;
  var asked = 0;

  who.setAttribute("role", "combobox");
  who.setAttribute("aria-autocomplete", "list");
  who.setAttribute("aria-expanded", "false");
  who.setAttribute("aria-controls", list.id);

  function body(fields) {
    var data = new URLSearchParams();
    data.set("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
    Object.keys(fields).forEach(function (name) {
      data.set(name, fields[name]);
    });
    return data;
  }

  function post(address, fields, then) {
    fetch(address, { method: "POST", body: body(fields), credentials: "same-origin" })
      .then(function (answer) {
        return answer.ok ? answer.json() : null;
      })
      .then(function (found) {
        if (found) then(found);
      })
      // Without the net the name is looked up when the form is sent.
      .catch(close);
  }

  function close() {
    list.hidden = true;
    active = -1;
    who.setAttribute("aria-expanded", "false");
    who.removeAttribute("aria-activedescendant");
  }

  function activate(index) {
    active = index;
    Array.prototype.forEach.call(list.children, function (item, place) {
      item.setAttribute("aria-selected", place === index ? "true" : "false");
      if (place === index) {
        who.setAttribute("aria-activedescendant", item.id);
        item.scrollIntoView({ block: "nearest" });
      }
    });
  }

  function choose(index) {
    var one = options[index];
    who.value = one.name + " " + one.class;
    pupil.value = one.pupil;
    live.textContent = who.value;
    close();
    preview();
  }

  function show(found) {
    options = found.pupils;
    list.textContent = "";
    options.forEach(function (one, index) {
      var item = document.createElement("li");
      item.className = "entry-option";
      item.id = "who-option-" + index;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      var name = document.createElement("span");
      name.textContent = one.name + (one.protected ? " (" + form.dataset.protected + ")" : "");
      name.setAttribute("translate", "no");
      var school = document.createElement("span");
      school.className = "entry-option-class";
      school.textContent = one.class;
      item.append(name, school);
      item.addEventListener("mousedown", function (event) {
        event.preventDefault();
        choose(index);
      });
      list.append(item);
    });
    list.hidden = !options.length;
    who.setAttribute("aria-expanded", options.length ? "true" : "false");
    var said = options.length === 1 ? form.dataset.one : form.dataset.some;
    live.textContent = options.length ? said.replace("{n}", options.length) : form.dataset.none;
    if (options.length) activate(0);
    else close();
  }

  function search() {
    var words = who.value.trim();
    var mine = ++asked;
    if (words.length < 2) {
      close();
      return;
    }
    post(form.dataset.find, { who: words }, function (found) {
      // An answer to what was typed before the last letter comes too late.
      if (mine === asked && document.activeElement === who) show(found);
    });
  }

  function preview() {
    window.clearTimeout(previewing);
    previewing = window.setTimeout(function () {
      if (!pupil.value) {
        says.textContent = "";
        return;
      }
      var fields = {};
      new FormData(form).forEach(function (value, name) {
        fields[name] = value;
      });
      post(form.dataset.preview, fields, function (found) {
        says.textContent = found.says;
      });
    }, WAIT);
  }

  who.addEventListener("input", function () {
    pupil.value = "";
    says.textContent = "";
    window.clearTimeout(waiting);
    waiting = window.setTimeout(search, WAIT);
  });

  who.addEventListener("keydown", function (event) {
    var open = !list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) {
        search();
        return;
      }
      var step = event.key === "ArrowDown" ? 1 : -1;
      activate((active + step + options.length) % options.length);
    } else if (event.key === "Enter" && open && active >= 0) {
      event.preventDefault();
      choose(active);
    } else if (event.key === "Tab" && open && active >= 0) {
      choose(active);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      close();
    }
  });

  who.addEventListener("blur", close);
  form.addEventListener("change", function (event) {
    if (event.target !== who) preview();
  });
})();
