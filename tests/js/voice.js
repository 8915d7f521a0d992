/** A voice made by rule: pulses through three resonances, hisses between, pauses; and what bad equipment makes of it. */

export const RATE = 48_000

/** A random number from -1 to 1, the same every time. */
export function dice(seed = 1) {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 31 - 1
  }
}

/** A resonance: two poles.
 * @param {number} hertz
 * @param {number} width */
function resonance(hertz, width) {
  const radius = Math.exp((-Math.PI * width) / RATE)
  const [a, b] = [2 * radius * Math.cos((2 * Math.PI * hertz) / RATE), -radius * radius]
  let [one, two] = [0, 0]
  return (x) => ([two, one] = [one, (1 - radius) * x + a * one + b * two])[1]
}

/** Seconds of speech: syllables of a fifth of a second, every fourth a hiss, a pause after every phrase of two seconds. */
export function speak(seconds, { noise = 0.0002 } = {}) {
  const [random, out] = [dice(), new Float32Array(seconds * RATE)]
  const mouth = [resonance(650, 90), resonance(1300, 110), resonance(2600, 160)]
  let [phase, before] = [0, 0]
  for (let at = 0; at < out.length; at += 1) {
    const time = at / RATE
    const [syllable, within] = [Math.floor(time / 0.22), (time % 0.22) / 0.22]
    const speaks = time % 2.8 < 2.1
    const swell = speaks ? Math.sin(Math.PI * within) ** 0.6 : 0
    phase += (110 + 25 * Math.sin(time * 3)) / RATE
    const pulse = phase >= 1 ? 1 : 0
    phase %= 1
    const white = random()
    const hiss = (white - before) * 0.06
    before = white
    const breath = 0.004 * white
    const voiced = mouth.reduce((sum, shape) => sum + shape(pulse * 30 + breath), 0)
    out[at] = swell * (syllable % 4 === 3 ? hiss : voiced * 0.9) + noise * random()
  }
  const peak = out.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
  return out.map((x) => (x / peak) * 0.5)
}

/** What passes below a pitch: a windowed sinc (Blackman), steep as a codec. */
export function below(hertz, samples, taps = 201) {
  const middle = (taps - 1) / 2
  const kernel = Float32Array.from({ length: taps }, (_, at) => {
    const x = at - middle
    const sinc = x ? Math.sin((2 * Math.PI * hertz * x) / RATE) / (Math.PI * x) : (2 * hertz) / RATE
    return sinc * (0.42 - 0.5 * Math.cos((2 * Math.PI * at) / (taps - 1)) + 0.08 * Math.cos((4 * Math.PI * at) / (taps - 1)))
  })
  const out = new Float32Array(samples.length)
  for (let at = taps; at < samples.length; at += 1) {
    let sum = 0
    for (let tap = 0; tap < taps; tap += 1) sum += kernel[tap] * samples[at - tap]
    out[at] = sum
  }
  return out
}

export const louder = (factor, samples) => samples.map((x) => Math.max(-1, Math.min(1, x * factor)))

/** With steady noise, so many times weaker than full scale. */
export function among(level, samples) {
  const random = dice(7)
  return samples.map((x) => x + level * random())
}
