import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { decide, Doubt, FRESH, look } from '../../static/js/room/doubt.js'

const soon = () => new Promise((done) => setImmediate(done))

/** How often a stream is said to have stalled; `+` something came between two looks, `.` nothing. @param {string} looks */
function stalls(looks) {
  let [flow, bytes, said] = [FRESH, 0, 0]
  for (const one of looks) {
    flow = look(flow, (bytes += one === '+' ? 1000 : 0))
    said += Number(flow.stalled)
  }
  return said
}

test('what is a stream, and when it has paused', () => {
  for (const [name, looks, said] of [
    ['a stream that ends', '++++++..', 1],
    ['said once, however long it lasts', '++++++..........', 1],
    ['half a second is no pause', '++++++.++++.+++', 0],
    ['one that is a second old, as after a change of network', '++..', 1],
    ['nothing has come yet', '........', 0],
    ['a report every second', '+.+.+.+.+.+..+.', 0],
    ['a check now and then', '+....+....+....', 0],
    ['two pauses', '++++..+++..', 2],
    ['a stream with a hole is a stream still', '++++.+..', 1],
  ]) assert.equal(stalls(String(looks)), said, String(name))
})

test('what follows from a pause', () => {
  const dead = { came: false, open: true, answered: false, dialled: false, moves: false, roams: false }
  for (const [name, found, act] of [
    ['neither server nor media: another network', {}, 'now'],
    ['… while my room moves, too: nobody will tell me my turn', { moves: true }, 'now'],
    ['the line only stuttered', { came: true }, 'stay'],
    ['… and the socket broke', { came: true, open: false }, 'stay'],
    ['the server answers: whoever spoke has stopped, or the node is gone', { answered: true }, 'stay'],
    ['the socket is away: so may the server be', { open: false }, 'wait'],
    ['… but another network has come within reach: the one of sound and picture is being left', { answered: true, roams: true }, 'now'],
    ['… or the line only stuttered', { came: true, roams: true }, 'stay'],
    ['the socket was dialled meanwhile: by another way, or all came back at once', { answered: true, dialled: true }, 'soon'],
    ['… and the room is on another node: the server says when', { answered: true, dialled: true, moves: true }, 'stay'],
  ]) assert.equal(decide({ ...dead, .../** @type {object} */ (found) }), act, String(name))
})

/**
 * A page by its clock: media comes and the server answers whenever the line is up.
 * @param {{ down?: (ms: number) => boolean, roams?: number, socketBreaks?: number, back?: number, moves?: boolean, chance?: number, until?: number, flows?: (ms: number) => boolean }} world
 *   `roams`: another network comes within reach then, and the socket goes there; `socketBreaks`: the browser closes it then, and it is up again at `back`; `flows`: somebody sends
 */
async function lived({ down = () => false, roams = Infinity, socketBreaks = Infinity, back = Infinity, moves = false, chance = 0.5, until = 8000, flows = () => true }) {
  mock.timers.enable({ apis: ['setTimeout'] })
  let [now, heard, bytes, flow, restored] = [0, 0, 0, FRESH, Infinity]
  const acts = /** @type {string[]} */ ([])
  const count = () => { if (bytes > seen) heard = now; seen = bytes; return bytes }
  let seen = 0
  const restart = () => { restored = Math.min(restored, now + 300) }
  const line = {
    heardAt: async () => { count(); return heard }, moves,
    reopen: () => { acts.push(`reopen ${now}`); restart() },
    renew: () => { acts.push(`renew ${now}`); restart() },
  }
  const socket = {
    link: /** @type {import('../../static/js/room/signal.js').Link} */ ('open'), since: -5000,
    renew: () => { acts.push(`dial ${now}`); socket.link = 'reconnecting' },
    // a segment that is lost is sent again after 0.2, 0.6, 1.4 s
    probe: () => new Promise((resolve) => {
      const through = [0, 200, 600, 1400].map((after) => now + after).find((at) => socket.since > 0 || !down(at)) // a new one goes the new way
      const answer = through === undefined ? Infinity : through + 40 - now
      setTimeout(() => resolve(answer < 1200 && socket.link === 'open'), Math.min(answer, 1200))
    }),
  }
  const doubt = new Doubt(() => [line], () => socket, { now: () => now, random: () => chance })
  try {
    for (; now < until; now += 20) {
      if (flows(now) && (!down(now) || now >= restored)) bytes += 100
      if (now === roams) {
        doubt.roams()
        Object.assign(socket, { link: 'open', since: now })
        restored = Infinity // whatever was opened may go the old way still
      }
      if (now === socketBreaks) socket.link = 'reconnecting'
      if (now === back) {
        Object.assign(socket, { link: 'open', since: now })
        void doubt.welcomed()
      }
      if (now % 500 === 260) {
        flow = look(flow, count())
        if (flow.stalled) void doubt.stalled()
      }
      for (let n = 0; n < 4; n += 1) await soon()
      mock.timers.tick(20)
    }
    return acts
  } finally { mock.timers.reset() }
}

