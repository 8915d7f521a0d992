/** Views without a browser: what they draw, as text. Import views after this, by `await import`. */

import { register } from 'node:module'

const LIT = `
export const html = (strings, ...values) => ({ strings, values })
export const [svg, live] = [html, (value) => value]
export const [nothing, ref, render] = ['', () => '', () => {}]
export const repeat = (all, key, draw) => [...all].map(draw)`
const resolver = `export const resolve = (name, from, next) => (name === 'lit' ? { url: ${JSON.stringify(`data:text/javascript,${encodeURIComponent(LIT)}`)}, shortCircuit: true } : next(name, from))`
register(`data:text/javascript,${encodeURIComponent(resolver)}`)

Object.assign(globalThis, {
  document: { documentElement: { dataset: {}, lang: 'en', dir: 'ltr' } }, gettext: (/** @type {string} */ text) => text, ngettext: (/** @type {string} */ one, /** @type {string} */ many, /** @type {number} */ n) => (n === 1 ? one : many),
  interpolate: (/** @type {string} */ text, /** @type {Record<string, unknown>} */ values) => text.replace(/%\((\w+)\)s/g, (_, name) => String(values[name])), // as Django's
})

/** What a template draws, markup and all.
 * @param {any} drawn
 * @returns {string} */
export function drawing(drawn) {
  if (Array.isArray(drawn)) return drawn.map(drawing).join('')
  if (drawn?.strings) return drawn.strings.map((/** @type {string} */ text, /** @type {number} */ at) => text + drawing(drawn.values[at])).join('')
  return typeof drawn === 'function' ? '' : String(drawn ?? '')
}
