/**
 * Who talks now, of those who are heard. Pure: levels in, names out. Only where loudness may decide what is shown: in a
 * discussion, in a corridor, before and after the meeting; at the rostrum the rules say who speaks.
 *
 * @typedef {{ since: number | null, last: number, over: number | null }} Voice  ms: loud since; last loud; clearly louder than the first since
 * @typedef {{ voices: Map<string, Voice>, talks: string[], first: string | null }} Talking  `first`: the active speaker
 */

export const LOUD = 0.3 // of a meter from -60 dB to full scale: -42 dB
const RISE = 250 // ms of loudness before somebody talks: a cough is no word
const REST = 1500 // ms of quiet before somebody has stopped: people breathe
const LOUDER = 0.12 // 7 dB: who is so much louder …
const OUTDONE = 1000 // … for so long is the first, though the other goes on

/** @returns {Talking} */
export const nobody = () => ({ voices: new Map(), talks: [], first: null })

/**
 * One more look at the meters. The same object comes back when nothing that is shown has changed.
 * @param {Talking} held
 * @param {Map<string, number>} levels of every source that is heard, 0 to 1
 * @param {number} now ms
 * @returns {Talking}
 */
export function listen(held, levels, now) {
  /** @type {Map<string, Voice>} */
  const voices = new Map()
  const top = levels.get(held.first ?? '') ?? 0
  for (const [source, level] of levels) voices.set(source, one(held.voices.get(source), level, level - top > LOUDER, now))
  const talks = [...voices].filter(([source, voice]) => isTalking(voice, now, held.talks.includes(source))).map(([source]) => source)
  const first = leading(held.first, talks, voices, levels, now)
  const same = first === held.first && talks.length === held.talks.length && talks.every((source, at) => source === held.talks[at])
  held.voices = voices // the clockwork; what is shown is in the other two
  return same ? held : { voices, talks, first }
}

/**
 * @param {Voice | undefined} before
 * @param {number} level
 * @param {boolean} louder than the first
 * @param {number} now
 * @returns {Voice}
 */
function one(before, level, louder, now) {
  const last = level >= LOUD ? now : (before?.last ?? -Infinity)
  const since = level >= LOUD ? (before?.since ?? now) : now - last < RISE ? (before?.since ?? null) : null
  return { since, last, over: level >= LOUD && louder ? (before?.over ?? now) : null }
}

/**
 * @param {Voice} voice
 * @param {number} now
 * @param {boolean} already
 */
const isTalking = (voice, now, already) => (already ? now - voice.last < REST : voice.since !== null && now - voice.since >= RISE)

/**
 * The first stays the first while they talk, unless clearly outdone.
 * @param {string | null} held
 * @param {string[]} talks
 * @param {Map<string, Voice>} voices
 * @param {Map<string, number>} levels
 * @param {number} now
 */
function leading(held, talks, voices, levels, now) {
  const loudest = (/** @type {string[]} */ all) => all.reduce((/** @type {string | null} */ best, source) => (best === null || (levels.get(source) ?? 0) > (levels.get(best) ?? 0) ? source : best), null)
  if (held === null || !talks.includes(held)) return loudest(talks)
  const outdo = talks.filter((source) => source !== held && now - (voices.get(source)?.over ?? now) >= OUTDONE)
  return loudest(outdo) ?? held
}
