// The small pages between a login and its room: find something out, and go on. What the server did not learn from us it
// takes for the worst case, so the form is right as it is.

import { Storage } from "./storage.js";

const form = document.getElementById("checking");
const kept = form.dataset;

const does = {
  // Browsers that do not tell the server whether they are in a frame tell it here.
  probe() {
    if (window.parent === window) form.elements.checked.value = "top";
    form.submit();
  },
  async put() {
    try {
      await new Storage(kept).put(kept.secret);
      location.replace(kept.onward);
    } catch {
      form.submit();
    }
  },
  async get() {
    try {
      form.elements.secret.value = await new Storage(kept).get();
    } catch {
      // Without it the server knows what is left to do.
    }
    form.submit();
  },
};

does[kept.does]();
