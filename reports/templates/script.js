"use strict";
// The page holds everything, in both languages, and reads well without this. With it a reader chooses the language,
// sorts and filters tables, and sees the first rows of a long one.
(() => {
  const root = document.documentElement;

  // The language, handed on to the pages that this one links to.
  const buttons = document.querySelectorAll("[data-show]");
  const show = (lang) => {
    root.lang = lang;
    document.title = document.querySelector("title").dataset[lang];
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.show === lang));
    for (const link of document.querySelectorAll('a[href*=".html"], a[href^="?"], a[data-own]')) {
      if (link.getAttribute("href").startsWith("?")) link.dataset.own = ""; // its address is whole from now on
      const asked = new URLSearchParams(link.search);
      if (lang === "id") asked.delete("lang");
      else asked.set("lang", lang);
      link.search = asked;
    }
  };
  for (const button of buttons) button.addEventListener("click", () => show(button.dataset.show));
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
    const digits = said.replace(/[^\d,\u2212]/g, "").replace("\u2212", "-").replace(",", ".");
    return /\d/.test(digits) ? Number(digits) : null;
  };
  const compare = (one, other) =>
    typeof one === "number" && typeof other === "number" ? one - other : String(one).localeCompare(String(other), "id", { numeric: true });

  for (const data of document.querySelectorAll(".data")) {
    const table = data.querySelector("table");
    const body = table.tBodies[0];
    if (!body) continue;
    const limit = Number(data.dataset.limit) || Infinity;
    const input = data.querySelector(".tools input");
    const all = data.querySelector("button.all");
    let open = false;
    // A link to just the rows that something counts: ?only=near#agen-tabel
    let only = location.hash.slice(1) === data.querySelector("caption").id ? asked.get("only") : null;

    const arrange = () => {
      const wanted = input ? input.value.trim().toLowerCase() : "";
      let found = 0;
      for (const row of body.rows) {
        const counted = !only || (row.dataset.is ?? "").split(" ").includes(only);
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
      input.addEventListener("input", arrange);
    }
    if (all)
      all.addEventListener("click", () => {
        open = true;
        only = null;
        arrange();
        data.querySelector(".scroll").focus();
      });
    arrange();

    if (!table.classList.contains("sort") || body.rows.length < 2 || body.querySelector("[colspan]")) continue;
    for (const head of table.tHead.rows[0].cells) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const first = head.classList.contains("num") ? "descending" : "ascending";
        const then = first === "ascending" ? "descending" : "ascending";
        const order = head.getAttribute("aria-sort") === first ? then : first;
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", order);
        const sign = order === "ascending" ? 1 : -1;
        const rows = [...body.rows].map((row) => [key(row.cells[head.cellIndex]), row]);
        rows.sort(([one], [other]) => (one === null) - (other === null) || (one === null ? 0 : sign * compare(one, other)));
        body.append(...rows.map(([, row]) => row));
        arrange();
      });
    }
  }

  // What is folded away is there on paper, and when a link leads to it.
  const folded = document.querySelectorAll("details");
  const reveal = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (target && target.closest("details")) target.closest("details").open = true;
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
