/** What a telephone at the door keeps: the list of badges with small photos, and the scans that wait for a network.
 *
 * All are encrypted (AES-GCM) with a key of this browser that no script can read out; list and photos end after twelve hours.
 */

/** @typedef {import('./decide.js').List} List */
/** @typedef {{ key: string, meeting: number, code: string, at: string }} Waiting */

export const DOOR = 'parley-door-' // begins the name of each summit's base
const PHOTOS = IDBKeyRange.bound('photo-', 'photo-~')

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
    const asked = indexedDB.open(`${DOOR}${name}`, 1)
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
    if (!list || Date.parse(list.until) > Date.now()) return list
    await this.forget()
    return null
  }

  /** Which photo is kept of whom. @returns {Promise<Map<number, string>>} */
  async photos() {
    /** @type {Map<number, string>} */
    const kept = new Map()
    const cursor = this.base.transaction('kept').objectStore('kept').openCursor(PHOTOS)
    await new Promise((resolve, reject) => {
      cursor.onerror = () => reject(cursor.error)
      cursor.onsuccess = () => {
        if (!cursor.result) return resolve(null)
        kept.set(Number(String(cursor.result.key).slice(6)), cursor.result.value.which)
        cursor.result.continue()
      }
    })
    return kept
  }

  /** @param {number} who @param {string} which @param {string} data WebP in base64; '': the server has none */
  async keepPhoto(who, which, data) {
    await this.put('kept', `photo-${who}`, { which, ...(await this.seal(data)) })
  }

  /** Address of the photo for an `<img>`, '' when it is not here. @param {number} who @param {string} which */
  async photo(who, which) {
    const kept = await answer(this.base.transaction('kept').objectStore('kept').get(`photo-${who}`))
    const data = kept?.which === which ? await this.unseal(kept) : ''
    return data && `data:image/webp;base64,${data}`
  }

  /** @param {number[]} people whose photo is kept no longer */
  async dropPhotos(people) {
    for (const who of people) await answer(this.base.transaction('kept', 'readwrite').objectStore('kept').delete(`photo-${who}`))
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

  /** Forget the list and the photos; scans that wait are kept until they are sent. */
  async forget() {
    await answer(this.base.transaction('kept', 'readwrite').objectStore('kept').delete('list'))
    await answer(this.base.transaction('kept', 'readwrite').objectStore('kept').delete(PHOTOS))
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
