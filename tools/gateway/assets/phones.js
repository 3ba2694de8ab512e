// Keeps the phones fresh: asks for the same page every other second and swaps the parts that changed.
"use strict";

const EVERY_MS = 2000;
const button = document.querySelector("#pause");
const news = document.querySelector("#news");
let isPaused = false;

function sids(root) {
  return new Set([...root.querySelectorAll("[data-sid]")].map((item) => item.dataset.sid));
}

function swap(part, replacement) {
  if (part.innerHTML === replacement.innerHTML || part.contains(document.activeElement)) {
    return;
  }
  const known = sids(part);
  part.replaceChildren(...replacement.childNodes);
  const fresh = [...part.querySelectorAll("[data-sid]")].filter((item) => !known.has(item.dataset.sid));
  fresh.forEach((item) => item.classList.add("fresh"));
  if (fresh.length > 0) {
    news.textContent = fresh.length === 1 ? "1 ny sms" : `${fresh.length} nye sms'er`;
  }
}

async function refresh() {
  if (!isPaused && !document.hidden) {
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of document.querySelectorAll("[data-part]")) {
        const replacement = page.querySelector(`[data-part="${part.dataset.part}"]`);
        if (replacement) {
          swap(part, replacement);
        }
      }
    } catch {
      // The gateway is being restarted: the next round asks again.
    }
  }
  setTimeout(refresh, EVERY_MS);
}

button.hidden = false;
button.addEventListener("click", () => {
  isPaused = !isPaused;
  button.textContent = isPaused ? "Genoptag opdatering" : "Sæt opdatering på pause";
});
setTimeout(refresh, EVERY_MS);
