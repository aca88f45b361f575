import {execFileSync, spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {frame, readFrame} from '../../src/run/frames.ts';

function arrive(bytes: Buffer): {said: string; found: string} {
	const folder = mkdtempSync(join(tmpdir(), 'kubestrap-frame-'));
	const {stdout} = spawnSync('dash', ['-c', `in=$1\n${readFrame}\ncat >"$in/rest"`, 'sh', folder], {input: bytes});
	const found = execFileSync('sh', [
		'-c',
		'cd "$1" && for f in *; do [ ! -f "$f" ] || echo "$f $(stat -c "%a %s" "$f") $(sha256sum <"$f" | cut -c 1-8)"; done',
		'sh',
		folder,
	]).toString();
	rmSync(folder, {recursive: true});
	return {said: stdout.toString(), found};
}

const files = [
	{name: 'program', bytes: Buffer.from('echo\n')},
	{name: 'f.0', bytes: Buffer.alloc(0)},
	{name: 'f.1', bytes: Buffer.alloc(512, 1)},
	{name: 'f.2', bytes: Buffer.from([0, 255, 10, 13])},
];

test('files arrive as they are, private, and nothing behind the frame is eaten', (t) => {
	const {said, found} = arrive(Buffer.concat([frame(files), Buffer.from('more')]));
	t.is(said, '');
	t.regex(found, /^f\.0 600 0 e3b0c442\nf\.1 600 512 \w+\nf\.2 600 4 \w+\nprogram 600 5 \w+\nrest \d+ 4 /);
});

test('what is cut or altered is refused', (t) => {
	const bytes = frame(files);
	const altered = Buffer.from(bytes);
	altered[bytes.length - 1200]! ^= 1;
	for (const bad of [Buffer.alloc(0), bytes.subarray(0, 40), bytes.subarray(0, -1), altered]) {
		t.regex(arrive(bad).said, /^! /);
	}
});
