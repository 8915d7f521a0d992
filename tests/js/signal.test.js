import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { pause, Refusal, Signal } from '../../static/js/room/signal.js'
import { welcome } from './stage.js'

const WELCOME = welcome()
const ping = (versions = {}) => ({ type: 'ping', versions, clock: '2026-03-01T10:00:00Z' })

/** A line whose other end is this test. */
function line(more = {}) {
  const world = { sockets: [], heard: [], links: [], mono: 0, known: { floor: 9 }, fresh: [] }
  class Socket {
    constructor(url) {
      Object.assign(this, { url, sent: [], readyState: 0, closed: false })
      world.sockets.push(this)
    }
    send(text) { this.sent.push(JSON.parse(text)) }
    close() { this.closed = true }
    opens() { this.readyState = 1; this.onopen?.() }
    says(message) { this.onmessage?.({ data: JSON.stringify(message) }) }
    welcomes() { this.opens(); this.says(WELCOME) }
    breaks(code = 1006) { this.readyState = 3; this.onclose?.({ code }) }
  }
  const signal = new Signal({
    url: 'ws://x/live/', seat: (fresh) => { world.fresh.push(fresh); return 'token' }, known: () => world.known,
    onMessage: (m) => world.heard.push(m.type), onLink: (link, close) => world.links.push(close ? `${link}:${close.state}` : link),
    Socket, now: () => world.mono, random: () => 0.5, ...more,
  })
  return { world, signal, socket: () => world.sockets.at(-1) }
}
const soon = () => new Promise((done) => setImmediate(done))

test('hello carries the seat and what is known, and resumes only after a welcome', async () => {
  const { signal, socket, world } = line()
  signal.open()
  await soon()
  socket().opens()
  assert.deepEqual(socket().sent, [{ type: 'hello', seat: 'token', resume: false, known: { floor: 9 } }])
  socket().says(WELCOME)
  assert.deepEqual([signal.link, world.links], ['open', ['connecting', 'open']])
  signal.close()
})

test('a wish is answered once, and a refusal carries code and sentence', async () => {
  const { signal, socket } = line()
  signal.open()
  await soon()
  socket().welcomes()
  const good = signal.request('hand.raise', { register: 'list' })
  const bad = signal.request('item.take', { item: 1 })
  const [, first, second] = socket().sent
  assert.deepEqual([first.type, first.register, first.id === second.id], ['hand.raise', 'list', false])
  socket().says({ type: 'refused', re: second.id, code: 'floor.not_chair', message: 'Only the chair.' })
  socket().says({ type: 'done', re: first.id, turn: 4 })
  socket().says({ type: 'done', re: first.id, turn: 5 })
  assert.equal((await good).turn, 4)
  await assert.rejects(bad, (why) => why instanceof Refusal && why.code === 'floor.not_chair' && why.message === 'Only the chair.')
  signal.close()
})

test('after a lost line the page resumes, and sends what was not answered under the same id', async () => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  const { signal, socket, world } = line()
  signal.open()
  await soon()
  socket().welcomes()
  const wish = signal.request('hand.raise')
  const { id } = socket().sent[1]
  socket().breaks()
  assert.equal(signal.link, 'reconnecting')
  const meanwhile = signal.request('hand.lower', { turn: 1 })
  mock.timers.tick(0)
  await soon()
  socket().welcomes()
  assert.deepEqual(socket().sent.map((m) => m.type), ['hello', 'hand.raise', 'hand.lower'])
  assert.deepEqual([socket().sent[0].resume, socket().sent[1].id], [true, id])
  for (const { id } of socket().sent.slice(1)) socket().says({ type: 'done', re: id })
  await Promise.all([wish, meanwhile])
  assert.equal(world.sockets.length, 2)
  signal.close()
  mock.timers.reset()
})

test('pauses grow as the protocol says', () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 99].map((n) => pause(n, 0.5)), [0, 300, 1200, 2700, 4800, 7000, 7000])
  assert.deepEqual([pause(9, 0), pause(9, 1)], [6000, 8000])
})

