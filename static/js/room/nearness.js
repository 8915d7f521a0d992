/**
 * Sound from where people stand. Each voice that arrives (as many as there are sound slots, never more) has a gain; with
 * headphones also a side, which needs Web Audio. Without them the plain elements play, so that browsers cancel the echo.
 */

/** @typedef {{ gain: number, pan: number }} Heard */

export class Nearness {
  /** @param {() => void} changed the browser lets Web Audio play now, or no more: place the voices again */
  constructor(changed) {
    this.changed = changed
    /** @type {AudioContext | null} */
    this.context = null
    /** @type {Map<string, { stream: MediaStream, source: MediaStreamAudioSourceNode, panner: StereoPannerNode, gain: GainNode }>} */
    this.voices = new Map()
  }

  /**
   * Play one voice so.
   * @param {string} slot
   * @param {HTMLAudioElement} sound
   * @param {Heard} heard
   * @param {boolean} headphones
   */
  place(slot, sound, heard, headphones) {
    const stream = /** @type {MediaStream | null} */ (sound.srcObject)
    if (!headphones || !stream) {
      this.drop(slot)
      sound.muted = false
      sound.volume = heard.gain
      return
    }
    const voice = this.#voice(slot, stream)
    const plays = this.context?.state === 'running' // browsers keep it asleep until the page was touched
    sound.muted = plays // it keeps the stream flowing; Web Audio plays it
    sound.volume = heard.gain
    const now = /** @type {AudioContext} */ (this.context).currentTime
    voice.gain.gain.setTargetAtTime(heard.gain, now, 0.05) // steps, not clicks
    voice.panner.pan.setTargetAtTime(heard.pan, now, 0.05)
  }

  /**
   * @param {string} slot
   * @param {MediaStream} stream
   */
  #voice(slot, stream) {
    const held = this.voices.get(slot)
    if (held?.stream === stream) return held
    this.drop(slot)
    if (!this.context) {
      this.context = new AudioContext()
      this.context.onstatechange = this.changed
    }
    void this.context.resume().catch(() => {})
    const voice = { stream, source: this.context.createMediaStreamSource(stream), panner: this.context.createStereoPanner(), gain: this.context.createGain() }
    voice.source.connect(voice.panner).connect(voice.gain).connect(this.context.destination)
    this.voices.set(slot, voice)
    return voice
  }

  /** After a gesture. */
  wake() {
    void this.context?.resume().catch(() => {})
  }

  /** @param {string} slot */
  drop(slot) {
    const voice = this.voices.get(slot)
    if (!voice) return
    voice.source.disconnect()
    voice.gain.disconnect()
    this.voices.delete(slot)
  }

  close() {
    for (const slot of [...this.voices.keys()]) this.drop(slot)
    if (this.context) this.context.onstatechange = null
    void this.context?.close()
    this.context = null
  }
}
