import { html, nothing } from 'lit'

const { sprite, flags } = document.documentElement.dataset
const TURNING = new Set(['arrow-left', 'arrow-right', 'chevron-left', 'chevron-right', 'log-in', 'log-out', 'undo', 'send', 'door-open'])

/**
 * One symbol of the sprite, as `{% icon %}` draws it on pages. Decoration unless `label` names it.
 * @param {string} name
 * @param {string} [label]
 */
export function icon(name, label) {
  const turns = TURNING.has(name) ? 'icon icon--turns' : 'icon'
  return html`<svg class=${turns} role=${label ? 'img' : nothing} aria-label=${label ?? nothing} aria-hidden=${label ? nothing : 'true'}><use href=${`${sprite}#${name}`}></use></svg>`
}

/**
 * The flag of a delegation (its `flag` code), decoration beside the name. A code without a file shows the neutral mark.
 * @param {string} code
 */
export function flag(code) {
  const known = /^[a-z0-9-]+$/.test(code) ? code : 'org'
  return html`<img class="flag" alt="" width="32" height="24" loading="lazy" src=${`${flags}${known}.svg`} @error=${neutral}>`
}

/** @param {Event} event */
function neutral(event) {
  const image = /** @type {HTMLImageElement} */ (event.target)
  if (!image.src.endsWith('/org.svg')) image.src = `${flags}org.svg`
}
