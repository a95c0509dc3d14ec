// lti.frameResize, for products that listen: from the tool in our frame alone, as an object or as JSON text.
"use strict";

const frame = document.querySelector("iframe[data-resizes]");
const HIGHEST = 10000;

function message(data) {
  if (typeof data !== "string") return data;
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}

addEventListener("message", ({ origin, source, data }) => {
  if (!frame || source !== frame.contentWindow || origin !== frame.dataset.toolOrigin) return;
  const asked = message(data);
  if (asked?.subject !== "lti.frameResize" && asked?.subject !== "org.imsglobal.lti.frameResize") return;
  const height = Number(asked.height);
  if (height >= 1 && height <= HIGHEST) frame.style.height = `${height}px`;
});