/**
 * A page whose line broke at 0; what it dialled, ms after that. Dials that nobody hears fail at once.
 * @param {{ chance: number, until: number, heard: (ms: number) => boolean, answers: (ms: number) => Promise<boolean> }} world
 */
async function dialled({ chance, until, heard, answers }) {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  const dials = []
  const { signal, socket, world } = line({ random: () => chance, answers: () => answers(world.mono), seat: () => { dials.push(world.mono); return 'token' } })
  try {
    signal.open()
    await soon()
    socket().welcomes()
    dials.length = 0
    socket().breaks()
    for (; world.mono <= until && signal.link !== 'open'; world.mono += 50) {
      await soon()
      if (socket().closed || socket().readyState) { /* in a pause */ } else if (heard(world.mono)) socket().welcomes()
      else socket().breaks()
      await soon()
      mock.timers.tick(50)
    }
    return { dials, open: signal.link === 'open' }
  } finally {
    signal.close()
    mock.timers.reset()
  }
}

test('a server that was away is dialled within two seconds of its return, by some at once and by some later', async () => {
  for (const back of [2_000, 5_000, 30_000, 100_000, 600_000]) {
    const after = []
    for (const chance of [0, 0.25, 0.5, 0.75, 0.99]) {
      const up = (/** @type {number} */ ms) => ms >= back
      const { dials, open } = await dialled({ chance, until: back + 3_000, heard: up, answers: async (ms) => up(ms) })
      assert.ok(open, `${back} ${chance}`)
      const failed = dials.length - 1
      assert.ok(failed <= 3 + back / 60_000, `${failed} dials nobody could hear in ${back} ms`)
      after.push(dials.at(-1) - back)
    }
    assert.ok(Math.min(...after) >= 0 && Math.max(...after) <= 2_050, `${back}: ${after}`)
    assert.ok(Math.max(...after) - Math.min(...after) >= 500, `${back}: all at once, ${after}`)
  }
})

test('a server that answers, but not to this page, is left alone for the pauses of the table', async () => {
  const { dials } = await dialled({ chance: 0.5, until: 25_000, heard: () => false, answers: async () => true })
  const pauses = dials.map((ms, at) => ms - (dials[at - 1] ?? 0))
  for (const [at, wanted] of [0, 300, 1_200, 2_700, 4_800, 7_000, 7_000].entries()) assert.ok(pauses[at] >= wanted && pauses[at] <= wanted + 200, `${pauses}`)
})

test('a knock that hung until the server woke ends the pause', async () => {
  for (const wakes of [8_000, 14_000]) { // in the pauses of 4.8 s and of 7 s
    const { dials, open } = await dialled({
      chance: 0.5, until: wakes + 3_000, heard: (ms) => ms >= wakes,
      answers: (ms) => new Promise((resolve) => { setTimeout(() => resolve(true), Math.max(0, wakes - ms)) }),
    })
    assert.ok(open && dials.at(-1) >= wakes && dials.at(-1) <= wakes + 1_050, `${wakes}: ${dials}`)
  }
})

test('a silent line is a dead one', async () => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  const { signal, socket, world } = line()
  signal.open()
  await soon()
  socket().welcomes()
  for (const second of [1, 2, 3]) { world.mono = second * 4000; if (second < 3) { socket().says(ping()) } mock.timers.tick(1000) }
  assert.equal(signal.link, 'open')
  const old = socket()
  for (const ms of [14_000, 18_000, 21_000]) { world.mono = ms; mock.timers.tick(1000) }
  assert.deepEqual([signal.link, old.closed], ['reconnecting', true])
  signal.close()
  mock.timers.reset()
})

test('who waits long for the welcome of a full house, and hears that the server is there, dials once', async () => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  const { signal, socket, world } = line()
  signal.open()
  await soon()
  socket().opens()
  for (let second = 5; second <= 30; second += 5) { world.mono = second * 1000; socket().says(ping()); mock.timers.tick(5000) }
  assert.deepEqual([world.sockets.length, signal.link, socket().sent.length], [1, 'connecting', 1])
  socket().says(WELCOME)
  assert.equal(signal.link, 'open')
  signal.close()
  mock.timers.reset()
})

