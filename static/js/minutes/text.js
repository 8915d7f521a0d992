/** What to do with one entry's text when the server tells its own. Imports nothing, touches no DOM. */

/** @typedef {{ version: number, text: string, by: string, at: string }} Prose as summit/minutes/desk.py sends it */
/** @typedef {{ version: number, saved: string, text: string }} Mine the version I know, its text, and what I have typed */

/**
 * 'same': nothing to do. 'take': show theirs, I have typed nothing. 'agree': both wrote the same. 'conflict': both changed it.
 * @param {Mine} mine
 * @param {Prose} theirs
 */
export function meet(mine, theirs) {
  if (theirs.version <= mine.version) return 'same'
  if (mine.text.trim() === theirs.text.trim()) return 'agree'
  return mine.text === mine.saved ? 'take' : 'conflict'
}

/** Whether there is something to save. @param {Mine} mine */
export const isDirty = (mine) => mine.text.trim() !== mine.saved.trim()
