// "Back to the course", on a page that the server cannot lead back from: what stood in its place knew the way (brief.js).
const link = document.querySelector("[data-course]");
const course = history.state?.course;
if (link && /^https?:\/\//.test(course ?? "")) {
  link.href = course;
  link.hidden = false;
}
