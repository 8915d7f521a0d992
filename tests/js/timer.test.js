import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clockFace, clockOf, phase, secondsLeft, spokenMoment, usedMs } from '../../static/js/room/timer.js'

const AT = Date.parse('2026-03-01T10:00:00Z')
const turn = (more) => ({ granted: 180, used_ms: 0, running_since: '2026-03-01T10:00:00Z', ...more })

test('a wrong clock of this machine changes nothing', () => {
  // performance.now() says 5000 when the server says 10:00:00; what Date.now() believes is never asked.
  const clock = clockOf(null, '2026-03-01T10:00:00Z', 5000)
  assert.equal(clock + 65_000, AT + 60_000)
})

test('a delayed sample never pulls the clock back, a stepped clock does', () => {
  const clock = clockOf(null, '2026-03-01T10:00:00Z', 0)
  assert.equal(clockOf(clock, '2026-03-01T10:00:05Z', 5300), clock)
  assert.equal(clockOf(clock, '2026-03-01T10:00:05Z', 4900), clock + 100)
  assert.equal(clockOf(clock, '2026-03-01T09:00:05Z', 5000), clock - 3_600_000)
  assert.equal(clockOf(clock, 'nonsense', 5000), clock)
})

test('time left, by table', () => {
  for (const [more, after, left] of [
    [{}, 0, 180],
    [{}, 46_000, 134],
    [{}, 180_000, 0],
    [{}, 192_000, -12],
    [{ used_ms: 60_000 }, 10_000, 110],
    [{ used_ms: 60_000, running_since: null }, 999_000, 120], // paused: it waits
    [{ granted: 0 }, 10_000, null],
    [{}, -2_000, 180], // a clock a little behind never shows more than was granted
  ]) assert.equal(secondsLeft(turn(more), AT + after), left)
})

test('used time counts finished spells and the running one', () => {
  assert.equal(usedMs(turn({ used_ms: 1000 }), AT + 500), 1500)
})

test('the phase names what the colour shows', () => {
  for (const [more, after, name] of [
    [{}, 0, 'good'], [{}, 121_000, 'last-minute'], [{}, 181_000, 'over'], [{ running_since: null }, 0, 'paused'],
    [{ granted: 0 }, 0, 'open'], [{ granted: 30 }, 15_000, 'good'], [{ granted: 30 }, 21_000, 'last-minute'],
  ]) assert.equal(phase(turn(more), AT + after), name)
})

test('the face has two figures a side and a true minus', () => {
  assert.deepEqual([134, 0, 5, -12, 3600].map(clockFace), ['02:14', '00:00', '00:05', '−00:12', '60:00'])
})

test('a timer is spoken at 60, 30 and 0 only, and not after a long absence', () => {
  for (const [before, after, moment] of [
    [61, 60, 60], [60, 59, null], [31, 30, 30], [1, 0, 0], [0, -1, null], [180, 20, null], [62, 58, 60], [null, 60, null],
  ]) assert.equal(spokenMoment(before, after), moment)
})
