// The picture on the glass: it comes as one endless answer of the box, and has to be asked for anew when that has ended.
"use strict";

// eslint-disable-next-line no-unused-vars
function mirrorGlass(mirror, glass, dark) {
  const AGAIN_MS = 5000;
  let failed = false; // the pictures are not to be had at all
  let isThere = true; // what stands on the glass without a camera is an old picture

  function ask() {
    glass.src = `/mirror/${mirror}/pictures?${Date.now()}`;
  }

  function show() {
    dark.hidden = !failed && isThere;
    glass.classList.toggle("old", !isThere);
  }

  glass.addEventListener("error", () => {
    failed = true;
    show();
    setTimeout(ask, AGAIN_MS);
  });
  glass.addEventListener("load", () => {
    failed = false;
    show();
  });
  return {
    ask,
    hasPicture(picture) {
      isThere = picture;
      show();
    },
    // Thousandths of the stage as thousandths of the picture, whose sides may be cut off
    inPicture(permille) {
      const stage = glass.parentElement.getBoundingClientRect();
      const ratio = glass.naturalWidth ? glass.naturalWidth / glass.naturalHeight : 1;
      const shown = Math.max(stage.width, stage.height * ratio);
      return Math.max(0, Math.min(1000, Math.round(500 + ((permille - 500) * stage.width) / shown)));
    },
  };
}
