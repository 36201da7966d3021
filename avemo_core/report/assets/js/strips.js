/* Attention strips: rows of weights over time, each row divided by its own maximum. */
"use strict";

(function () {
  /** The step nearest in time, or -1 where there is none. */
  avemo.stepAt = function (times, time) {
    if (!times.length) return -1;
    let low = 0;
    let high = times.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle] < time) low = middle + 1;
      else high = middle;
    }
    return low > 0 && time - times[low - 1] <= times[low] - time ? low - 1 : low;
  };

  /** Draw bytes (row x step) into a canvas that covers the time from start to stop; the first row is at the top unless `upwards`. */
  avemo.drawStrip = function (canvas, bytes, rows, times, start, stop, upwards) {
    const ratio = window.devicePixelRatio || 1;
    const width = Math.max(1, Math.round(canvas.clientWidth * ratio));
    const height = Math.max(1, Math.round(canvas.clientHeight * ratio));
    canvas.width = width;
    canvas.height = height;
    if (!times.length) return;
    const picture = painted(bytes, rows, times, stepsOfColumns(times, start, stop, width), width);
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    const gap = Math.max(1, Math.round(ratio));
    for (let row = 0; row < rows; row += 1) {
      const place = upwards ? rows - 1 - row : row;
      const top = Math.round((place * height) / rows);
      const bottom = Math.round(((place + 1) * height) / rows) - gap;
      context.drawImage(picture, 0, row, width, 1, 0, top, width, bottom - top);
    }
  };

  /** First and last step of each pixel column: the steps that fall into it, or the nearest one. */
  function stepsOfColumns(times, start, stop, width) {
    const columns = new Int32Array(2 * width);
    const span = Math.max(stop - start, 1e-6);
    for (let x = 0; x < width; x += 1) {
      const first = avemo.stepAt(times, start + (x / width) * span);
      const last = avemo.stepAt(times, start + ((x + 1) / width) * span);
      columns[2 * x] = avemo.stepAt(times, start + ((x + 0.5) / width) * span);
      columns[2 * x + 1] = last - first > 1 ? last : -1;
      if (last - first > 1) columns[2 * x] = first;
    }
    return columns;
  }

  function painted(bytes, rows, times, columns, width) {
    const picture = document.createElement("canvas");
    picture.width = width;
    picture.height = rows;
    const image = new ImageData(width, rows);
    const words = new Uint32Array(image.data.buffer);
    for (let row = 0; row < rows; row += 1) {
      const line = bytes.subarray(row * times.length, (row + 1) * times.length);
      const maximum = line.reduce((most, value) => Math.max(most, value), 0) || 1;
      for (let x = 0; x < width; x += 1) {
        words[row * width + x] = avemo.colours[Math.round((255 * strongest(line, columns[2 * x], columns[2 * x + 1])) / maximum)];
      }
    }
    picture.getContext("2d").putImageData(image, 0, 0);
    return picture;
  }

  function strongest(line, first, last) {
    let most = line[first];
    for (let step = first + 1; step <= last; step += 1) most = Math.max(most, line[step]);
    return most;
  }

  /** Round tick times between start and stop, at most about so many. */
  avemo.ticks = function (start, stop, count) {
    const rough = Math.max((stop - start) / count, 1e-3);
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
    const ticks = [];
    for (let i = Math.ceil(start / step); i * step <= stop + 1e-9; i += 1) ticks.push(Number((i * step).toFixed(6)));
    return ticks;
  };
})();
