import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Analysis } from '../../static/js/room/analysis.js'
import { Settled, grade } from '../../static/js/room/grade.js'
import { RATE, among, below, dice, louder, speak } from './voice.js'

const VOICE = speak(5)

function figures(samples, rate = RATE) {
  const analysis = new Analysis(rate)
  for (let at = 0; at < samples.length; at += 128) analysis.take(samples.subarray(at, at + 128)) // as a worklet hears it
  return analysis.figures()
}

test('a voice is graded as it was made, by table', () => {
  for (const [name, samples, expected] of [
    ['a good microphone', VOICE, 'green good'],
    ['a telephone', below(3400, VOICE), 'red narrow'],
    ['a wireless headset that speaks and listens', below(7500, VOICE), 'amber narrow'],
    ['far too loud', louder(12, VOICE), 'red clipped'],
    ['the peaks are too loud', louder(2.2, VOICE), 'amber clipped'],
    ['a fan beside it', among(0.02, VOICE), 'amber noisy'],
    ['a street', among(0.09, VOICE), 'red noisy'],
    ['a telephone in the street: the noise is what one can do something about', among(0.09, below(3400, VOICE)), 'red noisy'],
    ['from the other end of the table', louder(0.05, VOICE), 'amber quiet'],
    ['a whisper', louder(0.012, VOICE), 'red quiet'],
  ]) {
    const found = figures(samples)
    const { grade: colour, why } = grade(found) ?? {}
    assert.equal(`${colour} ${why}`, expected, `${name}: ${JSON.stringify(found)}`)
  }
})

test('the bandwidth of a voice is found within a kilohertz', () => {
  for (const hertz of [3400, 5500, 7500, 11_000]) {
    const { bandwidth } = figures(below(hertz, VOICE))
    assert.ok(Math.abs(bandwidth - hertz) < 1000, `${hertz}: ${bandwidth}`)
  }
  assert.ok(figures(VOICE).bandwidth > 15_000)
})

test('a device that hears half as high is told so at its own rate', () => {
  const half = below(7000, VOICE).filter((_, at) => at % 3 === 0)
  const { grade: colour, why, bandwidth } = grade(figures(half, RATE / 3))
  assert.deepEqual([colour, why], ['amber', 'narrow'], String(bandwidth))
})

test('what is no voice is not graded', () => {
  const beeps = Float32Array.from({ length: 8 * RATE }, (_, at) => (at % (RATE / 2) < RATE / 50 ? Math.sign(Math.sin((2 * Math.PI * 200 * at) / RATE)) * 0.5 : 0))
  const tone = Float32Array.from({ length: 8 * RATE }, (_, at) => 0.3 * Math.sin((2 * Math.PI * 440 * at) / RATE) * (at % RATE < RATE / 2 ? 1 : 0))
  const random = dice(3)
  const hum = Float32Array.from({ length: 8 * RATE }, () => 0.01 * random())
  for (const [name, samples] of Object.entries({ beeps, tone, hum, 'one word': VOICE.subarray(0, RATE) })) assert.equal(grade(figures(samples)), null, `${name}: ${JSON.stringify(figures(samples))}`)
})

test('a microphone that is switched off is told after a while, not at once', () => {
  assert.equal(grade(figures(new Float32Array(3 * RATE))), null)
  assert.deepEqual(grade(figures(new Float32Array(7 * RATE))), { grade: 'red', why: 'silent', bandwidth: null })
})

test('it looks back ten seconds: what was mended is forgotten', () => {
  const both = new Float32Array(16 * RATE)
  both.set(louder(12, VOICE))
  both.set(VOICE, 6 * RATE)
  both.set(VOICE, 11 * RATE)
  assert.equal(grade(figures(both)).why, 'good')
})

test('the first grade is told at once, another when it lasts', () => {
  const [good, loud] = [{ grade: 'green', why: 'good', bandwidth: 16_000 }, { grade: 'red', why: 'clipped', bandwidth: 16_000 }]
  const settled = new Settled()
  const told = [[0, null], [500, good], [1000, loud], [1500, good], [2000, loud], [3500, loud], [5000, loud], [5500, loud]].filter(([now, fresh]) => settled.take(fresh, now))
  assert.deepEqual(told.map(([now, { why }]) => [now, why]), [[500, 'good'], [5000, 'clipped']])
})
