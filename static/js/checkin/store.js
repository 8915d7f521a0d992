/** What a telephone at the door keeps: the list of badges and the scans that wait for a network.
 *
 * Both are encrypted (AES-GCM) with a key of this browser that no script can read out, and the list ends after twelve hours.
 */

/** @typedef {import('./decide.js').List} List */
/** @typedef {{ key: string, meeting: number, code: string, at: string }} Waiting */

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const answer = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result)
  request.onerror = () => reject(request.error)
})

export class Store {
  /** @param {IDBDatabase} base @param {CryptoKey} key */
  constructor(base, key) {
    this.base = base
    this.key = key
  }

  /** @param {string} name of the summit */
  static async open(name) {
    const asked = indexedDB.open(`parley-door-${name}`, 1)
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore('kept')
      asked.result.createObjectStore('waiting')
    }
    const base = await answer(asked)
    let key = await answer(base.transaction('kept').objectStore('kept').get('key'))
    if (!key) {
      key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
      await answer(base.transaction('kept', 'readwrite').objectStore('kept').put(key, 'key'))
    }
    return new Store(base, key)
  }

  /** @param {List} list */
  async keepList(list) {
    await this.put('kept', 'list', await this.seal(list))
  }

  /** The list, null when there is none or its time is over. @returns {Promise<List | null>} */
  async list() {
    const kept = await answer(this.base.transaction('kept').objectStore('kept').get('list'))
    const list = kept ? /** @type {List} */ (await this.unseal(kept)) : null
    return list && Date.parse(list.until) > Date.now() ? list : null
  }

  /** @param {Waiting} scan */
  async wait(scan) {
    await this.put('waiting', scan.key, await this.seal(scan))
  }

  /** @returns {Promise<Waiting[]>} */
  async waiting() {
    const sealed = await answer(this.base.transaction('waiting').objectStore('waiting').getAll())
    return Promise.all(sealed.map((one) => this.unseal(one)))
  }

  /** @param {string[]} keys of scans the server has */
  async sent(keys) {
    for (const key of keys) await answer(this.base.transaction('waiting', 'readwrite').objectStore('waiting').delete(key))
  }

  /** Forget the list; scans that wait are kept until they are sent. */
  async forget() {
    await answer(this.base.transaction('kept', 'readwrite').objectStore('kept').delete('list'))
  }

  /** @param {string} store @param {string} name @param {unknown} value */
  async put(store, name, value) {
    await answer(this.base.transaction(store, 'readwrite').objectStore(store).put(value, name))
  }

  /** @param {unknown} value */
  async seal(value) {
    const iv = crypto.getRandomValues(new Uint8Array(12))
    const data = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, this.key, new TextEncoder().encode(JSON.stringify(value)))
    return { iv, data }
  }

  /** @param {{ iv: Uint8Array<ArrayBuffer>, data: ArrayBuffer }} sealed */
  async unseal(sealed) {
    return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: sealed.iv }, this.key, sealed.data)))
  }
}

/** SHA-256, hex, of what `decide.bare` left of a code. @param {string} text */
export async function digestOf(text) {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
