// Try camera, microphone and sound. All of it stays in the browser. Nothing is asked for before the person presses the
// button, and all is let go when the page is left or hidden. The words are the template's: this file chooses them.

const DEVICES = {
  camera: { constraint: "video", input: "videoinput" },
  microphone: { constraint: "audio", input: "audioinput" },
};
const REASONS = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};
const LOOK_MS = 100;
const HOLD_LOOKS = 20; // a pause between two words is no silence
const SILENT_DB = -50;
const FAINT_DB = -38;

const find = (selector) => document.querySelector(selector);
const startButton = find("[data-start]");
const stopButton = find("[data-stop]");
const video = find("video");
const level = find("[data-level]");
const said = document.getElementById("said");
const framed = "framed" in document.documentElement.dataset;
const policy = document.permissionsPolicy ?? document.featurePolicy;

let run = 0; // what a former run still waits for is dropped
let tracks = [];
let ears = null;
let looking = 0;

const panel = (device) => find(`[data-device="${device}"]`);
const isPassedOn = (feature) => policy?.allowsFeature?.(feature) ?? true;

/** Show how a device is, and tell those who do not see it. */
function show(device, state) {
  for (const one of panel(device).querySelectorAll("[data-state]")) {
    one.hidden = one.dataset.state !== state;
    if (!one.hidden && state !== "asking") tell(`${title(device)}: ${one.querySelector("[data-word]").textContent}`);
  }
  panel(device).dataset.shown = state;
  if (state === "works") return;
  panel(device).querySelector("[data-name]").textContent = "";
  if (device === "camera") video.hidden = true;
  else level.hidden = true;
  // In a frame a refusal may be the LMS's: not every browser says whose it was.
  if (framed && (state === "denied" || state === "framed")) find("[data-offer]")?.removeAttribute("hidden");
}

const title = (device) => panel(device).querySelector("h3").textContent.trim();

let sentences = [];
function tell(sentence) {
  sentences.push(sentence);
  said.textContent = sentences.join(". ");
}

// --- starting and stopping ---

async function start() {
  stop();
  const mine = ++run;
  sentences = [];
  find("[data-check]").hidden = false;
  offer(stopButton);
  for (const device in DEVICES) show(device, isPassedOn(device) ? "asking" : "framed");
  const there = await inputs();
  if (mine !== run) return;
  const wanted = Object.keys(DEVICES).filter((device) => panel(device).dataset.shown === "asking");
  for (const device of wanted) if (!there.has(DEVICES[device].input)) show(device, "missing");
  await open(
    wanted.filter((device) => there.has(DEVICES[device].input)),
    mine,
  );
  if (mine !== run) return;
  if (!tracks.length) offer(startButton); // nothing to stop: what was mended can be tried again
  listPermissions();
}

/** Show one of the two buttons in the other's place. */
function offer(button) {
  const other = button === startButton ? stopButton : startButton;
  const hadFocus = document.activeElement === other;
  button.hidden = false;
  other.hidden = true;
  if (hadFocus) button.focus();
}

/** The kinds of devices that are there. Known without asking; which they are is not. */
async function inputs() {
  try {
    return new Set((await navigator.mediaDevices.enumerateDevices()).map((one) => one.kind));
  } catch {
    return new Set(Object.values(DEVICES).map((one) => one.input));
  }
}

/** Both at once, so that the browser asks once. If that fails, find out whose fault it is. */
async function open(devices, mine) {
  if (!devices.length) return;
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia(
      Object.fromEntries(devices.map((device) => [DEVICES[device].constraint, true])),
    );
  } catch (refusal) {
    if (mine === run) await explain(devices, REASONS[refusal.name] ?? "failed", mine);
    return;
  }
  if (mine !== run) {
    for (const track of stream.getTracks()) track.stop();
    return;
  }
  tracks.push(...stream.getTracks());
  for (const device of devices) use(device, stream, mine);
}

