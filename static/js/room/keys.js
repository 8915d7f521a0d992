/** Which key was meant, and whether single letters and figures act on the page (WCAG 2.2, 2.1.4). */

const NAME = 'letter-keys'

/** A person may switch them off. */
export const lettersAct = () => localStorage.getItem(NAME) !== 'off'

/** @param {boolean} act */
export function letLettersAct(act) {
  if (act) localStorage.removeItem(NAME)
  else localStorage.setItem(NAME, 'off')
}

const WRITTEN = /^[\p{L}\p{M}\p{Nd}]+$/u // some keys of Arabic give two letters at once, some of Devanagari a vowel sign
const OURS = /[\p{Script=Latin}0-9]/u
const PLACE = /^(?:Key|Digit|Numpad)([A-Z0-9])$/
const SIGNS = new Map([['؟', '?'], ['？', '?']])

/**
 * The key that was meant: what it says on Latin layouts, wherever the letter lies; where letters and figures are of another
 * script, the letter of the same place on a Latin keyboard, as the caps of most such keyboards show it.
 * @param {{ key: string, code: string }} event
 * @returns {string} as `event.key`
 */
export function meant({ key, code }) {
  if (!WRITTEN.test(key) || OURS.test(key)) return SIGNS.get(key) ?? key
  return PLACE.exec(code)?.[1].toLowerCase() ?? key
}
