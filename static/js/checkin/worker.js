/** The service worker of the check-in page alone (its scope is that page's address): without a network, the page and what it
 * loads come from what was kept. Data never pass it: the page keeps its list itself, encrypted.
 *
 * Not a module and without imports: import maps do not reach workers.
 */
const worker = /** @type {any} */ (self)
const KEPT = 'parley-door'
const PATIENCE = 4000 // ms until the page comes from what was kept, on a network that does not answer

worker.addEventListener('install', () => worker.skipWaiting())
worker.addEventListener('activate', (/** @type {any} */ event) => event.waitUntil(worker.clients.claim()))

worker.addEventListener('message', (/** @type {any} */ event) => {
  const { keep, forget } = event.data ?? {}
  if (keep) event.waitUntil(keepAll(keep).then(() => event.source?.postMessage({ kept: true })))
  if (forget) event.waitUntil(caches.delete(KEPT))
})

/** @param {string[]} addresses */
async function keepAll(addresses) {
  const cache = await caches.open(KEPT)
  for (const old of await cache.keys()) if (!addresses.includes(old.url)) await cache.delete(old)
  for (const address of addresses) {
    const answer = await fetch(address)
    if (answer.ok && !answer.redirected) await cache.put(address, answer)
  }
}

worker.addEventListener('fetch', (/** @type {any} */ event) => {
  const { request } = event
  if (request.method !== 'GET' || new URL(request.url).origin !== worker.location.origin) return
  if (request.mode !== 'navigate' && !request.destination) return // the page's own questions to the server
  event.respondWith(request.mode === 'navigate' ? soon(request) : fetch(request).catch(() => kept(request)))
})

/** @param {Request} request */
async function soon(request) {
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE))
  const answer = await Promise.race([fetch(request).catch(() => null), late])
  return answer ?? (await caches.match(request, { ignoreSearch: true, ignoreVary: true })) ?? fetch(request)
}

/** @param {Request} request */
async function kept(request) {
  return (await caches.match(request, { ignoreVary: true })) ?? Response.error()
}
