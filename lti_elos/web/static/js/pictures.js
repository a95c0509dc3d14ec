// A recording's picture that does not come (taken down, or not for this browser) leaves a quiet box, not a broken one.
for (const picture of document.querySelectorAll("img.thumb")) {
  const drop = () => {
    const box = document.createElement("span");
    box.className = "thumb";
    picture.replaceWith(box);
  };
  if (picture.complete && !picture.naturalWidth) drop();
  else picture.addEventListener("error", drop);
}
