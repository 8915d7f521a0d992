/**
 * A voice graded as interpreters would: green, amber or red, and why. Pure.
 *
 * Speech carries to 12 000 Hz and more; a telephone to 3400 Hz, a wireless headset in its speaking mode to 8000 Hz.
 * Interpreters ask for 15 000 Hz; under 10 000 they hear s and f apart no longer, under 4500 they tire within minutes.
 *
 * @typedef {'green' | 'amber' | 'red'} Colour
 * @typedef {'good' | 'silent' | 'quiet' | 'clipped' | 'noisy' | 'narrow'} Why
 * @typedef {{ grade: Colour, why: Why, bandwidth: number | null }} Grade  bandwidth in Hz
 */

const ENOUGH = 1.5 // s of speech before a voice is judged
const SILENT = 6 // s without a sound before the microphone is told to be off
const NOTHING = -65 // dB
const DIN = -35 // dB of steady noise in which no voice stands out …
const LASTS = 4 // … and s of it before that is told
const HOLD = 3000 // ms another grade must last before it is told
/** Beyond the first amber, beyond the second red. Speech over noise and level in dB, bandwidth in Hz. */
const LIMITS = { clipped: [0.05, 0.4], over: [20, 10], level: [-40, -50], bandwidth: [10_000, 4500] }

/**
 * @param {import('./analysis.js').Figures} figures
 * @returns {Grade | null} null while too little was said
 */
export function grade({ seconds, speech, level, noise, peak, clipped, bandwidth }) {
  if (seconds >= SILENT && peak < NOTHING) return { grade: 'red', why: 'silent', bandwidth: null }
  if (speech < ENOUGH) return seconds >= LASTS && noise > DIN ? { grade: 'red', why: 'noisy', bandwidth: null } : null
  const over = level - noise
  /** @type {[Why, number][]} */
  const found = [
    ['clipped', beyond(clipped, LIMITS.clipped)],
    ['noisy', beyond(-over, LIMITS.over.map((db) => -db))],
    ['narrow', over < LIMITS.over[0] ? 0 : beyond(-bandwidth, LIMITS.bandwidth.map((hertz) => -hertz))], // noise hides what a voice carries
    ['quiet', beyond(-level, LIMITS.level.map((db) => -db))],
  ]
  const [why, weight] = found.reduce((worst, one) => (one[1] > worst[1] ? one : worst), /** @type {[Why, number]} */ (['good', 0]))
  return { grade: /** @type {Colour[]} */ (['green', 'amber', 'red'])[weight], why, bandwidth }
}

/**
 * @param {number} value
 * @param {number[]} limits
 */
const beyond = (value, [first, second]) => (value > second ? 2 : value > first ? 1 : 0)

/** Grades as they are told: the first at once, another when it has lasted. */
export class Settled {
  /** @type {Grade | null} */
  told = null
  /** @type {{ grade: Grade, since: number } | null} */
  #other = null

  /**
   * @param {Grade | null} fresh
   * @param {number} now ms
   * @returns {boolean} whether something else is told from now on
   */
  take(fresh, now) {
    if (!fresh) return false
    if (fresh.why === this.told?.why && fresh.grade === this.told.grade) {
      this.#other = null
      return false
    }
    if (this.#other?.grade.why !== fresh.why || this.#other.grade.grade !== fresh.grade) this.#other = { grade: fresh, since: now }
    if (this.told && now - this.#other.since < HOLD) return false
    this.told = fresh
    this.#other = null
    return true
  }
}
