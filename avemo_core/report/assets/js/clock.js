/* One clock for everything in a clip: the video's where there is one, otherwise one that merely runs. Times are on the clip's file's clock. */
"use strict";

(function () {
  /** A clock over [start, stop]. `onTime(time)` is called whenever the time changes, `onState(playing)` when it starts or stops. */
  avemo.clock = function ({ start, stop, video, videoStart, onTime, onState }) {
    return video ? videoClock(video, videoStart, start, stop, onTime, onState) : silentClock(start, stop, onTime, onState);
  };

  function videoClock(video, videoStart, start, stop, onTime, onState) {
    let request = 0;
    const time = () => Math.min(stop, Math.max(start, video.currentTime + videoStart));
    const tick = () => {
      onTime(time());
      request = requestAnimationFrame(tick);
    };
    const halt = () => cancelAnimationFrame(request);
    video.addEventListener("play", () => {
      halt();
      tick();
      onState(true);
    });
    for (const name of ["pause", "ended"]) {
      video.addEventListener(name, () => {
        halt();
        onTime(time());
        onState(false);
      });
    }
    for (const name of ["seeking", "seeked", "timeupdate"]) video.addEventListener(name, () => onTime(time()));
    return {
      time,
      seek(target) {
        video.currentTime = Math.max(0, Math.min(stop, Math.max(start, target)) - videoStart);
        onTime(time());
      },
      toggle() {
        if (!video.paused) video.pause();
        else video.play().catch(() => onState(false));
      },
      close() {
        halt();
        video.pause();
        video.removeAttribute("src");
        video.load();
      },
    };
  }

  function silentClock(start, stop, onTime, onState) {
    let time = start;
    let playing = false;
    let request = 0;
    let before = 0;

    function tick(now) {
      time = Math.min(stop, time + (now - before) / 1000);
      before = now;
      onTime(time);
      if (time >= stop) pause();
      else request = requestAnimationFrame(tick);
    }

    function pause() {
      playing = false;
      cancelAnimationFrame(request);
      onState(false);
    }

    function play() {
      if (time >= stop) time = start;
      playing = true;
      before = performance.now();
      request = requestAnimationFrame(tick);
      onState(true);
    }

    return {
      time: () => time,
      seek(target) {
        time = Math.min(stop, Math.max(start, target));
        onTime(time);
      },
      toggle: () => (playing ? pause() : play()),
      close: pause,
    };
  }
})();
