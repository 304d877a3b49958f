"use strict";
// The page holds everything, in both languages, and reads well without this. With it a reader chooses the language,
// sorts and filters tables, and sees the first rows of a long one. What was chosen stands in the address.
(() => {
  const root = document.documentElement;
  const remember = (change) => {
    const asked = new URLSearchParams(location.search);
    change(asked);
    history.replaceState(null, "", `${asked.size ? `?${asked}` : location.pathname}${location.hash}`);
  };
  // 1.234,5 % as 1,234.5%
  const swapped = (text) => text.replace(/[.,]/g, (sign) => (sign === "." ? "," : "."));
  const english = (text) => text.replace(/\d[\d.,]*( %)?/g, (number) => swapped(number).replace(" ", ""));
  const numerals = [...document.querySelectorAll("data, svg text, svg title")].map((part) => [part, part.textContent]);

  // The language, handed on to the pages that this one links to.
  const buttons = document.querySelectorAll("[data-show]");
  const show = (lang) => {
    root.lang = lang;
    document.title = document.querySelector("title").dataset[lang];
    for (const [part, said] of numerals) part.textContent = lang === "en" ? english(said) : said;
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.show === lang));
    for (const link of document.querySelectorAll('a[href*=".html"], a[href^="?"], a[data-own]')) {
      if (link.getAttribute("href").startsWith("?")) link.dataset.own = ""; // its address is whole from now on
      const asked = new URLSearchParams(link.search);
      if (lang === "id") asked.delete("lang");
      else asked.set("lang", lang);
      link.search = asked;
    }
  };
  for (const button of buttons)
    button.addEventListener("click", () => {
      show(button.dataset.show);
      remember((asked) => (root.lang === "id" ? asked.delete("lang") : asked.set("lang", root.lang)));
    });
  document.querySelector(".switch").hidden = false;
  const asked = new URLSearchParams(location.search);
  show(asked.get("lang") === "en" ? "en" : "id");

  const words = (cell) => {
    const copy = cell.cloneNode(true);
    for (const hidden of copy.querySelectorAll(`.t:not([lang="${root.lang}"])`)) hidden.remove();
    return copy.textContent.trim();
  };
  // 1.234,5 is a number; a dash is nothing and stands last, whichever way the table is sorted.
  const key = (cell) => {
    const said = cell.dataset.s ?? words(cell);
    if (cell.dataset.s === undefined && !cell.classList.contains("num")) return said || null;
    if (cell.dataset.s !== undefined) return /^\d{1,3}$/.test(said) ? Number(said) : said || null;
    return amount(cell);
  };
  const amount = (cell) => {
    const said = words(cell);
    const digits = (root.lang === "en" ? swapped(said) : said)
      .replace(/[^\d,\u2212]/g, "")
      .replace("\u2212", "-")
      .replace(",", ".");
    return /\d/.test(digits) ? Number(digits) : null;
  };
  window.perisai = { root, words, amount };
  const compare = (one, other) =>
    typeof one === "number" && typeof other === "number" ? one - other : String(one).localeCompare(String(other), "id", { numeric: true });

  for (const data of document.querySelectorAll(".data")) {
    const table = data.querySelector("table");
    const body = table.tBodies[0];
    if (!body) continue;
    const id = data.querySelector("caption").id;
    // What was asked of this table: ?sort=agen-tabel.4d&find=agen-tabel.mataram
    const said = (name) => asked.getAll(name).find((one) => one.startsWith(`${id}.`))?.slice(id.length + 1);
    const keep = (name, value) =>
      remember((now) => {
        const others = now.getAll(name).filter((one) => !one.startsWith(`${id}.`));
        now.delete(name);
        for (const one of value ? [...others, `${id}.${value}`] : others) now.append(name, one);
      });
    const limit = Number(data.dataset.limit) || Infinity;
    const input = data.querySelector(".tools input");
    const all = data.querySelector("button.all");
    let open = false;
    // A link to just the rows that something counts, here or in a province: ?only=near#agen-tabel, ?only=near+52#agen-tabel
    let only = location.hash.slice(1) === id ? asked.get("only")?.split(" ") : null;

    const arrange = () => {
      const wanted = input ? input.value.trim().toLowerCase() : "";
      let found = 0;
      for (const row of body.rows) {
        const is = (row.dataset.is ?? "").split(" ");
        const counted = !only || only.every((word) => is.includes(word));
        row.hidden = !counted || !row.textContent.toLowerCase().includes(wanted);
        if (!row.hidden) found += 1;
        row.classList.toggle("over", !open && !only && found > limit);
      }
      if (input) data.querySelector("output").textContent = wanted ? `${found} / ${body.rows.length}` : "";
      if (all) {
        all.hidden = open || (!only && found <= limit);
        all.querySelector("span:last-child").textContent = `(${only ? body.rows.length : found})`;
      }
    };
    if (input) {
      data.querySelector(".tools").hidden = false;
      input.value = said("find") ?? "";
      input.addEventListener("input", () => {
        arrange();
        keep("find", input.value.trim());
      });
    }
    if (all)
      all.addEventListener("click", () => {
        open = true;
        only = null;
        arrange();
        data.querySelector(".scroll").focus();
      });
    data.addEventListener("reveal", () => {
      open = true;
      arrange();
    });
    arrange();

    if (!table.classList.contains("sort") || body.rows.length < 2 || body.querySelector("[colspan]")) continue;
    for (const head of table.tHead.rows[0].cells) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...[...head.childNodes].filter((part) => !part.classList?.contains("def")));
      head.prepend(button);
      const sort = (order) => {
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", order);
        const sign = order === "ascending" ? 1 : -1;
        const rows = [...body.rows].map((row) => [key(row.cells[head.cellIndex]), row]);
        rows.sort(([one], [other]) => (one === null) - (other === null) || (one === null ? 0 : sign * compare(one, other)));
        body.append(...rows.map(([, row]) => row));
        arrange();
      };
      button.addEventListener("click", () => {
        const first = head.classList.contains("num") ? "descending" : "ascending";
        const then = first === "ascending" ? "descending" : "ascending";
        const order = head.getAttribute("aria-sort") === first ? then : first;
        sort(order);
        keep("sort", `${head.cellIndex}${order[0]}`);
      });
      const wanted = said("sort");
      if (wanted && parseInt(wanted, 10) === head.cellIndex) sort(wanted.endsWith("d") ? "descending" : "ascending");
    }
  }

  // A link to each part of the page, to be copied or sent on.
  for (const heading of document.querySelectorAll("section[id] > h2")) {
    const link = document.createElement("a");
    link.className = "anchor";
    link.href = `#${heading.parentElement.id}`;
    link.textContent = "#";
    link.setAttribute("aria-label", `Tautan ke bagian ini / Link to this part: ${words(heading)}`);
    heading.after(link);
  }

  // Old: the next version was due by the end of a day that is over.
  const fresh = document.querySelector("[data-due]");
  const late = fresh && Math.floor((Date.now() - Date.parse(`${fresh.dataset.due}T23:59:59+07:00`)) / 86400000) + 1;
  if (late > 0) {
    for (const days of fresh.querySelectorAll(".days")) days.textContent = late;
    fresh.hidden = false;
  }

  // What is folded away is there on paper, and when a link leads to it.
  const folded = document.querySelectorAll("details");
  const reveal = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (!target) return;
    if (target.closest("details")) target.closest("details").open = true;
    if (target.classList.contains("over")) target.closest(".data").dispatchEvent(new Event("reveal"));
    if (target.matches("tr")) target.scrollIntoView({ block: "center" });
  };
  addEventListener("hashchange", reveal);
  reveal();
  let before = [];
  addEventListener("beforeprint", () => {
    before = [...folded].map((details) => details.open);
    for (const details of folded) details.open = true;
  });
  addEventListener("afterprint", () => folded.forEach((details, place) => (details.open = before[place])));
})();
