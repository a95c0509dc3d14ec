// Asks the browser for a device and says what came of it: "granted", or the error's name. What was given is let go.
"use strict";

const ASK = {
  camera: () => navigator.mediaDevices.getUserMedia({ video: true }),
  microphone: () => navigator.mediaDevices.getUserMedia({ audio: true }),
  screen: () => navigator.mediaDevices.getDisplayMedia({ video: true }),
};

async function outcome(device) {
  try {
    const stream = await ASK[device]();
    for (const track of stream.getTracks()) track.stop();
    return "granted";
  } catch (error) {
    return error.name;
  }
}

for (const button of document.querySelectorAll("[data-device]")) {
  const said = button.parentElement.querySelector("output");
  button.addEventListener("click", async () => {
    said.textContent = "…";
    said.textContent = await outcome(button.dataset.device);
  });
}
