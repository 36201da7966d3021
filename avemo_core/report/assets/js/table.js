/* The table of clips: Tabulator draws only the rows on screen. */
"use strict";

(function () {
  const element = avemo.element;
  let table = null;
  let opened = () => {};
  let cached = null; // see order()

  /** Make the table; `open(row)` is called when the reader chooses a clip. */
  avemo.startTable = function (open) {
    opened = open;
    const rows = avemo.index.id.map((_, row) => ({ row }));
    table = new Tabulator("#table", {
      data: rows,
      index: "row",
      height: "100%",
      layout: "fitColumns",
      responsiveLayout: "hide",
      rowHeight: 34,
      columns: columns(),
      columnDefaults: { headerSortTristate: true, resizable: false },
      placeholder: rows.length ? "No clip matches." : "The predictions table has no rows.",
      rowFormatter: (component) => component.getElement().classList.toggle("open", component.getData().row === avemo.openRow()),
    });
    table.on("rowClick", (_, component) => opened(component.getData().row));
    table.on("dataFiltered", (_, found) => {
      cached = null;
      showCount(found.length);
    });
    table.on("dataSorted", () => {
      cached = null;
    });
    table.on("tableBuilt", () => {
      avemo.filterTable();
      document.getElementById("table").dataset.ready = "yes";
    });
    document.getElementById("table").addEventListener("keydown", keys);
    document.getElementById("table").tabIndex = 0;
  };

  avemo.filterTable = function () {
    if (!table) return;
    const passes = avemo.filter();
    table.setFilter((data) => passes(data.row));
  };

  /** Say which row is open, and bring it into view. */
  avemo.markOpen = function (row) {
    for (const component of table.getRows("visible")) component.getElement().classList.toggle("open", component.getData().row === row);
    if (row >= 0 && order().includes(row)) table.scrollToRow(row, "nearest", false).catch(() => {});
  };

  /** The row a number of places after another one, as the table is sorted and filtered now; -1 beyond its ends. */
  avemo.neighbour = function (row, places) {
    const rows = order();
    const at = rows.indexOf(row);
    return rows[at < 0 ? 0 : at + places] ?? -1;
  };

  avemo.redrawTable = () => table && table.redraw(true);

  /** The rows as the table is sorted and filtered now; kept until that changes, since every opened clip asks. */
  function order() {
    cached ??= table.getData("active").map((data) => data.row);
    return cached;
  }

  function showCount(count) {
    const all = avemo.index.id.length;
    const clips = (number) => `${number.toLocaleString("en")} ${number === 1 ? "clip" : "clips"}`;
    document.getElementById("shown").textContent = count === all ? clips(all) : `${count.toLocaleString("en")} of ${clips(all)}`;
  }

  function keys(event) {
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15 };
    const rows = order();
    if (!rows.length) return;
    if (moves[event.key]) {
      const at = rows.indexOf(avemo.openRow());
      opened(rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + moves[event.key]))]);
    } else if (event.key === "Home") opened(rows[0]);
    else if (event.key === "End") opened(rows[rows.length - 1]);
    else if (event.key === "Enter" && event.target.id === "table") opened(avemo.openRow() < 0 ? rows[0] : avemo.openRow());
    else return;
    event.preventDefault();
  }

  function columns() {
    const { index } = avemo;
    const has = (values) => values.some((value) => value !== null && value !== -1);
    const by = (values) => (_a, _b, first, second) => compared(values[first.getData().row], values[second.getData().row]);
    const column = (title, values, show, more) => ({ title, field: `_${title}`, formatter: (cell) => show(cell.getData().row, cell.getElement()), sorter: by(values), ...more });
    const text = (value) => document.createTextNode(value); // text, never markup; and one node a cell, since ten thousand rows have many
    const emotion = (values) => (row) => text(avemo.emotionName(values[row]));
    const share = (values) => (row, cell) => {
      cell.classList.add("share");
      cell.style.setProperty("--share", values[row] ?? 0);
      return text(avemo.percent(values[row]));
    };
    const outcomes = index.id.map((_, row) => avemo.outcome(row));
    const number = { hozAlign: "right", headerHozAlign: "right", headerSortStartingDir: "desc" };
    return [
      column("Clip", index.id, (row, cell) => {
        cell.title = index.id[row];
        return text(index.id[row]);
      }, { widthGrow: 2.4, minWidth: 96, responsive: 0 }),
      column("Predicted", index.predicted, emotion(index.predicted), { minWidth: 100, widthGrow: 1, responsive: 0 }),
      column("True", index.label, emotion(index.label), { minWidth: 84, widthGrow: 1, responsive: 1, visible: has(index.label) }),
      column("", outcomes, mark(outcomes), { width: 40, hozAlign: "center", responsive: 0, visible: has(index.label), headerTooltip: "right or wrong" }),
      column("Confidence", index.confidence, share(index.confidence), { ...number, minWidth: 112, widthGrow: 0.8, responsive: 0 }),
      column("Novelty", index.novelty, share(index.novelty), { ...number, minWidth: 84, widthGrow: 0.6, responsive: 3, visible: avemo.anyHas("novelty") }),
      column("Face", index.face, share(index.face), { ...number, minWidth: 70, widthGrow: 0.6, responsive: 3, visible: avemo.anyHas("face") }),
      column("Sound", index.sound, share(index.sound), { ...number, minWidth: 76, widthGrow: 0.6, responsive: 4, visible: avemo.anyHas("sound") }),
      column("Fault", index.fault, fault, { minWidth: 106, widthGrow: 0.8, responsive: 2, visible: has(index.fault) }),
      column("Subject", index.subject, (row) => text(index.subject[row] ?? (index.beside[row] ? "another face" : "–")), { minWidth: 84, widthGrow: 1, responsive: 2, visible: has(index.subject) }),
      column("Split", index.split, (row) => text(index.split[row] ?? "–"), { minWidth: 64, widthGrow: 0.6, responsive: 5, visible: has(index.split) }),
    ];
  }

  const mark = (outcomes) => (row) => {
    const outcome = outcomes[row];
    return element("span", { class: `outcome ${outcome}`, "aria-label": outcome || avemo.unlabelled(row), title: outcome || avemo.unlabelled(row) }, { right: "✓", wrong: "✗" }[outcome] ?? "");
  };

  /** What was not right, and in the tooltip how much of the range there was; nothing where all was right. */
  const fault = (row) => {
    const name = avemo.index.fault[row];
    return name === null ? document.createTextNode("") : element("span", { class: "fault", title: `${avemo.faultName(name)}, ${avemo.percent(avemo.index.decoded[row])} decoded` }, avemo.faultName(name));
  };

  const natural = new Intl.Collator("en", { numeric: true });

  function compared(first, second) {
    if (first === second) return 0;
    if (first === null) return -1;
    if (second === null) return 1;
    return typeof first === "string" ? natural.compare(first, second) : first - second;
  }
})();
