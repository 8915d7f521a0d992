import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keepAtEnd } from '../../static/js/room/view/ending.js'

test('the newest line stays in sight, but not for who has scrolled up to read', () => {
  let grown = () => {}
  globalThis.MutationObserver = /** @type {any} */ (class { constructor(told) { grown = told } observe() {} disconnect() { grown = () => {} } })
  const box = Object.assign(new EventTarget(), { scrollTop: 0, scrollHeight: 900, clientHeight: 300 })
  const add = (pixels) => { box.scrollHeight += pixels; grown() }
  const scroll = (to) => { box.scrollTop = to; box.dispatchEvent(new Event('scroll')) }
  const end = keepAtEnd(/** @type {any} */ (box))
  assert.equal(box.scrollTop, 900) // a browser stops at what there is
  scroll(600)
  add(50)
  assert.equal(box.scrollTop, 950)
  scroll(200)
  add(50)
  assert.equal(box.scrollTop, 200)
  scroll(700)
  add(50)
  assert.equal(box.scrollTop, 1050)
  end()
  add(50)
  assert.equal(box.scrollTop, 1050)
})