test('a line that is doubted is asked, and given up only when told so', async () => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  const { signal, socket, world } = line()
  signal.open()
  await soon()
  socket().welcomes()
  const answered = signal.probe()
  const echo = socket().sent.at(-1)
  assert.equal(echo.type, 'echo')
  socket().says({ type: 'done', re: echo.id })
  assert.equal(await answered, true)
  const silent = signal.probe()
  mock.timers.tick(1200)
  assert.deepEqual([await silent, signal.link, world.sockets.length], [false, 'open', 1])
  const busy = signal.probe()
  world.mono += 800
  socket().says(ping()) // the server is late with the answer, and alive
  mock.timers.tick(1200)
  assert.equal(await busy, true)
  signal.renew()
  mock.timers.tick(0)
  await soon()
  socket().welcomes()
  assert.deepEqual([signal.link, world.sockets.length, signal.since], ['open', 2, 800])
  signal.close()
  mock.timers.reset()
})

test('a machine that slept comes back through a new socket', async () => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  const { signal, socket, world } = line()
  signal.open()
  await soon()
  socket().welcomes()
  world.mono = 1_800_000
  socket().says(ping()) // what lay in the buffer
  mock.timers.tick(1000)
  assert.equal(signal.link, 'reconnecting')
  signal.close()
  mock.timers.reset()
})

test('a gap in the versions asks for everything', async () => {
  const { signal, socket, world } = line()
  signal.open()
  await soon()
  socket().welcomes()
  for (const floor of [9, 12]) socket().says(ping({ floor }))
  world.known = { floor: 12 }
  socket().says(ping({ floor: 12, people: 1 }))
  world.known = { floor: 13, people: 1 }
  socket().says(ping({ floor: 12, people: 1 }))
  assert.deepEqual(socket().sent.slice(1).map((m) => m.type), ['pong', 'pong', 'sync', 'pong', 'sync', 'pong'])
  signal.close()
})

test('close codes, by table', async () => {
  for (const [code, links] of [
    [4400, 'closed:fault'], [4401, 'closed:signed-out'], [4403, 'closed:not-allowed'], [4409, 'closed:elsewhere'], [4410, 'closed:over'],
    [4408, 'reconnecting'], [1011, 'reconnecting'], [1006, 'reconnecting'], [1013, 'reconnecting'],
  ]) {
    const { signal, socket, world } = line()
    signal.open()
    await soon()
    socket().welcomes()
    const wish = signal.request('meeting.open').catch((why) => why.code)
    socket().breaks(code)
    assert.equal(world.links.at(-1), links, String(code))
    signal.close()
    assert.equal(await wish, 'link.closed')
    await assert.rejects(signal.request('meeting.open'))
  }
})

test('a seat that is gone is asked for again', async () => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  const { signal, socket, world } = line()
  signal.open()
  await soon()
  socket().welcomes()
  socket().breaks(4404)
  mock.timers.tick(0)
  await soon()
  assert.deepEqual(world.fresh, [false, true])
  signal.close()
  mock.timers.reset()
})

test('two who dial at once take one seat: only the last goes through', async () => {
  const asked = []
  const { signal, world } = line({ seat: () => new Promise((done) => asked.push(done)) })
  signal.open()
  asked[0]('token')
  await soon()
  world.sockets[0].welcomes()
  world.sockets[0].breaks(4404)
  await new Promise((done) => setTimeout(done, 5)) // the first pause is none: it dials, and asks for a fresh seat
  signal.nudge() // “Try now” meanwhile
  assert.equal(asked.length, 3)
  asked[2]('newer')
  await soon()
  asked[1]('older')
  await soon()
  assert.equal(world.sockets.length, 2)
  world.sockets[1].opens()
  assert.equal(world.sockets[1].sent[0].seat, 'newer')
  signal.close()
})
