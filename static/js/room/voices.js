/** Listens to the sounds that play and to my own microphone, and tells the room who talks. Nothing leaves the page. */

import { Meter } from './devices.js'
import { listen, nobody } from './talking.js'

const LOOK = 200 // ms between looks at the meters

export class Voices {
  /** @param {(talks: string[], first: string | null) => void} changed */
  constructor(changed) {
    this.changed = changed
    /** @type {Map<string, { track: MediaStreamTrack, meter: Meter }>} */
    this.meters = new Map()
    this.talking = nobody()
    /** @type {AudioContext | null} */
    this.context = null
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.timer = undefined
  }

  /** Listen to these, and to nobody else.
   * @param {Map<string, MediaStreamTrack>} tracks source → sound */
  hear(tracks) {
    for (const [source, { track, meter }] of this.meters) {
      if (tracks.get(source) === track) continue
      meter.close()
      this.meters.delete(source)
    }
    for (const [source, track] of tracks) {
      if (this.meters.has(source)) continue
      this.context ??= new AudioContext()
      this.meters.set(source, { track, meter: new Meter(track, this.context) })
    }
    if (this.meters.size) this.timer ??= setInterval(() => this.#look(), LOOK)
    else this.#rest()
  }

  /** Browsers keep sound asleep until the page was touched. */
  wake() {
    for (const { meter } of this.meters.values()) meter.resume()
  }

  #look() {
    const levels = new Map([...this.meters].map(([source, { meter }]) => [source, meter.level()]))
    const talking = listen(this.talking, levels, performance.now())
    if (talking === this.talking) return
    this.talking = talking
    this.changed(talking.talks, talking.first)
  }

  #rest() {
    clearInterval(this.timer)
    this.timer = undefined
    void this.context?.close()
    this.context = null
    if (this.talking.talks.length) this.changed([], null)
    this.talking = nobody()
  }
}
