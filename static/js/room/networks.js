/**
 * Whether another network has come within reach of this device, while the one in use still works: no browser says so, and
 * a connection only knows the networks it was opened on. One that gathers addresses, and is never connected, asks.
 * What is decided is pure. No DOM here.
 */

const EVERY_MS = 3_000
const PATIENCE_MS = 2_000 // for a look; what has not answered by then is asked again at the next one
const REST_MS = 15_000 // after a change: addresses that come and go move nobody in a circle

/** @param {number} ms @returns {Promise<undefined>} */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * Whether there is an address that was not there before. Names that stand for addresses (`….local`, where the page may
 * not know them) may be others each time: of those only the number counts.
 * @param {Set<string>} before
 * @param {Set<string>} now
 */
export function isAnother(before, now) {
  const named = [...before, ...now].some((one) => one.endsWith('.local'))
  return named ? now.size > before.size : [...now].some((one) => !before.has(one))
}

/** The addresses this device has now; none when they could not be told in time.
 * @param {RTCPeerConnection} pc
 * @returns {Promise<Set<string>>} */
async function addresses(pc) {
  /** @type {Set<string>} */
  const found = new Set()
  const all = new Promise((resolve) => {
    pc.onicecandidate = ({ candidate }) => {
      if (!candidate?.candidate) resolve(true)
      else if (candidate.address) found.add(candidate.address)
    }
  })
  await pc.setLocalDescription(await pc.createOffer({ iceRestart: true })) // looks at the networks anew
  return new Set((await Promise.race([all, pause(PATIENCE_MS)])) ? found : []) // Chromium goes on telling
}

/**
 * Look for other networks until the page is left.
 * @param {() => void} another  one is there that was not
 */
export async function watchNetworks(another) {
  const pc = new RTCPeerConnection()
  pc.createDataChannel('') // or there would be nothing to gather for
  for (let before = await addresses(pc); ; ) {
    await pause(EVERY_MS)
    const now = await addresses(pc)
    if (!now.size) continue // no network at all, which others notice
    if (before.size && isAnother(before, now)) {
      another()
      await pause(REST_MS)
    }
    before = now
  }
}