const at = (/** @type {string[]} */ acts, /** @type {string} */ what) => acts.filter((act) => act.startsWith(what)).map((act) => Number(act.split(' ')[1]))

test('a line that stutters, with gaps of up to two seconds, is kept', async () => {
  for (const gap of [500, 1000, 1500, 2000]) {
    for (let begins = 3000; begins < 3500; begins += 100) {
      const down = (/** @type {number} */ ms) => (ms - begins) % 4000 < gap && ms >= begins
      assert.deepEqual(await lived({ down, until: 14_000 }), [], `${gap} ms from ${begins} on, every four seconds`)
    }
  }
})

test('a network that changed is left within three seconds, however young the connection is', async () => {
  for (const switched of [1100, 3000, 3100, 3200, 3300, 3400]) {
    const acts = await lived({ down: (ms) => ms >= switched })
    const [dial, reopen] = [at(acts, 'dial'), at(acts, 'reopen')]
    assert.deepEqual([dial.length, reopen.length, at(acts, 'renew').length], [1, 1, 0], `${acts}`)
    assert.ok(Math.max(...dial, ...reopen) - switched < 2800, `${switched}: ${acts}`)
  }
})

test('a network is left sooner when another has come within reach before, and only once', async () => {
  for (const switched of [4000, 4250, 4400, 30_000]) {
    const acts = await lived({ roams: 2000, down: (ms) => ms >= switched, until: switched + 5000 })
    const [dial, reopen] = [at(acts, 'dial'), at(acts, 'reopen')]
    assert.deepEqual([dial, reopen.length, reopen[0]], [[2000], 2, 2000], `${acts}`) // the socket has gone there already
    assert.ok(reopen[1] - switched < 1800, `${switched}: ${acts}`)
  }
})

test('where the browser closes the socket itself, media comes back through the new one, some sooner and some later', async () => {
  for (const back of [3200, 4000, 5000]) { // before the pause is noticed, while it is, and long after
    const came = []
    for (const chance of [0, 0.5, 0.99]) {
      const acts = await lived({ down: (ms) => ms >= 3000, socketBreaks: 3000, back, chance })
      assert.deepEqual([at(acts, 'renew').length, acts.length], [1, 1], `${back}: ${acts}`)
      came.push(at(acts, 'renew')[0])
    }
    const first = Math.max(back, 4200)
    assert.ok(came[0] >= back && came[2] <= first + 2400, `${back}: ${came}`)
    assert.ok(came[2] - came[0] > 1500, `all at once: ${came}`)
  }
})

test('what makes five hundred pages come back together opens no connection anew', async () => {
  for (const [name, world] of /** @type {[string, object][]} */ ([
    ['the web process is restarted, media goes on', { socketBreaks: 3000, back: 5000 }],
    ['the one who spoke stops', { flows: (/** @type {number} */ ms) => ms < 3000 }],
    ['web and node are restarted: the server says when it is my turn', { flows: (/** @type {number} */ ms) => ms < 3000, socketBreaks: 3000, back: 6000, moves: true }],
  ])) assert.deepEqual(await lived(world), [], name)
})
