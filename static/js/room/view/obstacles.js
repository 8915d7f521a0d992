/** What stands in the way, each with its own sentence and its way out. Codes of devices.js and of `POST /seat/`. */

/** @typedef {{ title: string, way: string }} Obstacle */

/**
 * @param {string} code
 * @param {string} [kind] mic, camera, screen
 * @returns {Obstacle}
 */
export function obstacle(code, kind = '') {
  const device = kind === 'camera' ? gettext('camera') : kind === 'screen' ? gettext('screen') : gettext('microphone')
  /** @type {Record<string, () => Obstacle>} */
  const known = {
    denied: () => ({
      title: interpolate(gettext('The browser may not use your %(device)s.'), { device }, true),
      way: gettext('Press the sign beside the address, choose “Allow”, and try again. You can also join without it.'),
    }),
    none: () => ({
      title: interpolate(gettext('No %(device)s was found.'), { device }, true),
      way: gettext('Plug one in, or switch it on; it appears by itself. You can also join without it.'),
    }),
    in_use: () => ({
      title: interpolate(gettext('Another program is using your %(device)s.'), { device }, true),
      way: gettext('Close the other call or window, then try again.'),
    }),
    insecure: () => ({
      title: gettext('This address is not secure, so the browser gives no camera or microphone.'),
      way: gettext('Open the page by the link you were sent: it begins with https.'),
    }),
    unsupported: () => ({
      title: gettext('This browser cannot send sound and picture.'),
      way: gettext('Use a current Firefox, Chrome, Edge or Safari. You can follow, ask for the floor and read papers here.'),
    }),
    failed: () => ({
      title: interpolate(gettext('Your %(device)s did not start.'), { device }, true),
      way: gettext('Choose another one, or unplug it and plug it in again.'),
    }),
    full: () => ({ title: gettext('The room is full.'), way: gettext('Stay on this page: it lets you in as soon as a seat is free. Help reaches a person who can make room.') }),
    closed_meeting: () => ({ title: gettext('This meeting is closed: only those entitled are admitted.'), way: gettext('If you should be among them, ask for help; an officer checks your badge.') }),
    not_accredited: () => ({ title: gettext('You are not accredited to this meeting.'), way: gettext('Ask your delegation’s focal point, or ask for help here.') }),
    not_open: () => ({ title: gettext('The meeting has not opened yet.'), way: gettext('Check your sound and picture now. This page lets you in when it opens.') }),
    removed: () => ({ title: gettext('You were asked to leave this meeting.'), way: gettext('An officer can let you in again: ask for help.') }),
    over: () => ({ title: gettext('The meeting is over.'), way: gettext('The next meetings are on the home page.') }),
    'seat.taken': () => ({ title: gettext('You are already in the room on another device.'), way: gettext('Move here, or use this device as a companion: list, papers, chat and votes, without sound.') }),
    'seat.three': () => ({ title: gettext('You are in the room on three devices already.'), way: gettext('Leave on one of them, then join here.') }),
    'signed-out': () => ({ title: gettext('You are signed out.'), way: gettext('Sign in again; your choices here are kept.') }),
    offline: () => ({ title: gettext('The server does not answer.'), way: gettext('Check your network. This page tries again when you press Join.') }),
  }
  return known[code]?.() ?? { title: gettext('Something is in the way.'), way: gettext('Try again, or ask for help: a person sees what is wrong.') }
}

/** What stands in somebody's way, as the officer reads it who answers their call; the code itself where we have no words.
 * @param {string} code as `help.call` carries it */
export function theirObstacle(code) {
  /** @type {Record<string, () => string>} */
  const known = {
    'mic.denied': () => gettext('The browser may not use the microphone'),
    'mic.none': () => gettext('No microphone found'),
    'mic.in_use': () => gettext('Another program uses the microphone'),
    'mic.failed': () => gettext('The microphone does not start'),
    'camera.denied': () => gettext('The browser may not use the camera'),
    'camera.none': () => gettext('No camera found'),
    'camera.in_use': () => gettext('Another program uses the camera'),
    'camera.failed': () => gettext('The camera does not start'),
    'line.blocked': () => gettext('The network lets no sound and picture through'),
    'line.media.down': () => gettext('Sound and picture cannot be reached'),
    'line.lost-out': () => gettext('The line loses words on the way to us'),
    'line.lost-in': () => gettext('The line loses words on the way to them'),
    'line.late': () => gettext('The line is slow'),
    'line.uneven': () => gettext('The line is uneven'),
    'line.thin': () => gettext('The line is narrow'),
    not_accredited: () => gettext('Not accredited to this meeting'),
    closed_meeting: () => gettext('The doors are closed for them'),
    removed: () => gettext('Was asked to leave'),
    full: () => gettext('The room is full'),
    not_open: () => gettext('Waits for the opening'),
  }
  return known[code]?.() ?? code
}

/** The same in one line.
 * @param {string} kind
 * @param {string} code */
export function obstacleText(kind, code) {
  const { title, way } = obstacle(code, kind)
  return `${title} ${way}`
}
