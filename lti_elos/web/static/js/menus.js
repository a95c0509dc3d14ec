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
