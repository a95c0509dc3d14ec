// Whether the meeting can be used inside this page: in the LMS's frame that depends on what the LMS lets through, and
// only some browsers tell (Chromium). Where nobody tells, nothing is offered. Never tried out: that would ask the person.

const features = document.permissionsPolicy ?? document.featurePolicy;

/** The browser says that this page may use it. */
export const allows = (feature) => features?.allowsFeature(feature) === true;

/** The browser says that it may not. */
export const refuses = (feature) => features?.allowsFeature(feature) === false;

/** Show "Use it on this page" in the room's panel, where it would work; as the first choice where the LMS prefers it. */
export function offer(stage) {
  const place = stage.querySelector("[data-here]");
  if (!place || !allows("camera") || !allows("microphone")) return;
  const presents = "presents" in place.dataset;
  const mayShare = allows("display-capture");
  const button = place.querySelector("button");
  place.hidden = false;
  const hint = place.querySelector("[data-no-screen]");
  if (hint && !mayShare) {
    hint.hidden = false;
    const others = button.getAttribute("aria-describedby") ?? "";
    button.setAttribute("aria-describedby", `${others} ${hint.id}`.trim());
  }
  const tab = stage.querySelector(".do form .btn-primary"); // after the end, the recordings come first: a link
  if (!tab || place.dataset.here !== "preferred" || (presents && !mayShare)) return;
  tab.classList.replace("btn-primary", "btn-quiet");
  tab.classList.remove("btn-xl");
  button.classList.replace("btn-quiet", "btn-primary");
  button.classList.add("btn-xl");
  place.parentElement.prepend(place);
}
