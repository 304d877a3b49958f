"use strict";
// What all pages of the report share: search, tooltips, and tables and charts to be taken along. It is one file beside
// the pages; a page that was sent alone reads well without it.
(() => {
  const { root, words, amount } = window.perisai;
  const say = (indonesian, english) => (root.lang === "en" ? english : indonesian);
  const make = (tag, text, made = {}) => Object.assign(document.createElement(tag), { textContent: text }, made);
  const both = (indonesian, english) => {
    const made = document.createDocumentFragment();
    for (const [lang, text] of Object.entries({ id: indonesian, en: english }))
      made.append(make("span", text, { className: "t", lang }));
    return made;
  };

  // ---- Search: what can be found is read when somebody begins to look for it.
  const search = document.querySelector(".search");
  const [input, status, list] = ["input", "[role=status]", "ul"].map((part) => search.querySelector(part));
  const language = () => (root.lang === "en" ? "?lang=en" : "");
  let entries = null;
  const look = () => {
    const wanted = input.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const fits = ([, name, code]) => wanted.every((word) => `${name} ${code}`.toLowerCase().includes(word));
    const found = wanted.length && entries ? entries.filter(fits) : [];
    list.replaceChildren(
      ...found.slice(0, 12).map(([page, name, code]) => {
        const [file, part] = page.split("#");
        const link = make("a", name || code, { href: `${file}${language()}${part ? `#${part}` : ""}` });
        const item = make("li", "");
        item.append(link, name && code ? make("span", ` ${code}`, { className: "code" }) : "");
        return item;
      }),
    );
    status.textContent = wanted.length ? `${found.length} ${say("ditemukan", "found")}` : "";
  };
  let hurried = false; // Enter came before all was read
  const first = () => list.querySelector("a")?.click();
  window.perisai.found = (all) => {
    entries = all;
    look();
    if (hurried) first();
  };
  input.addEventListener("focus", () => entries ?? document.head.append(make("script", "", { src: "search.js" })), { once: true });
  input.addEventListener("input", look);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") entries ? first() : (hurried = true);
    if (event.key === "Escape") input.value = "";
    if (event.key === "Escape") look();
  });
  search.hidden = false;

  // ---- Tooltips: what a column means, and the figures of a chart's month; on hover, focus and touch.
  const tip = make("div", "", { id: "tip", hidden: true });
  tip.setAttribute("role", "tooltip");
  document.body.append(tip);
  let where = null;
  const place = () => {
    if (tip.hidden) return;
    const at = where();
    const left = Math.max(8, Math.min(at.left, root.clientWidth - tip.offsetWidth - 8));
    const below = at.bottom + 6 + tip.offsetHeight < innerHeight;
    tip.style.left = `${left}px`;
    tip.style.top = `${below ? at.bottom + 6 : Math.max(4, at.top - tip.offsetHeight - 6)}px`;
  };
  const shown = (at, text) => {
    [where, tip.textContent, tip.hidden] = [at, text, false];
    place();
  };
  const hide = () => (tip.hidden = true);
  addEventListener("keydown", (event) => event.key === "Escape" && hide());
  addEventListener("scroll", place, { capture: true, passive: true });
  for (const head of document.querySelectorAll("th[data-def]")) {
    const meaning = document.getElementById(head.dataset.def);
    const button = head.querySelector("button");
    const tell = () => shown(() => (button ?? head).getBoundingClientRect(), words(meaning));
    head.addEventListener("pointerenter", tell);
    head.addEventListener("pointerleave", hide);
    if (!button) continue;
    button.setAttribute("aria-describedby", meaning.id);
    button.addEventListener("focus", tell);
    button.addEventListener("blur", hide);
    button.addEventListener("click", tell);
  }

  // ---- Charts: data-chart has months, series and target; the drawing's months stand beside each other.
  const charts = [...document.querySelectorAll("svg[data-chart]")].map((svg) => {
    const said = JSON.parse(svg.dataset.chart);
    const part = svg.parentElement;
    const figure = part.closest("figure");
    const legend = [...figure.querySelectorAll(".legend li:not(:has(.paler))")];
    const title = figure.querySelector("figcaption span");
    const names = () => (legend.length ? legend.map(words) : [words(title)]);
    const columns = () => [...said.values, ...(said.target ? [said.target] : [])];
    return { part, said, figure, title, names, columns };
  });
  const figureOf = (value) =>
    value === null || value === undefined ? "–" : value.toLocaleString(say("id", "en"), { maximumFractionDigits: 1 });
  const running = (said, n) => said.months[n] + (said.running && n === said.months.length - 1 ? ` (${say("berjalan", "running")})` : "");
  for (const { part, said, names, columns } of charts) {
    const svg = part.querySelector("svg");
    let month = said.months.length - 1;
    const tell = () => {
      const at = () => {
        const box = svg.getBoundingClientRect();
        const step = (360 - said.left - 24) / said.months.length;
        const left = box.left + ((said.left + step * month) * box.width) / 360;
        return { left, top: box.top + 10, bottom: box.top + 10 };
      };
      const lines = columns().map((series, n) => `${names()[n] ?? ""}: ${figureOf(series[month])}`);
      shown(at, [running(said, month), ...lines].join("\n"));
      part.setAttribute("aria-description", tip.textContent.replaceAll("\n", ", "));
    };
    const under = (event) => {
      const box = svg.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * 360;
      const step = (360 - said.left - 24) / said.months.length;
      month = Math.max(0, Math.min(said.months.length - 1, Math.floor((x - said.left) / step)));
      tell();
    };
    part.tabIndex = 0;
    part.addEventListener("pointermove", under);
    part.addEventListener("pointerdown", under);
    part.addEventListener("pointerleave", hide);
    part.addEventListener("focus", tell);
    part.addEventListener("blur", hide);
    part.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by) return;
      event.preventDefault();
      month = Math.max(0, Math.min(said.months.length - 1, month + by));
      tell();
    });
  }

  // ---- To be taken along: rows of cells (texts, numbers or null), and notes.
  const notes = (title, definitions) => {
    const stand = document.querySelector(".stand");
    return [
      [say("Isi", "Contents"), title],
      [say("Halaman", "Page"), document.title],
      [say("Keadaan per", "As of"), stand.dataset.asOf],
      [say("Versi", "Version"), stand.dataset.version],
      ...definitions,
    ];
  };
  const ofTable = (data) => {
    const table = data.querySelector("table");
    const heads = [...table.tHead.rows[0].cells];
    const lines = [...table.tBodies[0].rows, ...(table.tFoot?.rows ?? [])].filter((row) => !row.hidden);
    const kinds = heads.map((head, n) => {
      if (!head.classList.contains("num")) return null;
      const said = lines.map((row) => row.cells[n]?.textContent ?? "");
      const unit = said.some((text) => text.includes("%")) ? "%" : said.some((text) => text.includes("Rp")) ? "Rp" : "";
      return { unit, dated: said.some((text) => /[a-z]{3} \d{4}/i.test(text)) };
    });
    const cell = (one, n) => (one.dataset.s && /^\d{4}-\d\d-\d\d$/.test(one.dataset.s) ? one.dataset.s : kinds[n] && !kinds[n].dated ? amount(one) : words(one).replace(/\s+/g, " "));
    const name = (head, n) => words(head).replace(/\s+/g, " ") + (kinds[n]?.unit ? ` (${kinds[n].unit})` : "");
    const meanings = heads.filter((head) => head.dataset.def);
    const title = words(table.caption).replace(/\s+/g, " ");
    return {
      title,
      rows: [heads.map(name), ...lines.map((row) => [...row.cells].map(cell))],
      notes: notes(title, meanings.map((head) => [words(head).replace(/\s+/g, " "), words(document.getElementById(head.dataset.def))])),
    };
  };
  const ofChart = ({ said, title, names, columns }) => ({
    title: words(title),
    rows: [
      [say("Bulan", "Month"), ...names()],
      ...said.months.map((month, n) => [month.split("/").reverse().join("-"), ...columns().map((series) => series[n])]),
    ],
    notes: notes(words(title), said.running ? [[said.months.at(-1).split("/").reverse().join("-"), say("bulan berjalan", "running month")]] : []),
  });
  const csv = ({ rows, notes }) => {
    // A text that a spreadsheet would run stays a text.
    const quoted = (value) => {
      const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value ?? "");
      return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    };
    const lines = [...rows, [], ...notes].map((row) => row.map(quoted).join(","));
    return [`\ufeff${lines.join("\r\n")}\r\n`];
  };

  // A workbook is a ZIP of a few XML files, here without compression.
  const table = Uint32Array.from({ length: 256 }, (_, n) => {
    for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
    return n;
  });
  const crc = (bytes) => ~bytes.reduce((sum, byte) => table[(sum ^ byte) & 255] ^ (sum >>> 8), -1) >>> 0;
  const zip = (files) => {
    const parts = [];
    const list = [];
    let offset = 0;
    const head = (kind, fields) => {
      const view = new DataView(new ArrayBuffer(fields.reduce((sum, [size]) => sum + size, 4)));
      view.setUint32(0, kind, true);
      let at = 4;
      for (const [size, value] of fields) {
        if (size === 2) view.setUint16(at, value, true);
        else view.setUint32(at, value, true);
        at += size;
      }
      return new Uint8Array(view.buffer);
    };
    const encoder = new TextEncoder();
    for (const [path, text] of files) {
      const [name, bytes] = [encoder.encode(path), encoder.encode(text)];
      const same = [[2, 20], [2, 0x800], [2, 0], [2, 0], [2, 0x21], [4, crc(bytes)], [4, bytes.length], [4, bytes.length], [2, name.length], [2, 0]];
      const local = head(0x04034b50, same);
      parts.push(local, name, bytes);
      list.push(head(0x02014b50, [[2, 20], ...same, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]]), name);
      offset += local.length + name.length + bytes.length;
    }
    const size = list.reduce((sum, part) => sum + part.length, 0);
    return [...parts, ...list, head(0x06054b50, [[2, 0], [2, 0], [2, files.length], [2, files.length], [4, size], [4, offset], [2, 0]])];
  };
  const escaped = (text) =>
    String(text).replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "").replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const sheet = (rows, widths) => {
    const cell = (value, head) =>
      value === null || value === undefined || value === ""
        ? "<c/>"
        : typeof value === "number"
          ? `<c><v>${value}</v></c>`
          : `<c t="inlineStr"${head ? ' s="1"' : ""}><is><t xml:space="preserve">${escaped(value)}</t></is></c>`;
    const cols = widths.map((width, n) => `<col min="${n + 1}" max="${n + 1}" width="${width}" customWidth="1"/>`).join("");
    const lines = rows.map((row, n) => `<row>${row.map((value) => cell(value, n === 0)).join("")}</row>`).join("");
    return `${XML}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" state="frozen"/></sheetView></sheetViews><cols>${cols}</cols><sheetData>${lines}</sheetData></worksheet>`;
  };
  const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
  const BASE = ["http", "://schemas.openxmlformats.org/"].join(""); // names of the format; nothing is fetched
  const MAIN = `${BASE}spreadsheetml/2006/main`;
  const DOCUMENT = `${BASE}officeDocument/2006/relationships`;
  const xlsx = ({ rows, notes }) => {
    const type = "application/vnd.openxmlformats-officedocument.spreadsheetml";
    const sheets = [say("Tabel", "Table"), say("Keterangan", "Notes")];
    const numbers = sheets.map((_, n) => n + 1);
    const widths = rows[0].map((_, n) => Math.min(50, 2 + Math.max(...rows.map((row) => String(row[n] ?? "").length))));
    return zip([
      ["[Content_Types].xml", `${XML}<Types xmlns="${BASE}package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="${type}.worksheet+xml"/><Override PartName="/xl/workbook.xml" ContentType="${type}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${type}.styles+xml"/></Types>`],
      ["_rels/.rels", `${XML}<Relationships xmlns="${BASE}package/2006/relationships"><Relationship Id="rId1" Type="${DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>`],
      ["xl/workbook.xml", `${XML}<workbook xmlns="${MAIN}" xmlns:r="${DOCUMENT}"><sheets>${sheets.map((name, n) => `<sheet name="${name}" sheetId="${n + 1}" r:id="rId${n + 1}"/>`).join("")}</sheets></workbook>`],
      ["xl/_rels/workbook.xml.rels", `${XML}<Relationships xmlns="${BASE}package/2006/relationships">${numbers.map((n) => `<Relationship Id="rId${n}" Type="${DOCUMENT}/worksheet" Target="worksheets/sheet${n}.xml"/>`).join("")}<Relationship Id="rId3" Type="${DOCUMENT}/styles" Target="styles.xml"/></Relationships>`],
      ["xl/styles.xml", `${XML}<styleSheet xmlns="${MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="1"><fill><patternFill patternType="none"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf/><xf fontId="1" applyFont="1"/></cellXfs></styleSheet>`],
      ["xl/worksheets/sheet1.xml", sheet(rows, widths)],
      ["xl/worksheets/sheet2.xml", sheet(notes, [30, 100])],
    ]);
  };
  const offered = (place, id, content) => {
    const tools = make("p", "", { className: "take" });
    for (const [kind, write, mime] of [["CSV", csv, "text/csv;charset=utf-8"], ["XLSX", xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"]]) {
      const button = make("button", kind, { type: "button" });
      const what = make("span", "", { className: "unseen" });
      what.append(": ", ...both("ambil tabel ini", "take this table along").childNodes, ` (${id})`);
      button.append(what);
      button.addEventListener("click", () => {
        const link = make("a", "", { href: URL.createObjectURL(new Blob(write(content()), { type: mime })) });
        const page = location.pathname.split("/").pop().replace(/\.html$/, "");
        link.download = `${page}-${id}-${document.querySelector(".stand").dataset.asOf}.${kind.toLowerCase()}`;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 10000);
      });
      tools.append(button, " ");
    }
    place.append(tools);
  };
  Object.assign(window.perisai, { say, make, notes, offered }); // the explorer makes its table later
  for (const data of document.querySelectorAll(".data")) {
    const caption = data.querySelector("caption");
    if (data.querySelector("tbody tr td, tbody tr th") && !data.querySelector("tbody [colspan]")) offered(data, caption.id, () => ofTable(data));
  }
  for (const chart of charts) offered(chart.figure, chart.part.getAttribute("aria-labelledby"), () => ofChart(chart));
})();
