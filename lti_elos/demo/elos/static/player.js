"use strict";
// A film of slides, twenty times as fast as the class was: one wants to see it move.
const FASTER = 20;
const media = document.getElementById("media");
const time = document.getElementById("time");
const play = document.getElementById("play");
const clock = document.getElementById("clock");
const slides = [...document.querySelectorAll(".slide")];
const length = Number(media.dataset.length);
let at = 0;
let last = null;

function told(seconds) {
  const pad = (n) => String(n).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return (hours ? hours + ":" + pad(minutes % 60) : String(minutes)) + ":" + pad(Math.floor(seconds % 60));
}

function show() {
  const current = slides.filter((one) => Number(one.dataset.at) <= at).pop() || slides[0];
  for (const one of slides) one.hidden = one !== current;
  time.value = String(Math.floor(at));
  clock.textContent = told(at);
  time.setAttribute("aria-valuetext", clock.textContent);
}

function setPlaying(isOn) {
  last = isOn ? performance.now() : null;
  play.setAttribute("aria-pressed", String(isOn));
  play.textContent = isOn ? play.dataset.pause : play.dataset.play;
  if (isOn) requestAnimationFrame(step);
}

function step(now) {
  if (last === null) return;
  at = Math.min(length, at + ((now - last) / 1000) * FASTER);
  last = now;
  show();
  if (at < length) requestAnimationFrame(step);
  else setPlaying(false);
}

play.addEventListener("click", () => {
  if (last === null && at >= length) at = 0;
  setPlaying(last === null);
});
time.addEventListener("input", () => {
  at = Number(time.value);
  show();
});
for (const one of document.querySelectorAll("[data-go]")) {
  one.addEventListener("click", () => {
    at = Number(one.dataset.go);
    show();
  });
}
