import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { Link } from '../../static/js/room/link.js'

const soon = () => new Promise((done) => setImmediate(done))

/** A connection that works at once; what arrives is said by the test. */
class Connection extends EventTarget {
  connectionState = 'connected'
  bytes = 0
  async getStats() { return new Map([['pair', { type: 'candidate-pair', bytesReceived: this.bytes }], ['other', { type: 'codec' }]]) }
  close() { this.connectionState = 'closed' }
}

/** An open link, and how often it told of a pause. */
async function open() {
  mock.timers.enable({ apis: ['setTimeout'] })
  globalThis.RTCPeerConnection = /** @type {any} */ (Connection)
  const link = new Link(async () => ({}), () => {}, () => {}, () => [])
  const told = { stalls: 0 }
  link.stalled = () => { told.stalls += 1 }
  await link.open()
  await soon()
  const pass = async (looks, bytes) => {
    for (let n = 0; n < looks; n += 1) {
      link.pc.bytes += bytes
      mock.timers.tick(500)
      await soon()
    }
  }
  const end = () => { link.close(); mock.timers.reset() }
  return { link, told, pass, end }
}

test('a stream that pauses for a second is told once, and again after it flowed again', async () => {
  const { told, pass, end } = await open()
  await pass(6, 1000)
  await pass(1, 0)
  assert.equal(told.stalls, 0)
  await pass(10, 0)
  assert.equal(told.stalls, 1)
  await pass(6, 1000)
  await pass(3, 0)
  assert.equal(told.stalls, 2)
  end()
})

test('a connection on which only a check comes now and then is no stream', async () => {
  const { told, pass, end } = await open()
  for (let n = 0; n < 6; n += 1) {
    await pass(1, 100)
    await pass(4, 0)
  }
  assert.equal(told.stalls, 0)
  end()
})

test('a closed link listens no more', async () => {
  const { link, told, pass, end } = await open()
  await pass(6, 1000)
  const { pc } = link
  link.close()
  link.pc = pc
  await pass(6, 0)
  assert.equal(told.stalls, 0)
  end()
})

test('a connection that has worked for half a second, as one does that has just replaced another, is a stream', async () => {
  for (const looks of [1, 2, 3, 4]) {
    const { told, pass, end } = await open()
    await pass(looks, 1000)
    await pass(4, 0)
    assert.equal(told.stalls, looks > 1 ? 1 : 0, String(looks))
    end()
  }
})

test('when something was heard last is looked up, on the connection in use', async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  globalThis.RTCPeerConnection = /** @type {any} */ (Connection)
  const link = new Link(async () => ({}), () => {}, () => {}, () => [])
  assert.equal(await link.heardAt(), 0)
  await link.open()
  link.pc.bytes = 5000
  const first = await link.heardAt()
  assert.deepEqual([first > 0, await link.heardAt()], [true, first])
  await link.open() // anew: what arrives there counts from nothing
  link.pc.bytes = 100
  assert.ok((await link.heardAt()) > first)
  link.close()
  mock.timers.reset()
})

test('a connection that could not be taken leaves the one before it as it was', async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  globalThis.RTCPeerConnection = /** @type {any} */ (Connection)
  let refuses = false
  const link = new Link(async () => ({}), () => { if (refuses) throw new Error('not this one') }, () => {}, () => [])
  await link.open()
  const first = link.pc
  refuses = true
  const again = link.open()
  await soon()
  assert.deepEqual([link.pc === first, first.connectionState, link.state], [true, 'connected', 'reconnecting'])
  refuses = false
  mock.timers.tick(2000)
  await again
  assert.deepEqual([link.pc === first, first.connectionState, link.state], [false, 'closed', 'connected'])
  link.close()
  mock.timers.reset()
})
