// The explorer: a question put together by hand becomes one query, which DuckDB runs in this page on the published file.
import * as duckdb from "./explorer/duckdb.js";

const { root, say, make, offered, notes } = window.perisai;
const form = document.getElementById("tanya");
const state = document.getElementById("keadaan");
const [table, by, then, how, of] = ["table", "by", "then", "how", "of"].map((part) => form.querySelector(`select[name=${part}]`));
const MOST = 1000; // rows that a table in a page can hold; what is taken along has all
const BARS = 40;
const HOWS = {
  count: ["banyak baris", "number of rows"], sum: ["jumlah", "sum"], avg: ["rata-rata", "average"],
  min: ["terkecil", "least"], max: ["terbesar", "greatest"],
};
const TESTS = { "=": "=", "<>": "≠", ">=": "≥", "<=": "≤", has: ["memuat", "contains"] };

const name = (text) => `"${text.replaceAll('"', '""')}"`;
const literal = (text) => `'${text.replaceAll("'", "''")}'`;
const option = (value, text = value) => make("option", text, { value });
const isNumber = (kind) => /INT|DOUBLE|DECIMAL|FLOAT/.test(kind);

// Dates and decimals come as numbers and texts, as a person reads them.
const plain = (column, kind) => (isNumber(kind) ? `cast(${column} as double)` : `cast(${column} as varchar)`);

