import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAnother } from '../../static/js/room/networks.js'

test('what is another network', () => {
  for (const [name, before, now, is] of /** @type {[string, string[], string[], boolean][]} */ ([
    ['nothing has changed', ['10.0.0.2', 'fd00::2'], ['fd00::2', '10.0.0.2'], false],
    ['one has come', ['10.0.0.2'], ['10.0.0.2', '192.168.1.7'], true],
    ['one has come in the place of another', ['10.0.0.2'], ['192.168.1.7'], true],
    ['one has gone: what is left is known already', ['10.0.0.2', '192.168.1.7'], ['10.0.0.2'], false],
    ['names are new each time', ['a.local', 'b.local'], ['c.local', 'd.local'], false],
    ['one name more', ['a.local'], ['c.local', 'd.local'], true],
    ['one name less', ['a.local', 'b.local'], ['c.local'], false],
    ['the page was allowed to know them meanwhile', ['a.local'], ['10.0.0.2'], false],
  ])) assert.equal(isAnother(new Set(before), new Set(now)), is, name)
})
