import assert from 'node:assert/strict'
import { test } from 'node:test'

import { listen, nobody } from '../../static/js/room/talking.js'

const STEP = 200 // ms between looks
const TALK = 0.6
const QUIET = 0.1

/**
 * What is shown after each stretch: [seconds, { source: level }] in order.
 * @returns {{ first: string | null, talks: string[] }[]}
 */
function play(...stretches) {
  let [talking, now] = [nobody(), 0]
  return stretches.map(([seconds, levels]) => {
    for (let end = now + seconds * 1000; now < end; now += STEP) talking = listen(talking, new Map(Object.entries(levels)), now)
    return { first: talking.first, talks: [...talking.talks].sort() }
  })
}

test('who talks, by table', () => {
  for (const [name, stretches, expected] of [
    ['nobody', [[1, { a: QUIET, b: QUIET }]], [[null, []]]],
    ['a cough', [[1, { a: QUIET }], [0.2, { a: 0.9 }], [1, { a: QUIET }]], [[null, []], [null, []], [null, []]]],
    ['a word', [[0.6, { a: TALK, b: QUIET }]], [['a', ['a']]]],
    ['a breath between two sentences', [[1, { a: TALK }], [1, { a: QUIET }], [1, { a: TALK }]], [['a', ['a']], ['a', ['a']], ['a', ['a']]]],
    ['done speaking', [[1, { a: TALK }], [2, { a: QUIET }]], [['a', ['a']], [null, []]]],
    ['an answer after the question', [[2, { a: TALK, b: QUIET }], [2, { a: QUIET, b: TALK }]], [['a', ['a']], ['b', ['b']]]],
    ['an answer into the breath: the first stays until they rest', [[2, { a: TALK, b: QUIET }], [1, { a: QUIET, b: 0.5 }]], [['a', ['a']], ['a', ['a', 'b']]]],
    ['two at once: the first stays', [[1, { a: TALK, b: QUIET }], [3, { a: TALK, b: TALK }]], [['a', ['a']], ['a', ['a', 'b']]]],
    ['a little louder: the first stays', [[1, { a: TALK, b: QUIET }], [3, { a: TALK, b: TALK + 0.1 }]], [['a', ['a']], ['a', ['a', 'b']]]],
    ['clearly louder for a moment: the first stays', [[1, { a: 0.5, b: QUIET }], [0.8, { a: 0.5, b: 0.9 }], [1, { a: 0.5, b: 0.5 }]], [['a', ['a']], ['a', ['a', 'b']], ['a', ['a', 'b']]]],
    ['clearly louder for a while', [[1, { a: 0.5, b: QUIET }], [1.6, { a: 0.5, b: 0.9 }]], [['a', ['a']], ['b', ['a', 'b']]]],
    ['whoever is no longer heard does not talk', [[1, { a: TALK }], [0.2, {}]], [['a', ['a']], [null, []]]],
  ]) assert.deepEqual(play(...stretches), expected.map(([first, talks]) => ({ first, talks })), name)
})

test('while nothing changes nothing is drawn', () => {
  const levels = new Map([['a', TALK]])
  const talking = [0, 200, 400].reduce((held, now) => listen(held, levels, now), nobody())
  assert.equal(listen(talking, levels, 600), talking)
})
