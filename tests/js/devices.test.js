import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Obstacle, isHeadset, loudness, obstacle, soundConstraints, unsupported } from '../../static/js/room/devices.js'

const named = (name, message = '') => Object.assign(new Error(message), { name })

test('every error of a browser becomes one obstacle', () => {
  const expected = {
    NotAllowedError: 'denied', PermissionDeniedError: 'denied', SecurityError: 'denied',
    NotFoundError: 'none', DevicesNotFoundError: 'none', OverconstrainedError: 'none',
    NotReadableError: 'in_use', TrackStartError: 'in_use', AbortError: 'in_use',
    TypeError: 'unsupported', NotSupportedError: 'unsupported', SomethingNew: 'failed',
  }
  for (const [name, code] of Object.entries(expected)) assert.equal(obstacle(named(name)).code, code, name)
  assert.equal(obstacle(undefined).code, 'failed')
  const known = new Obstacle('in_use')
  assert.equal(obstacle(known), known)
})

test('a refusal by the computer is told from one by the person', () => {
  assert.equal(obstacle(named('NotAllowedError', 'Permission denied by system')).system, true)
  assert.equal(obstacle(named('NotAllowedError', 'Permission denied')).system, false)
})

test('an insecure page and an old browser are told apart', () => {
  const mediaDevices = { getUserMedia() {} }
  assert.equal(unsupported({ isSecureContext: false, navigator: {} }), 'insecure')
  assert.equal(unsupported({ isSecureContext: true, navigator: {} }), 'unsupported')
  assert.equal(unsupported({ isSecureContext: true, navigator: { mediaDevices } }), 'unsupported')
  assert.equal(unsupported({ isSecureContext: true, navigator: { mediaDevices }, RTCPeerConnection: class {} }), null)
})

test('a headset at the floor is left as it is, a laptop and a discussion are processed, a line never', () => {
  const processing = ({ echoCancellation, noiseSuppression, autoGainControl }) => [echoCancellation, noiseSuppression, autoGainControl]
  assert.deepEqual(processing(soundConstraints('floor', true)), [false, false, false])
  assert.deepEqual(processing(soundConstraints('floor', false)), [true, true, true])
  assert.deepEqual(processing(soundConstraints('discussion', true)), [true, true, true])
  assert.deepEqual(processing(soundConstraints('line', false)), [false, false, false])
})

test('headsets are known by their names', () => {
  assert.ok(isHeadset('Jabra Evolve2 65'))
  assert.ok(isHeadset('Headset Microphone (USB)'))
  assert.ok(!isHeadset('Built-in Microphone'))
})

test('a meter shows nothing for silence and everything for full scale', () => {
  assert.equal(loudness(new Float32Array(1024)), 0)
  assert.equal(loudness(new Float32Array(1024).fill(1)), 1)
  const half = loudness(new Float32Array(1024).fill(10 ** (-30 / 20)))
  assert.ok(Math.abs(half - 0.5) < 0.01)
})
