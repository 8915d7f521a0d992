import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apart, beside, heard, layout, next, nextTo, SIDE, TABLE } from '../../static/js/room/floorplan.js'

test('every table has ground of its own, whatever their number and the width', () => {
  for (const count of [1, 2, 8, 13, 40]) {
    for (const across of [undefined, 3]) {
      const { width, height, tables } = layout(count, across)
      assert.deepEqual(tables.map(({ table }) => table), Array.from({ length: count }, (_, place) => place + 1))
      for (const one of tables) {
        assert.ok(one.x > 60 && one.x < width - 60 && one.y > 60 && one.y < height - 60, `${count}: ${JSON.stringify(one)}`)
        for (const other of tables) if (one !== other) assert.ok(Math.hypot(one.x - other.x, one.y - other.y) > 2 * 68)
      }
    }
  }
})

test('arrow keys reach every table from every other', () => {
  for (const count of [2, 5, 8, 13]) {
    const { tables } = layout(count)
    const reached = new Set([1])
    const open = [tables[0]]
    while (open.length) {
      const at = open.pop()
      for (const key of ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown']) {
        const there = next(tables, at, key)
        if (there && !reached.has(there.table)) { reached.add(there.table); open.push(there) }
      }
    }
    assert.equal(reached.size, count)
  }
  const { tables } = layout(8)
  assert.equal(next(tables, tables[0], 'ArrowRight').table, 2)
  assert.equal(next(tables, tables[0], 'ArrowLeft'), undefined)
})

test('nobody stands on the table or beside the ground', () => {
  for (const [x, y] of [[50, 50], [55, 45], [-20, 130], [0, 0], [SIDE, SIDE], [50, 40]]) {
    const spot = beside(x, y)
    assert.ok(apart(spot, [50, 50]) >= TABLE - 1, `${spot}`)
    assert.ok(spot.every((one) => one >= 0 && one <= SIDE))
  }
  assert.deepEqual(beside(84, 50), [84, 50])
  assert.ok(apart(nextTo([84, 50]), [84, 50]) <= 12)
  assert.ok(apart(nextTo([98, 50]), [98, 50]) <= 12)
})

test('who is nearer is louder, and comes from where they are seen', () => {
  const me = [50, 84]
  assert.deepEqual(heard(me, [60, 84], false).gain, 1)
  assert.ok(heard(me, [50, 16], false).gain < 0.6)
  assert.ok(heard([0, 0], [100, 100], false).gain > 0.1)
  assert.ok(heard(me, [84, 50], false).pan > 0 && heard(me, [16, 50], false).pan < 0)
  assert.equal(heard(me, [84, 50], true).pan, -heard(me, [84, 50], false).pan)
})
