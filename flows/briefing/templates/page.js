// Sorting, searching, and opening what a link leads to. Without it the page is whole, only still.
(() => {
  "use strict";
  const value = (body, column, kind) => {
    const cell = body.rows[0].cells[column];
    const text = cell ? cell.textContent.trim() : "";
    if (kind !== "number") return text.toLowerCase();
    const number = parseFloat(text.replace(/,/g, "").replace("−", "-"));
    return Number.isNaN(number) ? -Infinity : number;
  };
  // A table's units are its rows, or its bodies where each holds a row and its evidence.
  const units = (table) =>
    table.tBodies.length > 1
      ? Array.from(table.tBodies, (body) => ({ node: body, rows: body.rows }))
      : Array.from(table.tBodies[0] ? table.tBodies[0].rows : [], (row) => ({ node: row, rows: [row] }));
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach((head, column) => {
      const button = head.querySelector("button");
      if (!button) return;
      button.addEventListener("click", () => {
        const kind = head.dataset.kind;
        const was = head.getAttribute("aria-sort");
        const first = kind === "number" ? "descending" : "ascending";
        const other = first === "ascending" ? "descending" : "ascending";
        const now = was === first ? other : first;
        for (const each of heads) if (each.hasAttribute("aria-sort")) each.setAttribute("aria-sort", "none");
        head.setAttribute("aria-sort", now);
        const sign = now === "ascending" ? 1 : -1;
        const keyed = units(table).map((unit, place) => [value(unit, column, kind), place, unit.node]);
        keyed.sort((a, b) => (a[0] < b[0] ? -sign : a[0] > b[0] ? sign : a[1] - b[1]));
        const parent = keyed.length ? keyed[0][2].parentNode : null;
        for (const [, , node] of keyed) parent.appendChild(node);
      });
    });
  }
  for (const input of document.querySelectorAll("input[data-table]")) {
    const table = document.getElementById(input.dataset.table);
    const said = document.getElementById("found");
    const texts = units(table).map((unit) => [unit.node, unit.node.textContent.toLowerCase()]);
    const search = () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let count = 0;
      for (const [node, text] of texts) {
        node.hidden = !words.every((word) => text.includes(word));
        if (!node.hidden) count += 1;
      }
      said.textContent = words.length ? `${count} of ${texts.length}` : "";
    };
    input.addEventListener("input", search);
    search();
  }
  const open = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.hidden) {
      target.hidden = false;
    }
    for (let node = target; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
    if (target.tagName === "TBODY") for (const each of target.querySelectorAll("details")) each.open = true;
    target.scrollIntoView({ block: "center" });
    if (target.tabIndex === -1 && target.hasAttribute("tabindex")) target.focus({ preventScroll: true });
  };
  addEventListener("hashchange", open);
  // The same link again changes no hash, but its evidence may be hidden by now.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.getAttribute("href") === location.hash) open();
  });
  addEventListener("beforeprint", () => {
    const bodies = document.querySelectorAll("#event-table tbody");
    for (const each of Array.from(bodies).slice(0, 40)) each.querySelector("details").open = true;
    for (const each of document.querySelectorAll("#map > details:not(.sql)")) each.open = true;
  });
  open();
})();
