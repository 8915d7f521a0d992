import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { Media } from '../../static/js/room/media.js'
import { Opening } from '../../static/js/room/equipment.js'

const soon = () => new Promise((done) => setImmediate(done))

/** A device's sound or picture, which the test can see stopped. */
class Track extends EventTarget {
  constructor() { super(); this.readyState = 'live'; this.label = ''; Track.all.push(this) }
  static all = []
  stop() { this.readyState = 'ended' }
  async applyConstraints() {}
  getSettings() { return {} }
}

/** A page whose browser asks the person each time: the test answers. */
function page() {
  Track.all = []
  const asked = []
  Object.assign(globalThis, {
    MediaStream: class { constructor(tracks) { this.tracks = tracks } getTracks() { return this.tracks } },
    RTCPeerConnection: class {},
    matchMedia: () => ({ matches: false }),
    setInterval: () => 0, // nothing of the page's own clock is wanted here
  })
  const mediaDevices = {
    addEventListener() {}, enumerateDevices: async () => [],
    getUserMedia: () => new Promise((done) => asked.push(() => { const track = new Track(); done({ getTracks: () => [track] }); return track })),
  }
  Object.defineProperty(globalThis, 'navigator', { value: { mediaDevices }, configurable: true })
  const told = []
  /** @type {any} */
  const room = {
    page: { meeting: null }, state: { link: 'open', mode: 'remote', corridor: null }, say: (message) => told.push(message), changed() {}, obstacle() {}, note() {},
    signal: { request: async (type, fields) => { told.push({ type, ...fields }); return {} } },
  }
  const media = (room.media = new Media(/** @type {any} */ (room)))
  return { media, asked, told, sending: () => told.filter(({ type }) => type === 'page.sending' || type === 'source').map(({ on }) => on) }
}

test('a microphone that was let go before the browser had opened it stays closed', async () => {
  const { media, asked, sending } = page()
  const opened = media.open('mic') // the space bar goes down …
  await media.stop('mic') // … and up again
  const track = asked[0]()
  assert.equal(await opened, false)
  assert.deepEqual([track.readyState, media.tracks.mic, sending()], ['ended', null, []])
})

test('two wishes at once open one microphone, and it can be closed again', async () => {
  const { media, asked } = page()
  const both = [media.open('mic'), media.open('mic')]
  assert.equal(asked.length, 1)
  asked[0]()
  assert.deepEqual(await Promise.all(both), [true, true])
  await media.stop('mic')
  assert.deepEqual(Track.all.map(({ readyState }) => readyState), ['ended'])
})

test('pressed again after it was let go, it opens; what the first press brought is closed', async () => {
  const { media, asked } = page()
  const first = media.open('mic')
  await media.stop('mic')
  const second = media.open('mic')
  const [late, wanted] = [asked[0](), asked[1]()]
  assert.deepEqual(await Promise.all([first, second]), [false, true])
  assert.deepEqual([late.readyState, wanted.readyState, media.tracks.mic === wanted], ['ended', 'live', true])
})

test('a device that was unplugged does not close the one that took its place', async () => {
  const { media, asked } = page()
  const first = media.open('mic')
  const old = asked[0]()
  await first
  const other = media.choose('mic', 'other')
  await soon()
  const now = asked[1]()
  await other
  old.dispatchEvent(new Event('ended'))
  await soon()
  assert.deepEqual([media.tracks.mic === now, now.readyState], [true, 'live'])
})

test('a device is closed though its connection can no longer be told', async () => {
  const { media, asked } = page()
  media.peers.meeting = /** @type {any} */ ({ publish: async (kind, track) => { if (!track) throw new Error('The peer connection is closed.') } })
  const opened = media.open('camera')
  const track = asked[0]()
  await opened
  await media.stop('camera')
  assert.deepEqual([track.readyState, media.tracks.camera], ['ended', null])
})

test('from one corridor into the next one goes by the door: out of the first, then into the second', async () => {
  const { media } = page()
  const went = []
  media.join = async (place) => { went.push(`in ${place}`) }
  media.part = async (place) => { await soon(); went.push(`out of ${place}`) }
  void media.move(null, 'a')
  void media.move('a', 'b')
  await media.move('b', null)
  assert.deepEqual(went, ['in corridor', 'out of corridor', 'in corridor', 'out of corridor'])
})

test('in a corridor the floor is heard quietly, and in full again outside', async () => {
  const { media } = page()
  globalThis.RTCPeerConnection = /** @type {any} */ (class extends EventTarget { createDataChannel() {} close() {} })
  Object.assign(media.room.state, { ice: [], epoch: null, routes: { corridor: { slots: {}, rests: {}, layers: null, epoch: null } }, device: 'companion' })
  const floor = /** @type {any} */ ({ volume: 1 })
  media.sounds.meeting.set('0', floor)
  await media.move(null, 'a')
  assert.ok(floor.volume > 0 && floor.volume <= 0.25, `${floor.volume}`)
  media.quieten(0)
  assert.deepEqual([floor.volume, floor.muted], [0, true])
  media.quieten(0.5)
  assert.deepEqual([floor.volume, floor.muted], [0.5, false])
  await media.move('a', null)
  assert.equal(floor.volume, 1)
})

test('the floor of a meeting I do not sit in is heard quietly, and nothing is ever sent there', async () => {
  const { media, told } = page()
  globalThis.RTCPeerConnection = /** @type {any} */ (class extends EventTarget { createDataChannel() {} close() {} })
  const route = { slots: {}, rests: {}, layers: null, epoch: null }
  Object.assign(media.room.state, { ice: [], epoch: null, routes: { corridor: route, floor: route }, device: 'media', rights: ['publish'] })
  void media.move(null, 'a')
  void media.overhear(null, 7)
  await media.moves
  const floor = /** @type {any} */ ({ volume: 1 })
  media.sounds.floor.set('a0', floor)
  media.quieten(0.2)
  assert.deepEqual([floor.volume, media.place, media.peers.floor?.publishing.wanted, media.peers.corridor?.publishing.wanted], [0.2, 'corridor', false, true])
  void media.move('a', null)
  await media.overhear(7, null)
  assert.deepEqual([media.peers.floor, media.sounds.floor.size, told.filter(({ type, room }) => type === 'publish.offer' && room === 'floor')], [undefined, 0, []])
})

test('a sound check asked for twice opens one microphone, and closes it', async () => {
  const { media, asked } = page()
  mock.timers.enable({ apis: ['setTimeout'] })
  const both = [media.hearing.tryOut(), media.hearing.tryOut()]
  for (const answer of asked) answer()
  await Promise.all(both)
  assert.equal(media.hearing.trial?.readyState, 'live')
  mock.timers.tick(45_000)
  assert.deepEqual(Track.all.map(({ readyState }) => readyState), ['ended'])
  mock.timers.reset()
})

test('what is cancelled while it opens is closed as soon as it is open', async () => {
  const { asked } = page()
  const opening = new Opening()
  const opened = opening.open('camera', /** @type {any} */ ({ camera: '' }))
  opening.cancel('camera')
  const track = asked[0]()
  assert.equal(await opened, null)
  assert.equal(track.readyState, 'ended')
})
