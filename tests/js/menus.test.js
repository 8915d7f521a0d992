import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closeMenus, fold } from '../../static/js/menus.js'

test('Escape closes the open menu, goes back to what opened it, and stops there', () => {
  const focused = []
  const menu = { open: true, contains: () => true, querySelector: () => ({ focus: () => focused.push('summary') }) }
  const page = Object.assign(new EventTarget(), { querySelectorAll: () => (menu.open ? [menu] : []) })
  closeMenus(/** @type {any} */ (page))
  const press = (key) => {
    const event = Object.assign(new Event('keydown'), { key })
    let stopped = false
    event.stopPropagation = () => { stopped = true }
    page.dispatchEvent(event)
    return stopped
  }
  assert.deepEqual([press('a'), menu.open], [false, true])
  assert.deepEqual([press('Escape'), menu.open, focused], [true, false, ['summary']])
  assert.equal(press('Escape'), false) // the next one is for the panel
})

test('a press elsewhere closes a menu, one inside does not', () => {
  const menu = { open: true, contains: (where) => where === page, querySelector: () => null }
  const page = Object.assign(new EventTarget(), { querySelectorAll: () => (menu.open ? [menu] : []) })
  closeMenus(/** @type {any} */ (page))
  page.dispatchEvent(new Event('click'))
  assert.equal(menu.open, true)
  menu.contains = () => false
  page.dispatchEvent(new Event('click'))
  assert.equal(menu.open, false)
})

test('a choice closes its menu and gives the keyboard back; a press beside it does not', () => {
  const focused = []
  const menu = { open: true, querySelector: () => ({ focus: () => focused.push('summary') }) }
  const press = (on) => fold(/** @type {any} */ ({ target: { closest: () => on }, currentTarget: { closest: () => menu } }))
  press(null)
  assert.deepEqual([menu.open, focused], [true, []])
  press({})
  assert.deepEqual([menu.open, focused], [false, ['summary']])
})