async function explain(devices, reason, mine) {
  if (devices.length === 1) {
    show(devices[0], reason);
    return;
  }
  if (reason === "denied") {
    // One that is refused for good refuses both. Else the person said no to both: not to be asked again.
    const refused = [];
    for (const device of devices) if ((await permission(device)) === "denied") refused.push(device);
    if (mine !== run) return;
    const isForBoth = refused.length === 0 || refused.length === devices.length;
    for (const device of isForBoth ? devices : refused) show(device, "denied");
    if (isForBoth) return;
    devices = devices.filter((device) => !refused.includes(device));
  }
  for (const device of devices) await open([device], mine);
}

function use(device, stream, mine) {
  const [track] = device === "camera" ? stream.getVideoTracks() : stream.getAudioTracks();
  panel(device).querySelector("[data-name]").textContent = track.label;
  track.addEventListener("ended", () => {
    if (mine === run) show(device, "missing");
  });
  if (device === "camera") {
    video.srcObject = new MediaStream([track]);
    video.hidden = false;
    video.play().catch(() => {}); // stopped before it began
  } else {
    listen(new MediaStream([track]));
    level.hidden = false;
  }
  show(device, "works");
}

function stop() {
  run += 1;
  clearInterval(looking);
  for (const track of tracks) track.stop();
  tracks = [];
  video.srcObject = null;
  ears?.close();
  ears = null;
  offer(startButton);
  for (const device in DEVICES) {
    if (["works", "asking"].includes(panel(device).dataset.shown)) show(device, "off");
  }
}

// --- how loud ---

function listen(stream) {
  ears = new AudioContext();
  ears.resume();
  const analyser = ears.createAnalyser();
  analyser.fftSize = 2048;
  ears.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const meter = level.querySelector("meter");
  const lately = [];
  let wasHeard = false;
  looking = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, one) => sum + one * one, 0) / samples.length;
    const decibels = Math.max(-100, 10 * Math.log10(power));
    const loudness = Math.max(0, Math.min(100, (decibels + 60) * (100 / 50)));
    meter.value = Math.max(loudness, meter.value - 8); // falls slowly: easier to follow
    lately.push(decibels);
    if (lately.length > HOLD_LOOKS) lately.shift();
    const loudest = Math.max(...lately);
    const heard = loudest < SILENT_DB ? "silent" : loudest < FAINT_DB ? "faint" : "good";
    for (const one of level.querySelectorAll("[data-heard]")) one.hidden = one.dataset.heard !== heard;
    if (heard === "good" && !wasHeard) {
      wasHeard = true;
      tell(level.querySelector('[data-heard="good"]').textContent);
    }
  }, LOOK_MS);
}

/** Two soft tones, one after the other. */
function play() {
  const mouth = new AudioContext();
  const begin = mouth.currentTime + 0.05;
  [523, 659].forEach((pitch, index) => {
    const at = begin + index * 0.35;
    const tone = mouth.createOscillator();
    const volume = mouth.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.25, at + 0.03);
    volume.gain.linearRampToValueAtTime(0, at + 0.33);
    tone.connect(volume).connect(mouth.destination);
    tone.start(at);
    tone.stop(at + 0.35);
    if (index === 1) tone.addEventListener("ended", () => mouth.close());
  });
  find("[data-played]").hidden = false;
}

// --- what is allowed ---

/** "granted", "prompt", "denied", or "unknown": not every browser tells. */
async function permission(name) {
  try {
    return (await navigator.permissions.query({ name })).state;
  } catch {
    return "unknown";
  }
}

async function listPermissions() {
  const words = find("[data-words]").dataset;
  for (const place of document.querySelectorAll("[data-permission]")) {
    const name = place.dataset.permission;
    let state = "framed";
    if (isPassedOn(name)) {
      const isShare = name === "display-capture"; // never granted for good
      state = !isShare ? await permission(name) : navigator.mediaDevices.getDisplayMedia ? "prompt" : "missing";
    }
    place.textContent = words[state] ?? words.unknown;
  }
}

if (navigator.mediaDevices?.getUserMedia) {
  startButton.hidden = false;
  startButton.addEventListener("click", start);
  stopButton.addEventListener("click", stop);
  find("[data-play]").addEventListener("click", play);
  addEventListener("pagehide", stop);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) stop();
  });
} else {
  find("[data-unable]").hidden = false;
}
