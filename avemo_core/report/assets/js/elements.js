/* Elements without markup: text is always set as text, so nothing a clip is called can become part of the page. */
"use strict";

/** An element with attributes, listeners (functions, by event name) and children (elements or text). */
avemo.element = function (name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") made.addEventListener(key, value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
};

avemo.percent = (share, digits = 0) => (share === null || share === undefined || Number.isNaN(share) ? "–" : `${(100 * share).toFixed(digits)} %`);

avemo.seconds = (time) => (Number.isFinite(time) ? `${time.toFixed(2)} s` : "–");

avemo.emotionName = (place) => (place < 0 ? "–" : avemo.index.emotions[place]);

/** A fault of schemas/faults.py in words. */
avemo.faultName = (fault) => fault.replaceAll("_", " ");

/** "right", "wrong" or "" where there is no label, or no answer. */
avemo.outcome = function (row) {
  const label = avemo.index.label[row];
  if (label < 0 || avemo.index.predicted[row] < 0) return "";
  return label === avemo.index.predicted[row] ? "right" : "wrong";
};

/** What stands in the place of right or wrong where there is neither. */
avemo.unlabelled = (row) => (avemo.index.predicted[row] < 0 ? "not answered" : avemo.index.beside[row] ? "face beside the main one, no label" : "no label");
