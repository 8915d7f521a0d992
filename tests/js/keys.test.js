import assert from 'node:assert/strict'
import { test } from 'node:test'

import { meant } from '../../static/js/room/keys.js'

test('which key was meant, by layout', () => {
  for (const [layout, key, code, expected] of [
    ['English', 'm', 'KeyM', 'm'],
    ['English, with shift', 'M', 'KeyM', 'M'],
    ['English, with shift', '!', 'Digit1', '!'],
    ['English', '?', 'Slash', '?'],
    ['British, with shift', '£', 'Digit3', '£'],
    ['French: m lies elsewhere', 'm', 'Semicolon', 'm'],
    ['French: a comma lies where m is', ',', 'KeyM', ','],
    ['French: an accented letter lies where 2 is', 'é', 'Digit2', 'é'],
    ['Turkish: a dotless i is Latin', 'ı', 'KeyI', 'ı'],
    ['Dvorak: c lies where i is', 'c', 'KeyI', 'c'],
    ['Dvorak: j lies where c is', 'j', 'KeyC', 'j'],
    ['Arabic', 'ة', 'KeyM', 'm'],
    ['Arabic', 'ؤ', 'KeyC', 'c'],
    ['Arabic: one key, two letters', 'لا', 'KeyB', 'b'],
    ['Arabic: its own figures', '٣', 'Digit3', '3'],
    ['Arabic: its own figures, beside', '٣', 'Numpad3', '3'],
    ['Arabic: its own question mark', '؟', 'Slash', '?'],
    ['Persian', 'پ', 'KeyM', 'm'],
    ['Russian', 'ь', 'KeyM', 'm'],
    ['Russian: what looks like c is Cyrillic', 'с', 'KeyC', 'c'],
    ['Russian, with shift', 'Ь', 'KeyM', 'm'],
    ['Russian: Latin figures', '2', 'Digit2', '2'],
    ['Russian: a question mark lies where 7 is', '?', 'Digit7', '?'],
    ['Russian: a letter where there is none in Latin', 'ж', 'Semicolon', 'ж'],
    ['Greek', 'μ', 'KeyM', 'm'],
    ['Hebrew', 'צ', 'KeyM', 'm'],
    ['Devanagari: a vowel sign', 'ि', 'KeyF', 'f'],
    ['Korean', 'ㅡ', 'KeyM', 'm'],
    ['any', ' ', 'Space', ' '],
    ['any', 'Escape', 'Escape', 'Escape'],
    ['any', 'Dead', 'KeyE', 'Dead'],
    ['Chinese, while composing', 'Process', 'KeyM', 'Process'],
    ['a keyboard on a screen that names no place', 'ь', '', 'ь'],
  ]) assert.equal(meant({ key, code }), expected, `${layout}: ${key} at ${code || 'no place'}`)
})
