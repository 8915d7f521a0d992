/** Grades an open microphone while it is open. Only the grade leaves this file; the sound stays where it is. */

import { Settled, grade } from './grade.js'

const ENTRY = './analysis.js'

export class Grading {
  /**
   * @param {MediaStreamTrack} track
   * @param {(grade: import('./grade.js').Grade) => void} changed another grade is told
   * @param {(seconds: number) => void} [listened] so long it has listened, of the last ten seconds
   */
  constructor(track, changed, listened = () => {}) {
    this.track = track
    this.changed = changed
    this.listened = listened
    this.settled = new Settled()
    this.over = false
    /** @type {AudioContext | null} */
    this.context = null
    /** @type {AudioNode[]} kept, or a browser may take them for done */
    this.nodes = []
    void this.#begin().catch(() => this.close()) // a browser without worklets: no grade, and everything else as ever
  }

  async #begin() {
    const { sampleRate } = this.track.getSettings() // Firefox takes no microphone of another rate than the context's
    const context = (this.context = new AudioContext(sampleRate ? { sampleRate } : {}))
    await context.audioWorklet.addModule(import.meta.resolve(ENTRY))
    if (this.over) return
    const node = new AudioWorkletNode(context, 'analysis', { numberOfInputs: 1, numberOfOutputs: 1 })
    node.port.onmessage = ({ data }) => {
      if (this.over) return
      if (this.settled.take(grade(data), performance.now())) this.changed(/** @type {import('./grade.js').Grade} */ (this.settled.told))
      if (!this.over) this.listened(data.seconds)
    }
    const source = context.createMediaStreamSource(new MediaStream([this.track]))
    source.connect(node).connect(context.destination) // it plays silence: browsers run what leads somewhere
    this.nodes = [source, node]
    this.wake()
  }

  /** Browsers keep sound asleep until the page was touched. */
  wake() {
    if (this.context?.state === 'suspended') this.context.resume().catch(() => {})
  }

  close() {
    if (this.over) return
    this.over = true
    void this.context?.close().catch(() => {})
  }
}
