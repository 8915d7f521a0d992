import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import { FROM_SERVER, TO_SERVER, decode, encode } from '../../static/js/room/protocol.js'

const folder = new URL('../contract/', import.meta.url)
const samples = new Map(
  readdirSync(folder).map((file) => [file.replace(/\.json$/, ''), JSON.parse(readFileSync(new URL(file, folder), 'utf8'))]),
)

test('every message has a sample and every sample a message', () => {
  assert.deepEqual([...samples.keys()].sort(), [...Object.keys(TO_SERVER), ...Object.keys(FROM_SERVER)].sort())
})

test('a page writes every sample exactly', () => {
  for (const type of Object.keys(TO_SERVER)) {
    const { type: _, ...fields } = samples.get(type)
    assert.deepEqual(JSON.parse(encode(type, fields)), samples.get(type))
    assert.deepEqual(Object.keys(fields).sort(), TO_SERVER[type].map((name) => name.replace('?', '')).sort())
  }
})

test('a page reads every sample', () => {
  for (const type of Object.keys(FROM_SERVER)) {
    assert.deepEqual(decode(JSON.stringify(samples.get(type))), samples.get(type))
  }
})

test('a slip in a page is found while it is written', () => {
  assert.throws(() => encode('floor.seize'), /no message floor.seize/)
  assert.throws(() => encode('hand.lower', { id: '1' }), /turn is missing/)
  assert.throws(() => encode('hand.lower', { id: '1', turn: 2, trun: 2 }), /trun is unknown/)
})

test('what a page does not know is left alone', () => {
  for (const text of ['', '[]', 'null', '1', '{"type":"toString"}', '{"type":"new.thing"}', '{"type":"state","topic":"floor"}', undefined]) {
    assert.equal(decode(text), null)
  }
})

test('whatever may be said has a page that says it', () => {
  const folder = new URL('../../static/js/', import.meta.url)
  const files = readdirSync(folder, { recursive: true }).map(String).filter((file) => file.endsWith('.js') && !file.endsWith('room/protocol.js'))
  const code = files.map((file) => readFileSync(new URL(file, folder), 'utf8')).join('\n')
  const said = (type) => code.includes(`'${type}'`) || (type.startsWith('meeting.') && code.includes(`\${select('${type.slice(8)}', `)) // the desk's choices
  assert.deepEqual(Object.keys(TO_SERVER).filter((type) => !said(type)), ['sealed']) // reserved
})
