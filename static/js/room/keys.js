/** Whether single letters and figures act on the page: a person may switch them off (WCAG 2.2, 2.1.4). */

const NAME = 'letter-keys'

export const lettersAct = () => localStorage.getItem(NAME) !== 'off'

/** @param {boolean} act */
export function letLettersAct(act) {
  if (act) localStorage.removeItem(NAME)
  else localStorage.setItem(NAME, 'off')
}
