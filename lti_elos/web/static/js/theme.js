// At top level the page follows the system's light or dark; in an LMS's frame it stays light (data-bs-theme is set by
// the server). Loaded before the page is painted, so that it does not flash.
const root = document.documentElement;
if (root.dataset.theme === "auto") {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    root.dataset.bsTheme = dark.matches ? "dark" : "light";
  };
  follow();
  dark.addEventListener("change", follow);
}
