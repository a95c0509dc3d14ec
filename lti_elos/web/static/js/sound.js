// A short sound for who waits and looks elsewhere. Made here, so that nothing is fetched; chosen by the person, because
// browsers play nothing that nobody asked for.

const NOTES = [660, 880];
const NOTE_S = 0.25;
let context = null;

export const sound = {
  isOffered: "AudioContext" in window,

  /** Called from the person's own click: only then may the browser play it later. */
  turn(on) {
    if (on) context ??= new AudioContext();
    if (on) context.resume();
    else context?.suspend();
  },

  /** Plays to its end, if it was chosen. */
  async play() {
    if (context?.state !== "running") return;
    NOTES.forEach((pitch, number) => {
      const [tone, volume] = [context.createOscillator(), context.createGain()];
      const begin = context.currentTime + number * NOTE_S;
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.2, begin);
      volume.gain.exponentialRampToValueAtTime(0.001, begin + NOTE_S);
      tone.connect(volume).connect(context.destination);
      tone.start(begin);
      tone.stop(begin + NOTE_S);
    });
    await new Promise((done) => setTimeout(done, NOTES.length * NOTE_S * 1000));
  },
};
