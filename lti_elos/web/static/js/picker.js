// The button says how many links it adds; a name that is written chooses the new room; the secret that proved this frame
// has done its work.

import { Storage } from "./storage.js";

const form = document.getElementById("picker");
const add = document.getElementById("add");
const fresh = document.getElementById("new");

if (form.dataset.key) {
  new Storage(form.dataset).put(null).catch(() => {});
  // A frame that is reloaded cannot be let in again, nor does the server then know from where it came (course.js).
  if (form.dataset.course) history.replaceState({ course: form.dataset.course }, "");
}

const count = () => {
  const chosen = form.querySelectorAll("input[name=room]:checked").length;
  add.textContent = chosen > 1 ? add.dataset.many.replace("{n}", chosen) : add.dataset.one;
};

form.addEventListener("change", (event) => {
  if (event.target === fresh && fresh.checked) document.getElementById("new-name").focus();
  count();
});
// Enter in the search field searches, also when its words are those that were searched for.
document.getElementById("q")?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  document.getElementById("search").click();
});

// The browser may have kept what was chosen before a reload.
addEventListener("pageshow", count);