const begin = async () => {
  const packed = await fetch("explorer/duckdb.wasm.gz");
  const wasm = await new Response(packed.body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
  const made = URL.createObjectURL(new Blob([wasm], { type: "application/wasm" }));
  const database = new duckdb.AsyncDuckDB(new duckdb.VoidLogger(), new Worker("explorer/worker.js"));
  await database.instantiate(made);
  URL.revokeObjectURL(made);
  const file = new URL("../warehouse.duckdb", location.href).href;
  await database.registerFileURL("warehouse.duckdb", file, duckdb.DuckDBDataProtocol.HTTP, false);
  const connection = await database.connect();
  await connection.query("set autoinstall_known_extensions = false; set autoload_known_extensions = false");
  await connection.query("attach 'warehouse.duckdb' as published (read_only); use published");
  return async (sql) => (await connection.query(sql)).toArray().map((row) => row.toJSON());
};

let run;
let columns = []; // of the table that is chosen: name and kind

const chosen = () =>
  [...document.querySelectorAll("#saringan li")].map((item) => [...item.querySelectorAll("select, input")].map((part) => part.value));

const filtered = () => {
  const tests = chosen().filter(([, , value]) => value !== "").map(([column, test, value]) => {
    const { kind } = columns.find((one) => one.name === column);
    if (test === "has") return `contains(lower(cast(${name(column)} as varchar)), lower(${literal(value)}))`;
    return `${name(column)} ${test} try_cast(${literal(value)} as ${kind})`;
  });
  return tests.length ? ` where ${tests.join(" and ")}` : "";
};

const question = () => {
  const from = `from marts.${name(table.value)}${filtered()}`;
  const groups = [by.value, then.value].filter(Boolean);
  const kinds = Object.fromEntries(columns.map((one) => [one.name, one.kind]));
  if (!groups.length) {
    const all = columns.map((one) => `${plain(name(one.name), one.kind)} as ${name(one.name)}`);
    return { sql: `select ${all.join(", ")} ${from}`, heads: columns.map((one) => [one.name, isNumber(one.kind)]), groups };
  }
  const figure = how.value === "count" ? "count(*)" : `${how.value}(${name(of.value)})`;
  const title = how.value === "count" ? say(...HOWS.count) : `${of.value}, ${say(...HOWS[how.value])}`;
  const parts = groups.map((group) => `${plain(name(group), kinds[group])} as ${name(group)}`);
  const dated = kinds[groups[0]] === "DATE";
  const order = dated ? "1, 2" : `${groups.length + 1} desc nulls last, 1`;
  return {
    sql: `select ${parts.join(", ")}, cast(${figure} as double) as figure ${from} group by all order by ${order}`,
    heads: [...groups.map((group) => [group, isNumber(kinds[group])]), [title, true]],
    groups,
    dated,
  };
};

const figureOf = (value) => value.toLocaleString(root.lang === "en" ? "en" : "id", { maximumFractionDigits: 2 });
const shownAs = (value) => (value === null ? "–" : typeof value === "number" ? figureOf(value) : value);

// Bars from the largest on, or a column for each date.
const draw = (rows, title) => {
  const place = document.getElementById("gambar");
  place.replaceChildren();
  const drawn = rows.slice(0, BARS).filter((row) => typeof row.at(-1) === "number");
  const most = Math.max(...drawn.map((row) => Math.abs(row.at(-1))), 0);
  if (!most) return;
  const list = make("ol", "", { className: "bars" });
  for (const row of drawn) {
    const bar = document.createElementNS("http" + "://www.w3.org/2000/svg", "svg");
    const box = document.createElementNS(bar.namespaceURI, "rect");
    for (const [key, value] of Object.entries({ class: "bar", viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" }))
      bar.setAttribute(key, value);
    for (const [key, value] of Object.entries({ y: 1, width: (Math.abs(row.at(-1)) * 100) / most, height: 6 })) box.setAttribute(key, value);
    bar.append(box);
    const item = make("li", "");
    item.append(make("span", row.slice(0, -1).map(shownAs).join(" · ")), bar, make("strong", figureOf(row.at(-1))));
    list.append(item);
  }
  place.append(make("figcaption", title), list);
};

const answer = async () => {
  keep();
  const { sql, heads, groups } = question();
  const result = document.getElementById("hasil");
  const rows = (await run(sql)).map(Object.values);
  const title = `${table.value}${groups.length ? `: ${heads.map(([head]) => head).join(" · ")}` : ""}`;
  const caption = document.getElementById("jawaban");
  caption.textContent = title;
  const cell = (tag, text, isNum) => make(tag, text, { className: isNum ? "num" : "" });
  const top = make("tr", "");
  top.append(...heads.map(([head, isNum]) => Object.assign(cell("th", head, isNum), { scope: "col" })));
  result.querySelector("thead").replaceChildren(top);
  result.querySelector("tbody").replaceChildren(
    ...rows.slice(0, MOST).map((row) => {
      const line = make("tr", "");
      line.append(...row.map((value, n) => cell("td", shownAs(value), heads[n][1])));
      return line;
    }),
  );
  const more = rows.length > MOST ? `; ${say("ditunjukkan", "shown")}: ${figureOf(MOST)}` : "";
  document.getElementById("banyak").textContent = `${figureOf(rows.length)} ${say("baris", "rows")}${more}`;
  draw(groups.length ? rows : [], title);
  result.hidden = false;
  result.querySelector(".take")?.remove();
  const meanings = columns.filter((one) => heads.some(([head]) => head.startsWith(one.name))).map((one) => [one.name, one.meaning]);
  const asked = chosen().filter(([, , value]) => value !== "").map((one) => one.join(" "));
  const content = () => ({ rows: [heads.map(([head]) => head), ...rows], notes: notes(title, [[say("Saringan", "Filter"), asked.join("; ")], ...meanings]) });
  offered(result.querySelector(".data"), "jawaban", content);
};

// What was asked stands in the address, to be sent on.
const keep = () => {
  const asked = new URLSearchParams(location.search);
  for (const key of ["table", "by", "then", "how", "of", "where"]) asked.delete(key);
  for (const part of [table, by, then, how, of]) if (part.value) asked.set(part.name, part.value);
  for (const test of chosen()) if (test[2] !== "") asked.append("where", JSON.stringify(test));
  history.replaceState(null, "", `?${asked}${location.hash}`);
};

const addFilter = async (column = columns[0].name, test = "=", value = "") => {
  const item = make("li", "");
  const known = make("datalist", "", { id: `isi-${Date.now()}-${document.querySelectorAll("#saringan li").length}` });
  const which = make("select", "", { ariaLabel: say("Kolom", "Column") });
  which.append(...columns.map((one) => option(one.name)));
  const tests = make("select", "", { ariaLabel: say("Perbandingan", "Comparison") });
  tests.append(...Object.entries(TESTS).map(([key, text]) => option(key, typeof text === "string" ? text : say(...text))));
  const input = make("input", "", { ariaLabel: say("Nilai", "Value"), value });
  input.setAttribute("list", known.id);
  const away = make("button", "✕", { type: "button", ariaLabel: say("Hapus saringan", "Remove the filter") });
  [which.value, tests.value] = [column, test];
  const propose = async () => {
    const values = await run(`select distinct cast(${name(which.value)} as varchar) as value from marts.${name(table.value)} where value is not null order by value limit 200`);
    known.replaceChildren(...values.map((row) => option(row.value)));
  };
  which.addEventListener("change", propose);
  away.addEventListener("click", () => {
    item.remove();
    answer();
  });
  item.append(which, tests, input, known, away);
  document.getElementById("saringan").append(item);
  await propose();
};

const choose = async (asked) => {
  columns = await run(
    `select column_name as name, data_type as kind, coalesce(description, '') as meaning from duckdb_columns() as c
    left join marts.dictionary as d using (table_name, column_name)
    where database_name = 'published' and c.schema_name = 'marts' and table_name = ${literal(table.value)} order by column_index`,
  );
  document.getElementById("saringan").replaceChildren();
  by.replaceChildren(option("", "–"), ...columns.map((one) => option(one.name)));
  then.replaceChildren(option("", "–"), ...columns.map((one) => option(one.name)));
  of.replaceChildren(...columns.filter((one) => isNumber(one.kind)).map((one) => option(one.name)));
  how.replaceChildren(...Object.entries(HOWS).map(([key, text]) => option(key, say(...text))));
  for (const part of [by, then, how, of]) {
    const wanted = asked?.get(part.name);
    if ([...part.options].some((one) => one.value === wanted)) part.value = wanted;
  }
  for (const test of asked?.getAll("where") ?? []) await addFilter(...JSON.parse(test));
  await answer();
};

const failed = (problem) => {
  state.textContent = `${say("Tidak dapat dijawab", "Cannot be answered")}: ${problem.message ?? problem}`;
  state.hidden = false;
};

try {
  state.textContent = say("Basis data sedang dibuka …", "The database is being opened …");
  run = await begin();
  const tables = await run("select table_name as name from information_schema.tables where table_catalog = 'published' and table_schema = 'marts' order by all");
  table.replaceChildren(...tables.map((one) => option(one.name)));
  const asked = new URLSearchParams(location.search);
  if (tables.some((one) => one.name === asked.get("table"))) table.value = asked.get("table");
  await choose(asked);
  table.addEventListener("change", () => choose().catch(failed));
  form.addEventListener("change", (event) => event.target !== table && answer().catch(failed));
  document.getElementById("tambah").addEventListener("click", () => addFilter().catch(failed));
  for (const button of document.querySelectorAll("[data-show]")) button.addEventListener("click", () => choose(new URLSearchParams(location.search)).catch(failed));
  [form.hidden, state.hidden] = [false, true];
} catch (problem) {
  failed(problem);
}
