import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { Room } from '../../static/js/room/seat.js'
import { AMINA, DIRECTORY, topics, welcome } from './stage.js'

/** A room page without a line; frames come when the test says so. */
function room(page = 'room') {
  const seen = { draws: 0, said: [], frames: [], moves: [] }
  Object.assign(globalThis, {
    location: { href: 'https://parley.example/room/', reload() {}, assign() {} }, WebSocket: class {}, document: { hidden: false, dir: 'ltr' },
    requestAnimationFrame: (draw) => seen.frames.push(draw), matchMedia: () => ({ matches: false }), setInterval: () => 0,
  })
  Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true })
  const data = {
    page, socket: '/live/', language: 'en', csrf: '', seat: { endpoint: '/seat/', token: null, device: 'companion', mode: 'hall', ask: {} }, you: AMINA,
    summit: { slug: 's', names: {}, zone: 'UTC', languages: [], tables: 0 }, meeting: null, directory: { version: 1, state: DIRECTORY }, urls: { home: '/' }, slots: { audio: 4, video: 12 },
  }
  const made = new Room(/** @type {any} */ (data), { draw: () => { seen.draws += 1 }, announce: (text, urgent) => text && seen.said.push(urgent ? `${text}!` : text), say: () => '' })
  made.media.move = async (from, to) => { seen.moves.push([from, to]) }
  return { room: made, seen }
}

test('a page that is hidden before its next frame is drawn all the same, and once', () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  const { room: page, seen } = room()
  page.changed()
  page.changed()
  assert.deepEqual([seen.frames.length, seen.draws], [1, 0])
  mock.timers.tick(500) // no frame comes
  assert.equal(seen.draws, 1)
  page.changed()
  seen.frames.at(-1)()
  seen.frames[0]() // the late one, once the page is seen again
  mock.timers.tick(1000)
  assert.equal(seen.draws, 2)
  mock.timers.reset()
})

test('what a notice says is told to who does not look, once', () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  const { room: page, seen } = room()
  page.note('Your note was passed.', 'good')
  page.say({ type: 'notice', code: 'bilateral.news', text: 'There is news.' })
  page.note('The list is closed.', 'over')
  assert.deepEqual(seen.said, ['Your note was passed.', 'There is news.', 'The list is closed.!'])
  for (const topic of topics()) page.say(topic)
  seen.said.length = 0
  page.say({ type: 'notice', code: 'floor.next', text: 'Your delegation is next.' }) // the list says it by itself
  assert.deepEqual(seen.said, [])
  page.say({ type: 'notice', code: 'meeting.elsewhere', text: 'Plenary · Your delegation is next.' }) // no list here does
  assert.deepEqual(seen.said, ['Plenary · Your delegation is next.'])
  mock.timers.reset()
})

test('a dialog is about whom it was opened for, and nobody else', () => {
  const { room: page } = room()
  page.note('Muted by the rules.')
  page.set({ dialog: 'reach', aim: { person: 6 } })
  assert.equal(page.ui.noticed, page.state.notices.at(-1).id) // what was said before is not of this dialog
  page.set({ dialog: '' })
  page.set({ dialog: 'remove', seek: '' })
  assert.equal(page.ui.aim, null)
  page.set({ aim: { person: 2 } })
  assert.deepEqual([page.ui.dialog, page.ui.aim], ['remove', { person: 2 }])
})

test('from one corridor into another one is taken out of the first', () => {
  const { room: page, seen } = room()
  const inside = (corridor, version) => ({ type: 'state', topic: 'corridor', version, state: { corridor, topic: '', locked: false, table: null, delegation: null, held_for: [], persons: [1], seats: [], knocks: [] } })
  page.say(inside('a', 1))
  page.say({ type: 'corridor.said', person: 2, text: 'for these ears', at: '' })
  page.say(inside('a', 2))
  assert.equal(page.state.said.length, 1)
  page.say(inside('b', 3))
  assert.deepEqual([seen.moves, page.state.said, page.state.versions.corridor], [[[null, 'a'], ['a', 'b']], [], 3])
  page.say({ ...welcome(), corridor: null })
  assert.deepEqual([seen.moves.at(-1), page.state.corridor], [['b', null], null])
})

