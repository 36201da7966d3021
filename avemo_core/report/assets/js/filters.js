/* What the reader asks to see, as one test of a row. */
"use strict";

(function () {
  avemo.COUNTED = "\u0001"; // an answer to "split": the clips that the figures count
  const NONE = "\u0000";
  const ANY = "\u0002";
  const field = (name) => document.getElementById(`f-${name}`);

  /** Fill the choices with what the clips have, and call `changed` whenever an answer changes. */
  avemo.startFilters = function (changed) {
    const { emotions, split, label, counted, fault } = avemo.index;
    offer("predicted", [...emotions.map((name, place) => [place, name]), ...(avemo.index.predicted.includes(-1) ? [[-1, "not answered"]] : [])]);
    offer("label", [...emotions.map((name, place) => [place, name]), ...(label.includes(-1) ? [[-1, "no label"]] : [])]);
    const splits = [...new Set(split)].sort().map((name) => [name ?? NONE, name ?? "none"]);
    offer("split", [...splits, ...(counted.length ? [[avemo.COUNTED, "counted in the figures"]] : [])]);
    const faults = [...new Set(fault.filter(Boolean))].sort();
    document.getElementById("l-fault").hidden = faults.length === 0;
    offer("fault", [[ANY, "any"], [NONE, "none"], ...faults.map((name) => [name, avemo.faultName(name)])]);
    document.getElementById("l-face").hidden = !avemo.anyHas("face");
    const form = document.getElementById("filters");
    let timer = 0;
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(changed, 120);
    };
    form.addEventListener("input", soon);
    form.addEventListener("change", soon); // a program that fills in the form may send this one alone
    form.addEventListener("reset", () => setTimeout(changed, 0));
    form.addEventListener("submit", (event) => event.preventDefault());
  };

  /** Answer some of the questions from outside, e.g. from a cell of the confusion matrix; the others are cleared. */
  avemo.setFilters = function (answers) {
    document.getElementById("filters").reset();
    for (const [name, value] of Object.entries(answers)) field(name).value = String(value);
  };

  /** A test of a row of the index by the present answers. */
  avemo.filter = function () {
    const { index } = avemo;
    const text = field("text").value.trim().toLowerCase();
    const chosen = (name) => (field(name).value === "" ? null : field(name).value);
    const [predicted, label, outcome, split, fault] = ["predicted", "label", "outcome", "split", "fault"].map(chosen);
    const least = (name) => (field(name).value === "" ? -1 : Number(field(name).value) / 100);
    const [confidence, face] = [least("confidence"), least("face")];
    return (row) =>
      (predicted === null || index.predicted[row] === Number(predicted)) &&
      (label === null || index.label[row] === Number(label)) &&
      (outcome === null || avemo.outcome(row) === (outcome === "unlabelled" ? "" : outcome)) &&
      (split === null || (split === avemo.COUNTED ? index.counted[row] === 1 : (index.split[row] ?? NONE) === split)) &&
      (fault === null || (fault === ANY ? index.fault[row] !== null : (index.fault[row] ?? NONE) === fault)) &&
      (confidence < 0 || index.confidence[row] >= confidence) &&
      (face < 0 || index.face[row] >= face) &&
      (text === "" || index.id[row].toLowerCase().includes(text) || (index.subject[row] ?? "").toLowerCase().includes(text));
  };

  function offer(name, choices) {
    const add = (value, text) => field(name).append(avemo.element("option", { value }, text));
    add("", "all");
    for (const [value, text] of choices) add(String(value), text);
  }
})();
