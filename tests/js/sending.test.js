import assert from 'node:assert/strict'
import test from 'node:test'
import { codecs, layers } from '../../static/js/room/sending.js'
import { bucket } from '../../static/js/room/view/sizes.js'

/** @param {number} lines @param {string[] | null} watched */
const sent = (lines, watched) => layers(lines, watched).filter((one) => one.active).map(({ rid, scale }) => `${rid}${Math.round(lines / scale)}`)

test('a camera is sent in three sizes, each but the smallest only while somebody looks at it so', () => {
  assert.deepEqual(sent(720, null), ['h720', 'm360', 'l180'])
  assert.deepEqual(sent(720, ['h', 'm', 'l']), ['h720', 'm360', 'l180'])
  assert.deepEqual(sent(720, ['h', 'l']), ['h720', 'l180'])
  assert.deepEqual(sent(720, ['l']), ['l180'])
  assert.deepEqual(sent(720, []), ['l180'])
  assert.deepEqual(sent(1080, null), ['h720', 'm360', 'l180'])
  assert.deepEqual(layers(720, null).map(({ bits }) => bits), [1_300_000, 450_000, 130_000])
})

test('a small camera is not cut into postage stamps', () => {
  assert.deepEqual(sent(480, ['h', 'm']), ['h480', 'm240'])
  assert.deepEqual(sent(480, ['l']), ['m240'])
  assert.deepEqual(sent(180, null), ['h180'])
  assert.deepEqual(sent(180, ['l']), ['h180'])
})

const VP8 = { mimeType: 'video/VP8' }
const RTX = { mimeType: 'video/rtx' }
const PLAIN = { mimeType: 'video/H264', sdpFmtpLine: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f' }
const OTHERS = [
  { mimeType: 'video/H264', sdpFmtpLine: 'level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f' },
  { mimeType: 'video/H264', sdpFmtpLine: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=640c1f' },
  { mimeType: 'video/H264', sdpFmtpLine: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f' },
  { mimeType: 'video/AV1' },
]

test('only what the node takes is offered, and what this device does best first', () => {
  const known = [...OTHERS, PLAIN, RTX, VP8]
  assert.deepEqual(codecs(known, 'video', false), [VP8, PLAIN, RTX])
  assert.deepEqual(codecs(known, 'video', true), [PLAIN, VP8, RTX])
  assert.deepEqual(codecs([PLAIN, RTX], 'video', false), [PLAIN, RTX])
  assert.deepEqual(codecs(OTHERS, 'video', false), [])
})

test('a tile is told in steps, so that a pixel more asks for nothing new', () => {
  assert.deepEqual([0, 0.4, 88, 90, 91, 500, 5000].map(bucket), [0, 0, 90, 90, 180, 540, 2160])
})
