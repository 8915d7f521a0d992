import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'

import { Nearness } from '../../static/js/room/nearness.js'

/** A value that goes somewhere smoothly; only where to is of interest. */
const param = () => ({ at: null, setTargetAtTime(value) { this.at = value } })
const node = (more = {}) => ({ ...more, to: null, connect(next) { this.to = next; return next }, disconnect() { this.to = null } })

/** Web Audio as a browser has it before the page was touched. */
class FakeContext {
  state = 'suspended'
  currentTime = 0
  destination = node()
  onstatechange = null
  made = []
  constructor() { contexts.push(this) }
  createMediaStreamSource(stream) { this.made.push(node({ stream })); return this.made.at(-1) }
  createStereoPanner() { this.made.push(node({ pan: param() })); return this.made.at(-1) }
  createGain() { this.made.push(node({ gain: param() })); return this.made.at(-1) }
  async resume() { this.state = 'running'; this.onstatechange?.() }
  async close() { this.state = 'closed' }
}
let contexts = []
let changes = 0
const element = (srcObject = { id: 'stream' }) => ({ srcObject, muted: true, volume: 1 })

beforeEach(() => {
  contexts = []
  changes = 0
  globalThis.AudioContext = FakeContext
})
const nearness = () => new Nearness(() => { changes += 1 })

test('without headphones the element plays, as loud as near, and no Web Audio is opened', () => {
  const sound = element()
  nearness().place('a0', sound, { gain: 0.4, pan: 0.8 }, false)
  assert.deepEqual([sound.muted, sound.volume, contexts.length], [false, 0.4, 0])
})

test('with headphones the voice comes from its side, and is heard once', async () => {
  const [around, sound] = [nearness(), element()]
  around.place('a0', sound, { gain: 0.4, pan: -0.8 }, true)
  await Promise.resolve()
  assert.equal(changes, 1, 'it plays now: whoever places the voices hears of it')
  around.place('a0', sound, { gain: 0.4, pan: -0.8 }, true)
  const [{ made, destination }] = contexts
  const [source, panner, gain] = made
  assert.deepEqual([panner.pan.at, gain.gain.at], [-0.8, 0.4])
  assert.deepEqual([source.to, panner.to, gain.to], [panner, gain, destination])
  assert.equal(sound.muted, true, 'the element is silent while Web Audio plays')
})

test('while the browser keeps Web Audio asleep the element is heard', () => {
  const sound = element()
  class Asleep extends FakeContext { async resume() { throw new Error('not touched yet') } }
  globalThis.AudioContext = Asleep
  nearness().place('a0', sound, { gain: 0.4, pan: 0.2 }, true)
  assert.deepEqual([sound.muted, sound.volume], [false, 0.4])
})

test('steps change where a voice comes from, another stream in its slot is another voice', () => {
  const [around, sound] = [nearness(), element()]
  for (const pan of [0, 0.3, 0.6]) around.place('a0', sound, { gain: 1, pan }, true)
  const [first] = contexts
  assert.equal(first.made.length, 3, 'one voice for one stream')
  assert.equal(first.made[1].pan.at, 0.6)
  around.place('a0', { ...sound, srcObject: { id: 'another' } }, { gain: 1, pan: 0 }, true)
  assert.deepEqual([contexts.length, first.made.length, first.made[2].to], [1, 6, null], 'the voice before it is silent')
})

test('headphones off and leaving take the voices along', () => {
  const [around, one, other] = [nearness(), element(), element({ id: 'other' })]
  around.place('a0', one, { gain: 1, pan: 0 }, true)
  around.place('a1', other, { gain: 1, pan: 0 }, true)
  around.place('a0', one, { gain: 0.7, pan: 0 }, false)
  const { made } = contexts[0]
  assert.deepEqual([one.muted, one.volume, made[2].to, made[5].to !== null], [false, 0.7, null, true])
  around.close()
  assert.deepEqual([made[5].to, contexts[0].state, contexts[0].onstatechange, around.voices.size], [null, 'closed', null, 0])
})
