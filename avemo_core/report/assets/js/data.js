/* What is known of the clips: an index of all from the start, their attention in files that are loaded when it is needed. */
"use strict";

const avemo = {};

(function () {
  const KEPT_FILES = 12; // the least recently used are let go, so that hours of browsing do not fill the memory
  const files = new Map();
  const waiting = new Map();

  avemo.index = null;

  avemo.takeIndex = function (index) {
    avemo.index = index;
    avemo.rowOf = new Map(index.id.map((id, row) => [id, row]));
    document.dispatchEvent(new Event("avemo-index"));
  };

  /** Whether any clip has a "face" or "sound": what none has is not shown. */
  avemo.anyHas = (name) => avemo.index[name].some((share) => share > 0);

  avemo.takeAttention = function (place, clips) {
    files.set(place, clips);
    if (files.size > KEPT_FILES) files.delete(files.keys().next().value);
  };

  /** Promise of one row's attention, decoded. */
  avemo.clip = async function (row) {
    const place = fileOf(row);
    if (!files.has(place)) await load(place);
    const clips = files.get(place);
    files.delete(place);
    files.set(place, clips);
    return decoded(clips[row - avemo.index.firstRows[place]]);
  };

  function fileOf(row) {
    let low = 0;
    let high = avemo.index.firstRows.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (avemo.index.firstRows[middle] <= row) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  function load(place) {
    if (waiting.has(place)) return waiting.get(place);
    const promise = new Promise((resolve, reject) => {
      const script = document.createElement("script");
      const name = `data/attention-${String(place).padStart(4, "0")}.js`;
      script.src = name;
      script.onload = resolve;
      script.onerror = () => reject(new Error(`${name} is missing from the report's folder`));
      script.addEventListener("load", () => script.remove());
      document.head.append(script);
    }).finally(() => waiting.delete(place));
    waiting.set(place, promise);
    return promise;
  }

  function bytes(text) {
    const raw = atob(text);
    const values = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i += 1) values[i] = raw.charCodeAt(i);
    return values;
  }

  /** Row-major matrices: `perception` emotion x step in 255ths of `maxima`, `alignment` position x step in 255ths, `offsetsMs` position x step. */
  function decoded(clip) {
    const times = new Float32Array(bytes(clip.t).buffer);
    return {
      probabilities: clip.p,
      times,
      perception: bytes(clip.f),
      maxima: clip.m,
      alignment: clip.a ? bytes(clip.a) : null,
      offsetsMs: clip.w ? new Int16Array(bytes(clip.w).buffer) : null,
      positions: clip.a && times.length ? bytes(clip.a).length / times.length : 0,
      thumbnails: clip.k || [],
      video: clip.v || null,
      videoStart: clip.s || 0,
      problem: clip.x || "",
    };
  }
})();
