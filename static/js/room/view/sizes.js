/** How large each picture is on this page, in the steps the node needs to choose a layer. */

const STEPS = [90, 180, 270, 360, 540, 720, 1080, 1440, 2160] // device pixels

/**
 * The step a tile of so many device pixels is on; 0 stays 0. Pure.
 * @param {number} pixels */
export const bucket = (pixels) => (pixels < 1 ? 0 : (STEPS.find((step) => pixels <= step) ?? STEPS[STEPS.length - 1]))

/**
 * The height of a source where it is largest; 0 while it is not seen: the page is hidden, or its tile scrolled away.
 * @param {string} source
 */
export function height(source) {
  if (document.hidden) return 0
  const tiles = [...document.querySelectorAll(`[data-source="${CSS.escape(source)}"]`)]
  return bucket(Math.max(0, ...tiles.map((tile) => (isSeen(tile) ? tile.clientHeight * devicePixelRatio : 0))))
}

/** Whether any of it is in the window and in the boxes it scrolls in. @param {Element} tile */
function isSeen(tile) {
  const { top, bottom, left, right } = tile.getBoundingClientRect()
  if (bottom <= 0 || right <= 0 || top >= innerHeight || left >= innerWidth) return false
  for (let box = tile.parentElement; box && box !== document.body; box = box.parentElement) {
    if (getComputedStyle(box).overflow === 'visible') continue
    const frame = box.getBoundingClientRect()
    if (bottom <= frame.top || top >= frame.bottom || right <= frame.left || left >= frame.right) return false
  }
  return true
}

/**
 * Call back when tiles may have another size or came into sight.
 * @param {() => void} changed
 */
export function watch(changed) {
  addEventListener('resize', changed)
  addEventListener('scroll', changed, { capture: true, passive: true })
  document.addEventListener('visibilitychange', changed)
}
