/** The only ways from text to markup and to code: what our own server sent. Everywhere else the browser refuses them (Trusted
 * Types: the names of this policy and of Lit's stand in CONTENT_SECURITY_POLICY). */

const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy('parley', {
  createHTML: (/** @type {string} */ text) => text,
  createScriptURL: (/** @type {string} */ address) => {
    if (new URL(address, location.href).origin !== location.origin) throw new TypeError(`not ours: ${address}`)
    return address
  },
})

/** A page of ours, read but not shown: nothing in it runs.
 * @param {string} text */
export const readPage = (text) => new DOMParser().parseFromString(policy?.createHTML(text) ?? text, 'text/html')

/** The address of a script of ours.
 * @param {string} address
 * @returns {string} */
export const ownScript = (address) => policy?.createScriptURL(address) ?? address
