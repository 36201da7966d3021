/* The moment under the cursor: where it is on the strips, each emotion's attention, the alignment window's weights. */
"use strict";

(function () {
  const element = avemo.element;

  /** The strips of a clip with their cursor. Returns the element, `show(time)` and `draw()`, to be called when its width is known. */
  avemo.strips = function (clip, row, start, stop, seek, toggle) {
    const emotions = avemo.index.emotions;
    const predicted = avemo.index.predicted[row];
    const label = avemo.index.label[row];
    const perception = element("canvas", { class: "perception", style: `--rows:${emotions.length}` });
    const values = emotions.map(() => element("span", {}, ""));
    const names = emotions.map((name, place) => element("span", { class: place === predicted ? "predicted" : "" }, marked(name, place === predicted, place === label)));
    const cursor = element("div", { class: "cursor" });
    const over = element("div", { class: "over" }, cursor);
    const axis = element("div", { class: "axis" });
    const grid = element(
      "div",
      { class: "strips", role: "slider", tabindex: "0", "aria-label": "Time in the clip", "aria-valuemin": start, "aria-valuemax": stop },
      element("div", { class: "names" }, ...names),
      perception,
      element("div", { class: "values" }, ...values),
      axis,
    );
    const window_ = clip.alignment ? alignmentRows(clip) : null;
    if (window_) grid.append(window_.names, window_.canvas, window_.values);
    grid.append(over);
    over.style.gridRow = window_ ? "1 / span 3" : "1 / span 2";

    const share = (time) => (time - start) / Math.max(stop - start, 1e-6);
    for (const time of avemo.ticks(start, stop, 8)) {
      axis.append(element("span", { style: `left:${100 * share(time)}%` }, `${time} s`));
    }
    pointing(over, (at) => seek(start + at * (stop - start)));
    grid.addEventListener("keydown", (event) => stepping(event, clip.times, seek, toggle));

    let current = start;
    return {
      element: grid,
      draw() {
        avemo.drawStrip(perception, clip.perception, emotions.length, clip.times, start, stop, false);
        if (window_) avemo.drawStrip(window_.canvas, clip.alignment, clip.positions, clip.times, start, stop, true);
      },
      show(time) {
        current = time;
        const step = avemo.stepAt(clip.times, time);
        cursor.style.left = `${100 * Math.min(1, Math.max(0, share(time)))}%`;
        grid.setAttribute("aria-valuenow", time.toFixed(2));
        grid.setAttribute("aria-valuetext", `${time.toFixed(2)} seconds`);
        if (step < 0) return;
        values.forEach((value, place) => {
          value.textContent = avemo.percent((clip.perception[place * clip.times.length + step] / 255) * clip.maxima[place], 1);
        });
        if (window_) window_.show(step);
      },
    };

    /** Arrow keys go from step to step, with Shift ten steps; Home and End to the ends; space plays. */
    function stepping(event, times, go, play) {
      const far = event.shiftKey ? 10 : 1;
      const step = avemo.stepAt(times, current);
      const to = (place) => go(times[Math.min(times.length - 1, Math.max(0, place))]);
      const keys = { ArrowRight: () => to(step + far), ArrowLeft: () => to(step - far), Home: () => to(0), End: () => to(times.length - 1), " ": play };
      if (!times.length || !keys[event.key]) return;
      event.preventDefault();
      event.stopPropagation();
      keys[event.key]();
    }
  };

  function marked(name, isPredicted, isLabel) {
    const marks = [isPredicted ? "predicted" : "", isLabel ? "true" : ""].filter(Boolean).join(", ");
    return element("b", { title: marks || null }, name, isLabel ? element("i", { class: "true", title: "true emotion" }, " ●") : null);
  }

  /** Position rows, the first at the bottom as in Fig. 2, with each position's offset from the frame and its weight at the cursor. */
  function alignmentRows(clip) {
    const steps = clip.times.length;
    const canvas = element("canvas", { class: "alignment", style: `--rows:${clip.positions}` });
    const names = [];
    const bars = [];
    for (let place = clip.positions - 1; place >= 0; place -= 1) {
      names[place] = element("span", {}, "");
      bars[place] = element("span", { class: "weight" }, element("i"), element("em"));
    }
    return {
      canvas,
      names: element("div", { class: "names offsets", title: "sound relative to the frame" }, ...[...names].reverse()),
      values: element("div", { class: "values weights" }, ...[...bars].reverse()),
      show(step) {
        bars.forEach((bar, place) => {
          const weight = clip.alignment[place * steps + step] / 255;
          const offset = clip.offsetsMs[place * steps + step];
          bar.firstChild.style.width = `${100 * weight}%`;
          bar.lastChild.textContent = avemo.percent(weight);
          names[place].textContent = offset === -32768 ? "outside" : `${offset > 0 ? "+" : offset < 0 ? "−" : ""}${Math.abs(offset)} ms`;
        });
      },
    };
  }

  /** Report where in its width, from 0 to 1, an element is pressed or dragged. */
  function pointing(over, report) {
    const at = (event) => {
      const box = over.getBoundingClientRect();
      report(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
    };
    over.addEventListener("pointerdown", (event) => {
      over.setPointerCapture(event.pointerId);
      at(event);
    });
    over.addEventListener("pointermove", (event) => {
      if (over.hasPointerCapture(event.pointerId)) at(event);
    });
  }
})();
