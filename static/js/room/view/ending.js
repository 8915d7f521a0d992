/** A box that scrolls and grows at its end, as a chat does. */

const NEAR = 40 // pixels from the end that still count as being there

/**
 * Keeps the end in sight while its reader is there; who has scrolled up to read is left in peace. Begins at the end.
 * @param {HTMLElement} box
 * @returns {() => void} ends it
 */
export function keepAtEnd(box) {
  let there = true
  const look = () => { there = box.scrollHeight - box.scrollTop - box.clientHeight <= NEAR }
  const follow = () => { if (there) box.scrollTop = box.scrollHeight }
  box.addEventListener('scroll', look, { passive: true })
  const grown = new MutationObserver(follow)
  grown.observe(box, { childList: true, subtree: true })
  follow()
  return () => {
    grown.disconnect()
    box.removeEventListener('scroll', look)
  }
}
