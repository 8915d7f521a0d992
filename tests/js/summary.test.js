import assert from 'node:assert/strict'
import { test } from 'node:test'

import { between, count, told } from '../../static/js/room/summary.js'

const START = { at: 1000, up: 0, down: 0, lost: 0, got: 0, frozen: 0, concealed: 0, samples: 0 }
const SEEN = { rtt: null, upLoss: null, upJitter: null, downJitter: null, strained: false }
const sound = (more = {}) => ({ type: 'inbound-rtp', kind: 'audio', bytesReceived: 1000, headerBytesReceived: 0, packetsReceived: 100, packetsLost: 0, nackCount: 0, jitter: 0.01, timestamp: 9000, lastPacketReceivedTimestamp: 8990, ...more })

/** What these entries come to, five seconds after nothing. */
const summed = (...entries) => {
  const [sum, seen] = [{ ...START, at: 6000 }, { ...SEEN }]
  for (const entry of entries) count(entry, sum, seen)
  return between(START, sum, seen)
}

test('each direction has its own figures', () => {
  const found = summed(
    { type: 'outbound-rtp', kind: 'audio', bytesSent: 50_000, headerBytesSent: 0, qualityLimitationReason: 'none' },
    { type: 'remote-inbound-rtp', kind: 'audio', fractionLost: 0.04, jitter: 0.02 },
    { type: 'remote-inbound-rtp', kind: 'video', fractionLost: 0.01, jitter: 0.5 },
    sound({ bytesReceived: 100_000 }),
    { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.045 },
  )
  assert.deepEqual(found, { up: { kbps: 80, loss: 0.04, jitter: 20 }, down: { kbps: 160, loss: 0, jitter: 10 }, rtt: 45, frozen: 0, concealed: 0, strained: false })
})

test('what was asked for again was lost, what nobody said was not', () => {
  assert.equal(summed(sound({ packetsReceived: 90, nackCount: 10 })).down.loss, 0.1)
  assert.equal(summed(sound({ concealedSamples: 4800, silentConcealedSamples: 4800, totalSamplesReceived: 48_000 })).concealed, 0)
  assert.equal(summed(sound({ concealedSamples: 9600, silentConcealedSamples: 4800, totalSamplesReceived: 48_000 })).concealed, 0.1)
  assert.equal(summed(sound({ jitter: 0.2, lastPacketReceivedTimestamp: 1000 })).down.jitter, null, 'nobody speaks in this slot any more')
})

test('a browser that says nothing says nothing', () => {
  const { up, down, rtt } = summed()
  assert.deepEqual([up.loss, up.jitter, down.loss, down.jitter, rtt], [null, null, null, null, null])
  assert.deepEqual(told(summed()), { up_loss: null, up_jitter: null, down_loss: null, down_jitter: null, rtt: null, frozen: 0, concealed: 0, strained: false })
})

test('a connection that was opened anew counts from nothing', () => {
  const found = between({ ...START, up: 900_000, got: 5000, frozen: 9 }, { ...START, at: 6000, up: 1000, got: 10 }, SEEN)
  assert.deepEqual([found.up.kbps, found.down.loss, found.frozen], [0, null, 0])
})

test('what is told are whole numbers within bounds', () => {
  const wild = { up: { kbps: 1, loss: 1.7, jitter: -3 }, down: { kbps: 1, loss: 0.0123, jitter: 8.6 }, rtt: 1e9, frozen: 2.5, concealed: 0.0451, strained: true }
  assert.deepEqual(told(wild), { up_loss: 1000, up_jitter: 0, down_loss: 12, down_jitter: 9, rtt: 60_000, frozen: 2500, concealed: 45, strained: true })
})
