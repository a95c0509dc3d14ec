// The tool says that it is done: from the frame, or from the tab that the form opened. As the products do, whatever its
// origin is. Then the page is shown anew, without it.
"use strict";

const { closes, after } = document.body.dataset;
const frame = document.querySelector('iframe[data-testid="registration"], iframe[data-testid="selection"]');

addEventListener("message", ({ source, data }) => {
  if (data?.subject !== closes || !source || source === window) return;
  if (frame ? source !== frame.contentWindow : source.opener !== window) return;
  if (!frame) source.close();
  location.replace(after);
});
