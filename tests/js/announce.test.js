import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import './drawn.js'

const { announcer, regions } = await import('../../static/js/room/view/announce.js')

/** As much of a document as the announcer touches; `open` are its modal dialogs. */
function paper() {
  const page = { open: [], querySelectorAll: () => page.open, createElement: () => element() }
  function element() {
    const made = { ownerDocument: page, attributes: {}, children: [], textContent: '' }
    return Object.assign(made, {
      setAttribute: (name, value) => { made.attributes[name] = value },
      append: (one) => { made.children.push(one); one.remove = () => made.children.splice(made.children.indexOf(one), 1) },
      querySelector: (wanted) => made.children.find((one) => wanted.includes(`[aria-live=${one.attributes['aria-live']}]`)) ?? null,
    })
  }
  return Object.assign(page, { body: element(), dialog: element })
}
const spoken = (host) => host.children.map((region) => [region.attributes.role, ...region.children.map((line) => line.textContent)])

test('what is said while a dialog is open is said in it, for what is beneath is dead to a screen reader', () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  globalThis.HTMLElement = /** @type {any} */ (Object)
  const page = paper()
  const say = announcer(/** @type {any} */ (page))
  assert.deepEqual(spoken(page.body), [['status'], ['alert']]) // there before anything is said
  say('The list is open.', false)
  const dialog = page.dialog()
  regions(/** @type {any} */ (dialog))
  page.open = [dialog]
  say('You have the floor.', true)
  page.open = []
  say('The list is closed.', false)
  assert.deepEqual(spoken(dialog), [['status'], ['alert', 'You have the floor.']])
  assert.deepEqual(spoken(page.body), [['status', 'The list is open.', 'The list is closed.'], ['alert']])
  mock.timers.tick(10_000)
  assert.deepEqual([spoken(page.body), spoken(dialog)], [[['status'], ['alert']], [['status'], ['alert']]])
  mock.timers.reset()
})
