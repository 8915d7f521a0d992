/** What is wrong with a line, whose side it is and the one thing to do: to its owner, and about them to the desks. */

import { lineState } from '../state.js'

/** @typedef {import('../protocol.js').Verdict} Verdict */

/** My line in words, or nothing while it is fine.
 * @param {import('../state.js').State} state */
export function lineSentence(state) {
  const { code, action } = lineState(state)
  /** @type {Record<string, () => string>} */
  const say = {
    up: () => gettext('Your line loses words on the way out: others may hear gaps.'),
    down: () => gettext('Your line loses what others say: you may hear gaps.'),
    late: () => gettext('Your line is slow: words arrive late, yours and theirs.'),
    uneven: () => gettext('Your line is uneven: words may stutter.'),
    narrow: () => gettext('Your line carries voices, but hardly a picture.'),
    busy: () => gettext('This computer is too busy for sound and picture.'),
    speaker: () => gettext('The speaker’s line is weak; it is not yours.'),
    server: () => gettext('The conference has trouble with its lines; it is not yours.'),
    blocked: () => gettext('Your network lets no sound and picture through.'),
    'no-media': () => gettext('Restoring sound and picture.'),
    reconnecting: () => gettext('Reconnecting.'),
    away: () => gettext('Reconnecting.'),
    lost: () => gettext('No connection.'),
  }
  return { code, action, text: say[code]?.() ?? '' }
}

/** The one thing to do.
 * @param {Verdict['action']} action */
export function advice(action) {
  return {
    '': () => '', camera: () => gettext('Switch your camera off: sound goes first then.'), cable: () => gettext('Use a cable, or sit closer to the Wi-Fi.'),
    low_data: () => gettext('Choose low data: pictures become small, voices stay.'),
    vpn: () => gettext('Close other calls and downloads. If a VPN is on and you may, switch it off.'),
    programs: () => gettext('Close other programs and windows.'),
    network: () => gettext('Try another network, such as your telephone’s.'),
    wait: () => gettext('The technicians see it. You need do nothing.'),
  }[action]()
}

/** Somebody else's line, for the desks: what their side is like.
 * @param {Verdict['what']} what */
export function theirLine(what) {
  return {
    good: () => gettext('Good line'), up: () => gettext('Others hear gaps'), down: () => gettext('Hears gaps'), late: () => gettext('Everything arrives late'),
    uneven: () => gettext('Uneven line'), narrow: () => gettext('Voices only, hardly a picture'), busy: () => gettext('Their computer is too busy'),
    speaker: () => gettext('Hears the speaker badly; their own line is good'), server: () => gettext('Our side: most lines are bad at once'),
    blocked: () => gettext('No sound and picture: their network'), away: () => gettext('Line lost; the seat is kept'),
  }[what]()
}

/** What to ask of them; "" where nothing helps but waiting.
 * @param {Verdict['action']} action */
export function theirWay(action) {
  return {
    '': () => '', wait: () => '', camera: () => gettext('Camera off would help'), cable: () => gettext('A cable would help'), low_data: () => gettext('Low data would help'),
    vpn: () => gettext('Without VPN and downloads it would be better'), programs: () => gettext('Closing programs would help'), network: () => gettext('Another network would help'),
  }[action]()
}
