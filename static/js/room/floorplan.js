/**
 * The corridors as a floor plan: where tables stand, the way from one to the next, and how loud somebody is who stands
 * so far away. Pure. A table's own ground is 100 by 100, x from the start of a line; rooms/floorplan.py is its twin.
 */

/** @typedef {[number, number]} Spot */
/** @typedef {{ x: number, y: number }} Point */

export const SIDE = 100
export const TABLE = 18 // radius of the table: nobody stands on it
const CELL = { width: 170, height: 150 }
const ROSTRUM = 110 // height of the band above the tables
const ENTRANCE = 70 // and below
const NEAR = 30 // up to here a voice is as loud as it gets
const FAR = 100 // from here on it is as low as it gets
const LEAST = 0.15

/**
 * The tables in rows before the rostrum, as in a hall.
 * @param {number} count
 * @param {number} [across] tables in a row
 * @returns {{ width: number, height: number, tables: (Point & { table: number })[], rostrum: Point, entrance: Point }}
 */
export function layout(count, across = Math.max(3, Math.ceil(Math.sqrt(count * 1.6)))) {
  const columns = Math.max(1, Math.min(across, count))
  const rows = Math.ceil(count / columns)
  const [width, height] = [columns * CELL.width, ROSTRUM + rows * CELL.height + ENTRANCE]
  const tables = Array.from({ length: count }, (_, place) => {
    const row = Math.floor(place / columns)
    const inRow = Math.min(columns, count - row * columns) // a short last row stands in the middle
    return { table: place + 1, x: (width - inRow * CELL.width) / 2 + (place % columns + 0.5) * CELL.width, y: ROSTRUM + (row + 0.5) * CELL.height }
  })
  return { width, height, tables, rostrum: { x: width / 2, y: 46 }, entrance: { x: width / 2, y: height - 36 } }
}

/**
 * The next point in a direction: the nearest of those that lie more that way than aside.
 * @template {Point} P
 * @param {P[]} points
 * @param {Point} from
 * @param {'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown'} key as seen
 * @returns {P | undefined}
 */
export function next(points, from, key) {
  const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key]
  let best
  let least = Infinity
  for (const point of points) {
    const [x, y] = [point.x - from.x, point.y - from.y]
    const along = x * dx + y * dy
    const aside = Math.abs(x * dy) + Math.abs(y * dx)
    if (along <= 1 || aside > along * 1.5) continue
    if (along + 2 * aside < least) [best, least] = [point, along + 2 * aside]
  }
  return best
}

/**
 * Where one can stand nearest to this spot: on the ground, and not on the table.
 * @param {number} x
 * @param {number} y
 * @returns {Spot}
 */
export function beside(x, y) {
  const [at, down] = [Math.min(Math.max(x, 0), SIDE), Math.min(Math.max(y, 0), SIDE)]
  const middle = SIDE / 2
  const away = Math.hypot(at - middle, down - middle)
  if (away >= TABLE) return [Math.round(at), Math.round(down)]
  if (away === 0) return [middle + TABLE, middle]
  return [Math.round(middle + ((at - middle) * TABLE) / away), Math.round(middle + ((down - middle) * TABLE) / away)]
}

/**
 * Beside somebody, on the side away from the table.
 * @param {Spot} other
 * @returns {Spot}
 */
export function nextTo(other) {
  const out = 10
  return beside(other[0] > SIDE - out ? other[0] - out : other[0] + out, other[1])
}

/** @param {Spot} one
 * @param {Spot} other */
export const apart = (one, other) => Math.hypot(one[0] - other[0], one[1] - other[1])

/**
 * How somebody sounds from where I stand: `gain` 0 to 1, `pan` -1 (left) to 1, as seen on this page.
 * @param {Spot} me
 * @param {Spot} other
 * @param {boolean} mirrored the page is read from the right
 */
export function heard(me, other, mirrored) {
  const away = Math.min(1, Math.max(0, (apart(me, other) - NEAR) / (FAR - NEAR)))
  const side = Math.min(1, Math.max(-1, (other[0] - me[0]) / 60))
  return { gain: 1 - (1 - LEAST) * away, pan: (mirrored ? -side : side) * 0.8 }
}
