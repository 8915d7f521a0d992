/** Nobody is signed in any more: what this browser kept for a door goes, of all summits. Scans that were not sent wait on. */
import { DOOR, Store } from './store.js'

const bases = await indexedDB.databases?.().catch(() => []) // a private window may refuse
for (const { name } of bases ?? []) {
  if (name?.startsWith(DOOR)) await (await Store.open(name.slice(DOOR.length))).forget()
}
await globalThis.caches?.delete('parley-door')
document.documentElement.dataset.doors = 'forgotten'
