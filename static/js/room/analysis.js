/**
 * What a voice sounds like: how loud, how noisy, clipped or not, and up to which pitch it carries. Runs as an AudioWorklet
 * beside the microphone; figures leave it, sound never does. It imports nothing: a worklet has no import map.
 *
 * @typedef {object} Figures
 * @property {number} seconds heard so far, of the last WINDOW at most
 * @property {number} speech seconds of speech among them
 * @property {number} level of the speech, dB below full scale
 * @property {number} noise in the pauses, dB below full scale
 * @property {number} peak the loudest moment, dB below full scale
 * @property {number} clipped share of the speech that was too loud for the microphone, 0 to 1
 * @property {number} bandwidth Hz up to which the voice carries; 0: not known
 */

const SIZE = 1024 // samples of a frame: 21 ms at 48 kHz
const BANDS = 64 // of the spectrum: 375 Hz each at 48 kHz
const WINDOW = 10 // s that are looked back on
const FLOOR = -140 // dB; what is below is silence
const FULL = 0.985 // of full scale
const ABOVE = 10 // dB by which speech is louder than the pauses
const FAINT = -60 // dB below which nothing is speech
const TONE = 0.9 // a frame with so much of its power in one pitch is a beep, not a voice
const CARRIES = 55 // dB below the strongest band; weaker is what resampling and codecs leave behind
const CLEAR = 8 // dB by which a band must stand out of its own noise

/** @typedef {{ db: number, full: boolean, tone: boolean, bands: Float32Array }} Frame */

export class Analysis {
  /** @param {number} rate samples a second */
  constructor(rate) {
    this.rate = rate
    this.most = Math.ceil((WINDOW * rate) / SIZE)
    /** @type {Frame[]} */
    this.frames = []
    this.filled = 0
    this.samples = new Float32Array(SIZE)
    this.shape = Float32Array.from({ length: SIZE }, (_, at) => 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / SIZE)) // Hann
    this.real = new Float32Array(SIZE)
    this.imaginary = new Float32Array(SIZE)
  }

  /** @param {Float32Array} samples -1 to 1, any number of them */
  take(samples) {
    for (const sample of samples) {
      this.samples[this.filled++] = sample
      if (this.filled < SIZE) continue
      this.filled = 0
      this.frames.push(this.#frame())
      if (this.frames.length > this.most) this.frames.shift()
    }
  }

  /** @returns {Frame} */
  #frame() {
    let [power, run, full] = [0, 0, false]
    for (const sample of this.samples) {
      power += sample * sample
      run = Math.abs(sample) >= FULL ? run + 1 : 0
      full ||= run >= 2
    }
    const db = decibel(power / SIZE)
    const bands = new Float32Array(BANDS)
    return { db, full, bands, tone: db > FAINT && this.#spectrum(bands) }
  }

  /** Fill the bands with their power; whether nearly all of it is in one pitch.
   * @param {Float32Array} bands */
  #spectrum(bands) {
    for (let at = 0; at < SIZE; at += 1) {
      this.real[at] = this.samples[at] * this.shape[at]
      this.imaginary[at] = 0
    }
    transform(this.real, this.imaginary)
    const each = SIZE / 2 / BANDS
    let [all, last, before, most] = [0, 0, 0, 0]
    for (let bin = 1; bin < SIZE / 2; bin += 1) {
      const power = (this.real[bin] ** 2 + this.imaginary[bin] ** 2) / (SIZE * SIZE)
      bands[Math.floor(bin / each)] += power
      all += power
      most = Math.max(most, before + last + power) // a pitch falls into three bins
      ;[before, last] = [last, power]
    }
    return most > TONE * all
  }

  /** @returns {Figures} */
  figures() {
    const levels = this.frames.map(({ db }) => db).sort((a, b) => a - b)
    const quiet = levels[Math.floor(levels.length / 10)] ?? FLOOR
    const speech = this.frames.filter(({ db, tone }) => !tone && db > Math.max(quiet + ABOVE, FAINT))
    const pauses = this.frames.filter(({ db }) => db <= quiet + 3)
    return {
      seconds: this.#seconds(this.frames), speech: this.#seconds(speech), level: mean(speech), noise: mean(pauses), peak: levels.at(-1) ?? FLOOR,
      clipped: speech.length ? speech.filter(({ full }) => full).length / speech.length : 0, bandwidth: this.#bandwidth(speech, pauses),
    }
  }

  /** @param {Frame[]} frames */
  #seconds(frames) {
    return (frames.length * SIZE) / this.rate
  }

  /**
   * The pitch up to which the strongest moments of each band (an s, a t) stand out. Bands that stand alone do not count.
   * @param {Frame[]} speech
   * @param {Frame[]} pauses
   */
  #bandwidth(speech, pauses) {
    if (!speech.length) return 0
    const strong = Array.from({ length: BANDS }, (_, band) => decibel(percentile(speech.map(({ bands }) => bands[band]), 0.95)))
    const noise = Array.from({ length: BANDS }, (_, band) => decibel(percentile(pauses.map(({ bands }) => bands[band]), 0.8)))
    const least = Math.max(...strong) - CARRIES
    const carries = strong.map((db, band) => db > least && db > noise[band] + CLEAR)
    const top = carries.findLastIndex((one, band) => one && (carries[band - 1] || carries[band - 2]))
    return Math.round(((top + 1) * this.rate) / 2 / BANDS)
  }
}

