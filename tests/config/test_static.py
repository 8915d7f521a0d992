"""What browsers are served is the program that was written."""

from __future__ import annotations

import subprocess
from pathlib import Path

from summit.config.static import without_docs

ROOT = Path(__file__).resolve().parents[2]
COMPARE = """
import fs from 'node:fs'
import { parse } from 'acorn'
const places = new Set(['start', 'end', 'range'])
const tree = (file) => JSON.stringify(
  parse(fs.readFileSync(file, 'utf8'), { ecmaVersion: 'latest', sourceType: 'module' }),
  (key, value) => (places.has(key) ? undefined : typeof value === 'bigint' ? `${value}n` : value),
)
const [written, served] = process.argv.slice(1)
const scripts = fs.readdirSync(written, { recursive: true }).filter((name) => name.endsWith('.js'))
for (const name of scripts) if (tree(`${written}/${name}`) !== tree(`${served}/${name}`)) console.log(name)
console.log(scripts.length)
"""


def test_scripts_without_their_doc_comments_are_the_same_programs(tmp_path: Path) -> None:
    own = ROOT / "static" / "js"
    scripts = sorted(own.rglob("*.js"))
    for path in scripts:
        served = tmp_path / path.relative_to(own)
        served.parent.mkdir(parents=True, exist_ok=True)
        served.write_text(without_docs(path.read_text()))
    told = subprocess.run(
        ["node", "--input-type=module", "--eval", COMPARE, str(own), str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert told.stdout.split() == [str(len(scripts))], "these are other programs now"
    weights = [sum(path.stat().st_size for path in folder.rglob("*.js")) for folder in (own, tmp_path)]
    assert weights[1] < 0.85 * weights[0]
