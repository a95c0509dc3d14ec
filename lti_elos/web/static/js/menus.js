// Menus of single recordings are <details>, and work without this file. With it they close as menus do: by Escape, by a
// press elsewhere, and when the focus has left them.

const open = () => document.querySelector("details.menu[open]");

document.addEventListener("keydown", (event) => {
  const menu = open();
  if (event.key !== "Escape" || !menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

for (const left of ["click", "focusin"]) {
  document.addEventListener(left, (event) => {
    const menu = open();
    if (menu && !menu.contains(event.target)) menu.open = false;
  });
}

// A frame is as tall as the page: below its end a menu would be cut off. The last ones open upwards.
document.addEventListener(
  "toggle",
  (event) => {
    const menu = event.target;
    if (!(menu instanceof HTMLDetailsElement) || !menu.matches(".menu") || !menu.open) return;
    menu.classList.remove("up");
    const { bottom, height } = menu.querySelector("ul").getBoundingClientRect();
    const page = document.documentElement.getBoundingClientRect();
    const room = menu.getBoundingClientRect().top - page.top;
    menu.classList.toggle("up", bottom > page.bottom && height < room);
  },
  true,
);
