/* One clip, opened: video or thumbnails, probabilities, strips, all on one clock. */
"use strict";

(function () {
  const element = avemo.element;
  let open = null; // { row, clock, observer } of the clip on screen

  avemo.openRow = () => (open ? open.row : -1);

  avemo.closeClip = function () {
    if (open) {
      open.clock.close();
      open.observer.disconnect();
      open = null;
    }
    const panel = document.getElementById("clip");
    panel.hidden = true;
    panel.replaceChildren();
  };

  /** Show a row's clip; `moves` gives the previous and the next row of the table as it is sorted and filtered. */
  avemo.openClip = async function (row, moves) {
    const panel = document.getElementById("clip");
    avemo.closeClip();
    panel.hidden = false;
    const ticket = { row, clock: { close() {} }, observer: { disconnect() {} } };
    open = ticket;
    panel.append(heading(row, moves));
    let clip;
    try {
      clip = await avemo.clip(row);
    } catch (error) {
      if (open === ticket) panel.append(element("p", { class: "missing" }, error.message));
      return;
    }
    if (open === ticket) fill(panel, ticket, clip);
  };

  function fill(panel, ticket, clip) {
    const { row } = ticket;
    const [start, stop] = range(row, clip);
    const video = clip.video ? element(isSoundAlone(clip) ? "audio" : "video", { src: clip.video, controls: true, playsinline: true, preload: "auto" }) : null;
    const strips = avemo.strips(clip, row, start, stop, (time) => ticket.clock.seek(time), () => ticket.clock.toggle());
    const time = element("output", { class: "time" });
    const play = element("button", { type: "button", class: "play", click: () => ticket.clock.toggle() }, "Play");
    const pictures = thumbnails(clip, (at) => ticket.clock.seek(at));
    panel.append(
      element("div", { class: clip.video || clip.thumbnails.length ? "stage" : "stage bare" }, element("div", { class: "media" }, video, pictures.element, missing(clip)), probabilities(clip, row)),
      element("div", { class: "transport" }, play, time),
      clip.times.length ? strips.element : element("p", { class: "missing" }, "This clip has no steps, so there is no attention to show."),
      legend(clip, row),
    );
    ticket.clock = avemo.clock({
      start,
      stop,
      video,
      videoStart: clip.videoStart,
      onTime(now) {
        strips.show(now);
        pictures.show(now);
        time.textContent = `${avemo.seconds(now)} of ${avemo.seconds(stop)} · ${stepText(clip, now)}`;
      },
      onState: (playing) => (play.textContent = playing ? "Pause" : "Play"),
    });
    ticket.observer = new ResizeObserver(() => strips.draw());
    ticket.observer.observe(strips.element);
    ticket.clock.seek(start);
  }

  function stepText(clip, now) {
    const step = avemo.stepAt(clip.times, now);
    return step < 0 ? "no steps" : `step ${step + 1} of ${clip.times.length}`;
  }

  /** The clip's half-open range; from its steps where the table has none. */
  function range(row, clip) {
    const first = clip.times.length ? clip.times[0] : 0;
    const last = clip.times.length ? clip.times[clip.times.length - 1] : 0;
    const start = avemo.index.start[row] ?? first;
    const stop = avemo.index.stop[row] ?? last;
    return [Math.min(start, first || start), Math.max(stop, last, start + 1e-3)];
  }

  function heading(row, moves) {
    const index = avemo.index;
    const outcome = avemo.outcome(row);
    const facts = [
      index.subject[row] === null ? null : `subject ${index.subject[row]}`,
      index.split[row] === null ? null : `${index.split[row]} split`,
      avemo.anyHas("face") ? `face in ${avemo.percent(index.face[row])}` : null,
      index.novelty[row] === null ? null : `novelty ${avemo.percent(index.novelty[row])}`,
      avemo.anyHas("sound") ? `sound in ${avemo.percent(index.sound[row])}` : null,
    ].filter(Boolean);
    const button = (name, text, action) => element("button", { type: "button", "aria-label": name, title: name, disabled: !action, click: action }, text);
    return element(
      "header",
      {},
      element(
        "div",
        { class: "buttons" },
        button("Previous clip", "←", moves.previous),
        button("Next clip", "→", moves.next),
        button("Close", "×", moves.close),
      ),
      element("h2", {}, index.id[row]),
      element(
        "p",
        { class: "verdict" },
        element("strong", {}, index.predicted[row] < 0 ? "not answered" : avemo.emotionName(index.predicted[row])),
        ` at ${avemo.percent(index.confidence[row])}`,
        outcome ? element("span", { class: `outcome ${outcome}` }, outcome === "right" ? "✓ right" : `✗ truly ${avemo.emotionName(index.label[row])}`) : element("span", { class: "outcome" }, avemo.unlabelled(row)),
      ),
      element("p", { class: "facts" }, facts.join(" · "), index.fault[row] === null ? null : element("span", { class: "fault" }, `${avemo.faultName(index.fault[row])}, ${avemo.percent(index.decoded[row])} decoded`)),
    );
  }

  function probabilities(clip, row) {
    const { emotions, label, predicted } = avemo.index;
    return element(
      "dl",
      { class: "bars", "aria-label": "Probabilities" },
      ...emotions.flatMap((name, place) => [
        element("dt", { class: place === predicted[row] ? "predicted" : "" }, name, place === label[row] ? element("i", { class: "true", title: "true emotion" }, " ●") : null),
        element("dd", {}, element("span", { class: "track" }, element("i", { style: `width:${100 * (clip.probabilities[place] || 0)}%` })), element("em", {}, avemo.percent(clip.probabilities[place], 1))),
      ]),
    );
  }

  function thumbnails(clip, seek) {
    const pictures = clip.thumbnails.map(([at, name]) => {
      const caption = avemo.seconds(at);
      const image = element("img", { src: name, alt: `The clip at ${caption}`, loading: "lazy" });
      return { at, button: element("button", { type: "button", class: "thumb", click: () => seek(at), "aria-label": `Go to ${caption}` }, image, element("span", {}, caption)) };
    });
    return {
      element: pictures.length ? element("div", { class: "thumbs" }, ...pictures.map((picture) => picture.button)) : null,
      show(now) {
        for (const picture of pictures) picture.button.classList.toggle("near", Math.abs(picture.at - now) < 0.06);
      },
    };
  }

  /** Whether the clip's file has no picture stream, as schemas/rejects.py calls it. */
  const isSoundAlone = (clip) => (clip.problem ?? "").startsWith("no_video");

  function missing(clip) {
    if (isSoundAlone(clip)) return element("p", { class: "missing" }, "A clip of sound alone.");
    if (clip.problem) return element("p", { class: "missing" }, `No picture: ${clip.problem}`);
    if (!clip.video && !clip.thumbnails.length) return element("p", { class: "missing" }, "No picture of this clip in this report.");
    return null;
  }

  function legend(clip, row) {
    if (!clip.times.length) return null;
    const below = clip.alignment
      ? " Below: the alignment window, a row per position with its offset from the frame; on the right the weights at the cursor."
      : avemo.index.sound[row] > 0
        ? " The model aligns no sound."
        : " This clip has no sound to align.";
    return element("p", { class: "legend" }, element("span", { class: "ramp" }), ` none to most of each row. Above: perception attention, on the right its share at the cursor.${below} ● marks the true emotion.`);
  }
})();