test('a corridor comes to the front, and the panel one came from is there again afterwards', () => {
  const { room: page } = room()
  const inside = (corridor, version) => ({ type: 'state', topic: 'corridor', version, state: { corridor, topic: '', locked: false, table: null, delegation: null, held_for: [], persons: [1], seats: [], knocks: [] } })
  page.openPanel('corridors')
  page.say(inside('a', 1))
  assert.equal(page.ui.panel, '')
  page.openPanel('inside')
  page.say(inside('b', 2)) // from one into the next
  assert.equal(page.ui.panel, 'inside')
  page.say({ type: 'page.corridor.left' })
  assert.equal(page.ui.panel, 'corridors')
})

test('in a corridor without a meeting the floor is asked for once, until it is heard, chosen or turned off', () => {
  const { room: page } = room('corridors')
  const [asked, heard] = [[], []]
  page.signal.request = async (type, { meeting }) => { asked.push([type, meeting]) }
  page.media.overhear = async (from, to) => { heard.push([from, to]) }
  page.media.quieten = (volume) => { page.media.chosen = { ...page.media.chosen, floor: volume } }
  const on = (...ids) => ids.map((meeting) => ({ meeting, titles: {}, turn: null, seated: meeting === 9 }))
  let version = 0
  const floors = (ids, heard) => page.say({ type: 'state', topic: 'floors', version: ++version, state: { on: on(...ids), heard } })
  page.say({ type: 'page.link', link: 'open' })
  floors([9, 7], null)
  assert.deepEqual(asked, [], 'not outside')
  page.say({ type: 'state', topic: 'corridor', version: 1, state: { corridor: 'a', topic: '', locked: false, table: null, delegation: null, held_for: [], persons: [1], seats: [], knocks: [] } })
  floors([9, 7, 8], null)
  assert.deepEqual(asked, [['corridor.floor', 7]], 'not the one that another page of mine plays')
  floors([9, 8, 7], 7)
  assert.deepEqual([asked.length, heard], [1, [[null, 7]]], 'another order changes nothing')
  page.hearFloor(8)
  floors([9, 8, 7], 8)
  page.quieten(0)
  floors([9, 8, 7], null)
  page.quieten(0.5)
  assert.deepEqual(asked.slice(1), [['corridor.floor', 8], ['corridor.floor', null], ['corridor.floor', 8]])
  floors([], null) // it ended
  floors([8], null)
  page.say({ type: 'page.corridor.left' })
  assert.deepEqual([asked.length, heard.at(-1)], [5, [8, null]])
})

test('the desk of the meeting closes my microphone there, and not in a corridor', () => {
  const { room: page } = room()
  const closed = []
  page.media.stop = async (kind) => { closed.push(kind) }
  page.say({ type: 'microphone.close' })
  page.say({ type: 'state', topic: 'corridor', version: 1, state: { corridor: 'a', topic: '', locked: false, table: null, delegation: null, held_for: [], persons: [1], seats: [], knocks: [] } })
  page.say({ type: 'microphone.close' })
  page.say({ type: 'sharing.close' })
  assert.deepEqual(closed, ['mic'])
})

test('a page without a seat to come back to says so instead of trying for ever', async () => {
  const { room: page } = room()
  globalThis.fetch = /** @type {any} */ (async () => ({ status: 404, headers: new Headers(), json: async () => ({}) }))
  page.signal.open()
  await new Promise((done) => setImmediate(done))
  await new Promise((done) => setImmediate(done))
  assert.deepEqual([page.state.link, page.state.closed?.state], ['closed', 'not-allowed'])
  page.signal.close()
})
