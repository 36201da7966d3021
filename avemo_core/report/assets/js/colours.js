/* Cividis (Nuñez, Anderton and Renslow 2018): even in lightness and the same to all kinds of colour vision. 64 of its colours. */
"use strict";

(function () {
  const HEX =
    "00224e00255400285b002b62002e6a0030700533711235701a386f213b6e273e6e2d416d32436d36466c3b496c3f4c6c" +
    "444f6c48526c4c556c50576c545a6d575d6d5b606e5e636f62656f656870696b716c6e727071737374757777767a7a78" +
    "7e7d788280798683798a86788e8978928c78958f779992779d9576a19975a59c74a99f73ada272b1a570b6a96fbaac6d" +
    "bfb06bc3b369c7b767ccba64d0be62d4c15fd9c55cddc858e1cc55e6d051ead34cefd748f3db42f8df3cfde334fee838";

  /** 256 packed pixels, the layout of an ImageData seen as 32-bit words (little-endian: alpha, blue, green, red). */
  avemo.colours = Uint32Array.from({ length: 256 }, (_, level) => {
    const place = (level / 255) * 63;
    const low = Math.floor(place);
    const high = Math.min(63, low + 1);
    const channel = (i) => {
      const at = (colour) => parseInt(HEX.slice(6 * colour + 2 * i, 6 * colour + 2 * i + 2), 16);
      return Math.round(at(low) + (place - low) * (at(high) - at(low)));
    };
    return ((255 << 24) | (channel(2) << 16) | (channel(1) << 8) | channel(0)) >>> 0;
  });
})();
