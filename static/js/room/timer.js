/**
 * Time of a speech. Pure: the server's clock decides, this page only counts.
 *
 * A clock is the server's time (ms since 1970) minus this page's monotonic time (`performance.now()`), so neither a
 * wrong nor a corrected clock of this machine changes what is shown.
 */

/** @typedef {import('./state.js').Turn} Turn */
/** @typedef {'open' | 'good' | 'last-minute' | 'over' | 'paused'} Phase */

const STEPPED = 2000 // ms: more than this is no delay of the network; the server's clock or ours was set

/**
 * The clock after hearing the server's time. Delay only ever makes a sample too small, so the largest is the best one.
 * @param {number | null} clock what was known before
 * @param {string} heard the server's time, ISO 8601
 * @param {number} mono `performance.now()` when it was heard
 */
export function clockOf(clock, heard, mono) {
  const sample = Date.parse(heard) - mono
  if (Number.isNaN(sample)) return clock ?? 0
  if (clock === null || Math.abs(sample - clock) > STEPPED) return sample
  return Math.max(clock, sample)
}

/**
 * Milliseconds a turn has used, pauses left out.
 * @param {Turn} turn
 * @param {number} now the server's time in ms
 */
export function usedMs(turn, now) {
  const running = turn.running_since ? Math.max(0, now - Date.parse(turn.running_since)) : 0
  return turn.used_ms + running
}

/**
 * Whole seconds left, below zero once the time is over; null where the time is not limited.
 * @param {Turn} turn
 * @param {number} now the server's time in ms
 */
export function secondsLeft(turn, now) {
  if (!turn.granted) return null
  return Math.ceil((turn.granted * 1000 - usedMs(turn, now)) / 1000)
}

/**
 * How the timer is drawn. The last minute of a short speech begins at a third of it.
 * @param {Turn} turn
 * @param {number} now
 * @returns {Phase}
 */
export function phase(turn, now) {
  if (!turn.running_since) return 'paused'
  const left = secondsLeft(turn, now)
  if (left === null) return 'open'
  if (left <= 0) return 'over'
  return left <= Math.min(60, turn.granted / 3) ? 'last-minute' : 'good'
}

/** "02:14"; below zero "−00:12", because the minus sign is a sign and not a hyphen.
 * @param {number} seconds */
export function clockFace(seconds) {
  const size = Math.abs(Math.trunc(seconds))
  const face = `${String(Math.floor(size / 60)).padStart(2, '0')}:${String(size % 60).padStart(2, '0')}`
  return seconds < 0 ? `−${face}` : face
}

/**
 * The moment to speak aloud between two readings: 60, 30 or 0 seconds, else null.
 * @param {number | null} before
 * @param {number | null} after
 */
export function spokenMoment(before, after) {
  if (before === null || after === null) return null
  return [60, 30, 0].find((moment) => before > moment && after <= moment && after > moment - 5) ?? null
}