/** @param {number} power */
const decibel = (power) => Math.max(FLOOR, 10 * Math.log10(power + 1e-14))

/** The level of frames together, in dB.
 * @param {Frame[]} frames */
const mean = (frames) => (frames.length ? decibel(frames.reduce((sum, { db }) => sum + 10 ** (db / 10), 0) / frames.length) : FLOOR)

/**
 * @param {number[]} values
 * @param {number} share
 */
function percentile(values, share) {
  const sorted = values.sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/**
 * The Fourier transform in place (radix 2).
 * @param {Float32Array} real
 * @param {Float32Array} imaginary
 */
function transform(real, imaginary) {
  const size = real.length
  for (let at = 1, to = 0; at < size; at += 1) {
    let bit = size >> 1
    for (; to & bit; bit >>= 1) to ^= bit
    to ^= bit
    if (at < to) {
      ;[real[at], real[to]] = [real[to], real[at]]
      ;[imaginary[at], imaginary[to]] = [imaginary[to], imaginary[at]]
    }
  }
  for (let length = 2; length <= size; length *= 2) {
    const angle = (-2 * Math.PI) / length
    for (let offset = 0; offset < length / 2; offset += 1) {
      const [cos, sin] = [Math.cos(angle * offset), Math.sin(angle * offset)]
      for (let at = offset; at < size; at += length) {
        const other = at + length / 2
        const [re, im] = [real[other] * cos - imaginary[other] * sin, real[other] * sin + imaginary[other] * cos]
        ;[real[other], imaginary[other]] = [real[at] - re, imaginary[at] - im]
        ;[real[at], imaginary[at]] = [real[at] + re, imaginary[at] + im]
      }
    }
  }
}

const scope = /** @type {any} */ (globalThis)
if (scope.AudioWorkletProcessor) {
  const EVERY = 0.5 // s between figures
  scope.registerProcessor('analysis', class extends scope.AudioWorkletProcessor {
    constructor() {
      super()
      this.analysis = new Analysis(scope.sampleRate)
      this.told = scope.currentTime
    }

    /** @param {Float32Array[][]} inputs */
    process([channels]) {
      if (channels[0]) this.analysis.take(channels[0])
      if (scope.currentTime - this.told >= EVERY) {
        this.told = scope.currentTime
        this.port.postMessage(this.analysis.figures())
      }
      return channels.length > 0 // its source was taken away: the end
    }
  })
}
