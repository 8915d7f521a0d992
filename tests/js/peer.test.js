import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Peer } from '../../static/js/room/peer.js'

/** A connection as the browser's: its senders refuse once it is closed. */
class Connection extends EventTarget {
  constructor() { super(); this.connectionState = 'new'; this.localDescription = { sdp: 'offer' } }
  addTransceiver() {
    const replaceTrack = async (track) => {
      if (this.connectionState === 'closed') throw new Error('The peer connection is closed.')
      sender.track = track
    }
    const sender = { track: null, replaceTrack, getParameters: () => ({ encodings: [] }), setParameters: async () => {} }
    return { sender }
  }
  async setLocalDescription() {}
  async setRemoteDescription() { this.connectionState = 'connected' }
  async getStats() { return new Map() }
  close() { this.connectionState = 'closed' }
}

test('who may send again after the rules had closed the line opens a new one', async () => {
  globalThis.RTCPeerConnection = /** @type {any} */ (Connection)
  let refused = false
  const publish = async () => {
    if (refused) throw Object.assign(new Error('no'), { code: 'media.not_allowed' })
    return 'answer'
  }
  const peer = new Peer({ send: { publish, receive: async () => ({ sdp: '' }), answer: async () => {} } })
  const track = () => /** @type {any} */ ({ kind: 'audio', getSettings: () => ({}) })
  await peer.publish('mic', track())
  refused = true
  await peer.publishing.open() // the room moves to another node while the right is gone
  assert.equal(peer.publishing.state, 'closed')
  await peer.publish('mic', null)
  refused = false
  const mine = track()
  await peer.publish('mic', mine)
  assert.deepEqual([peer.publishing.state, peer.senders.get('mic')?.track === mine], ['connected', true])
  peer.close()
})
