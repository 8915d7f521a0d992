import assert from 'node:assert/strict'
import { test } from 'node:test'
import { between, narrow, verdict } from '../../static/js/room/loop.js'

const NONE = { sent: 0, again: 0, got: 0, lost: 0, missed: 0, bytes: 0, jitter: [], rtt: [], pictures: 0, limited: false }
const AFTER = { ...NONE, sent: 250, got: 250, bytes: 125_000, jitter: [4, 6], rtt: [20, 40], pictures: 50 }

test('five seconds of a good line are good, whatever is still on its way', () => {
  const found = between(NONE, { ...AFTER, got: 247 }, 5, true)
  assert.deepEqual(found, { rtt: 30, loss: 0, out: 0, mended: 0, jitter: 5, kbps: 200, picture: true, thin: false })
  assert.equal(verdict(found), 'good')
})

test('the worst thing is told, and where it happens', () => {
  for (const [name, after, picture, expected] of [
    ['lost on the way there, as the node counts', { got: 230, lost: 20, missed: 18 }, true, 'lost-out'],
    ['lost on the way back', { got: 230, lost: 20, missed: 1 }, true, 'lost-in'],
    ['nothing came back at all', { got: 0, missed: 0 }, true, 'lost-in'],
    ['a long way', { rtt: [420] }, true, 'late'],
    ['an uneven one', { jitter: [80] }, true, 'uneven'],
    ['what was lost was sent again in time', { sent: 260, again: 10 }, true, 'good'],
    ['much had to be sent again', { sent: 300, again: 50 }, true, 'uneven'],
    ['no picture came back', { pictures: 0 }, true, 'thin'],
    ['the picture had to shrink', { limited: true }, true, 'thin'],
    ['no picture was sent', { pictures: 0, limited: true }, false, 'good'],
    ['one word in fifty is mended', { got: 245, lost: 5 }, true, 'good'],
  ]) assert.equal(verdict(between(NONE, { ...AFTER, ...after }, 5, picture)), expected, name)
})

test('a line is thin when the picture rested at the end, and not for a moment only', () => {
  const [rests, moves] = [true, false]
  for (const [name, looks, expected] of [
    ['never', [moves, moves, moves, moves, moves], false],
    ['all the time', [rests, rests, rests, rests, rests], true],
    ['until the node had felt the line', [rests, rests, rests, moves, moves], false],
    ['one moment in the middle', [moves, moves, rests, moves, moves], false],
    ['one moment before the end', [moves, moves, moves, rests, moves], false],
    ['the very last moment', [moves, moves, moves, moves, rests], false],
    ['since the node has felt the line', [moves, moves, moves, rests, rests], true],
    ['again and again, at the end too', [moves, rests, rests, moves, rests], true],
    ['nearly all the time, and let go at the last look', [rests, rests, rests, rests, moves], true],
    ['one look only', [rests], true],
    ['no look at all', [], false],
  ]) assert.equal(narrow(/** @type {boolean[]} */ (looks)), expected, String(name))
})
