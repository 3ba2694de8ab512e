/* Counts an SMS while it is written, as the server does (fravaer/sms/wording.py): the alphabet, what is exchanged and what
   the fields are filled with come from the page. Without it, the page shows the same count when asked how the text looks. */
(() => {
  "use strict";

  const box = document.querySelector("[data-samples]");
  const count = document.querySelector("[data-count]");
  if (!box || !count) {
    return;
  }
  const alphabet = new Set(box.dataset.gsm7);
  const wide = new Set(box.dataset.extension);
  const exchanged = JSON.parse(box.dataset.plain);
  const samples = JSON.parse(box.dataset.samples);

  const plain = (text) =>
    [...text.normalize("NFC")]
      .map((sign) => exchanged[sign] ?? sign)
      .join("")
      .replace(/\p{Cf}/gu, "")
      .replace(/[\s\p{Cc}]+/gu, " ")
      .trim();

  const measured = (text) => {
    const signs = [...text];
    const gsm7 = signs.every((sign) => alphabet.has(sign) || wide.has(sign));
    const [alone, joined] = gsm7 ? [160, 153] : [70, 67];
    const widths = signs.map((sign) => (gsm7 ? (wide.has(sign) ? 2 : 1) : sign.length));
    let segments = 1;
    if (widths.reduce((sum, width) => sum + width, 0) > alone) {
      let used = 0;
      for (const width of widths) {
        if (used + width > joined) {
          segments += 1;
          used = 0;
        }
        used += width;
      }
    }
    return { signs: signs.length, segments, special: !gsm7, most: gsm7 ? 1 : 2 };
  };

  const filled = (text, sample) =>
    text.replace(/\{([^{}]+)\}/g, (whole, field) => (Object.hasOwn(sample, field) ? sample[field] : whole));

  const show = () => {
    const found = samples.map((sample) => measured(plain(filled(box.value, sample))));
    const worst = found.reduce((one, other) =>
      other.segments > one.segments || (other.segments === one.segments && other.signs > one.signs) ? other : one,
    );
    count.querySelector("[data-signs]").textContent = worst.signs;
    count.querySelector("[data-segments]").textContent = worst.segments;
    count.querySelector("[data-special]").hidden = !worst.special;
    count.classList.toggle("sms-count--long", found.some((one) => one.segments > one.most));
    count.hidden = false;
  };

  box.addEventListener("input", show);
  show();
})();
