/** What a power cut, a kill or a full disk leaves in a file of lines, at every byte: mended, no whole line is lost, and nobody glues onto what is torn. */
import {execFileSync} from 'node:child_process';
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import anyTest, {type TestFn} from 'ava';
import {mending} from '../../src/steps/mending.ts';
import {isRoot} from '../run/machine.ts';

const test = anyTest as TestFn<string>;
const asRoot = isRoot ? test : test.skip;
test.beforeEach((t) => {
	t.context = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'kubestrap-mending-'));
});
test.afterEach.always((t) => rmSync(t.context, {recursive: true, force: true}));

const sh = (folder: string, script: string) =>
	execFileSync('sh', ['-c', `set -u; ${mending}\ncd "$1"; ${script}`, 'sh', folder], {
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'ignore'],
	});
const mendAll = (folder: string) => sh(folder, 'for file in *.ndjson; do mend "$PWD/$file" || echo "$file"; done');

const lines = [
	'{"kind":"file","name":"/a","before":"6 eyJ9=="}',
	'{"unit":"u","name":"\\"}\\" {\\"unit\\":\\"","at":1}',
	'{"event":"run","at":2}',
];
const whole = `${lines.join('\n')}\n`;
const next = '{"event":"over","at":3}\n';

/** Each line of the mended text is one of ours, in our order; those that the damage did not touch are all there. */
function losesNothing(text: string, touched: (start: number, end: number) => boolean, behind = ''): string | undefined {
	if (text !== '' && !text.endsWith('\n')) return 'its end is open';
	const got = text.split('\n').slice(0, -1);
	const wanted = [...lines, ...behind.split('\n').slice(0, -1)];
	if (got.some((line) => !wanted.includes(line))) return 'a torn line stays';
	let start = 0;
	for (const line of wanted) {
		const end = start + line.length;
		const isBehind = behind.startsWith(line);
		if ((isBehind || !touched(start, end)) && !got.includes(line)) return `lost: ${line}`;
		start = end + 1;
	}
	return undefined;
}

/** What is done to the file at byte `at`, and which bytes of it are gone. */
const damages: Readonly<Record<string, (at: number) => {text: string; gone: readonly [number, number]; behind?: string}>> = {
	'cut off': (at) => ({text: whole.slice(0, at), gone: [at, whole.length]}),
	'zeros to the end': (at) => ({text: whole.slice(0, at) + '\0'.repeat(whole.length - at), gone: [at, whole.length]}),
	'zeros, and the next line right behind': (at) => ({
		text: `${whole.slice(0, at)}\0\0\0${next}`,
		gone: [at, whole.length],
		behind: next,
	}),
	'cut off, and the next line right behind': (at) => ({text: whole.slice(0, at) + next, gone: [at, whole.length], behind: next}),
	'a hole of twelve bytes': (at) => ({
		text: `${whole.slice(0, at)}${'\0'.repeat(Math.min(12, whole.length - at))}${whole.slice(at + 12)}`,
		gone: [at, at + 12],
	}),
};
for (const [title, damage] of Object.entries(damages))
	test(`${title}, at every byte`, (t) => {
		t.timeout(120_000);
		const folder = t.context;
		for (let at = 0; at <= whole.length; at += 1) writeFileSync(join(folder, `${at}.ndjson`), damage(at).text);
		t.is(mendAll(folder), '');
		t.deepEqual(
			readdirSync(folder).filter((name) => name.endsWith('.new')),
			[],
		);
		for (let at = 0; at <= whole.length; at += 1) {
			const {text, gone, behind} = damage(at);
			const touched = (start: number, end: number) => gone[0] < end && gone[1] > start;
			const now = readFileSync(join(folder, `${at}.ndjson`), 'utf8');
			t.is(losesNothing(now, touched, behind), undefined, `byte ${at}: ${JSON.stringify(text)} → ${JSON.stringify(now)}`);
		}
	});

test('a file that is whole is not touched, nor made', (t) => {
	const file = join(t.context, 'a.ndjson');
	writeFileSync(file, whole);
	const {ino, mtimeNs} = statSync(file, {bigint: true});
	t.is(sh(t.context, 'mend "$PWD/a.ndjson" && mend "$PWD/b.ndjson" && ls'), 'a.ndjson\n');
	t.like(statSync(file, {bigint: true}), {ino, mtimeNs});
});

test('of other lines what stands before a zero or without its end is torn', (t) => {
	const rows = 'ufw allow proto tcp from any to any port 6443\nnft add rule x { accept }\n';
	for (const torn of ['ufw allow pro', 'ufw al\0\0\0', '\0']) {
		writeFileSync(join(t.context, 'firewall'), rows + torn);
		sh(t.context, 'keep "$PWD/firewall" "ufw allow 22"');
		t.is(readFileSync(join(t.context, 'firewall'), 'utf8'), `${rows}ufw allow 22\n`, JSON.stringify(torn));
	}
});

test('where others may write, a line gets its own, and theirs are let be', (t) => {
	writeFileSync(join(t.context, 'a.ndjson'), `${whole}{"event":"ru`);
	sh(t.context, `jot "$PWD/a.ndjson" '{"event":"over"}'; jot "$PWD/a.ndjson" '{"event":"unlock"}'`);
	t.is(readFileSync(join(t.context, 'a.ndjson'), 'utf8'), `${whole}{"event":"ru\n{"event":"over"}\n{"event":"unlock"}\n`);
	mendAll(t.context);
	t.is(readFileSync(join(t.context, 'a.ndjson'), 'utf8'), `${whole}{"event":"over"}\n{"event":"unlock"}\n`);
});

/** On a disk of 64 KiB, in a mount namespace of its own; what is said at the end. */
const onSmallDisk = (folder: string, script: string) =>
	execFileSync(
		'unshare',
		['-m', 'sh', '-c', `set -u; ${mending}\nmount -t tmpfs -o size=64k tmpfs "$1" && cd "$1"; ${script}`, 'sh', folder],
		{
			encoding: 'utf8',
			stdio: ['ignore', 'pipe', 'ignore'],
		},
	);
const fill = 'cat /dev/zero >fill';

asRoot('on a full disk a line is in the record whole or not at all, and none of before is lost', (t) => {
	const long = 'x'.repeat(30_000);
	const said = onSmallDisk(
		t.context,
		`for at in 1 2 3 4; do keep "$PWD/a.ndjson" '{"kind":"file","name":"'"$at"'","before":"${long}"}' && echo kept || echo refused; done
		cut -c 1-25 a.ndjson; ${fill}; keep "$PWD/a.ndjson" '{"kind":"dir","name":"d","before":"${long}"}' || echo refused
		wc -l <a.ndjson; rm fill; keep "$PWD/a.ndjson" '{"kind":"dir","name":"e","before":null}' && tail -n 1 a.ndjson`,
	);
	t.deepEqual(said.trim().split('\n'), [
		'kept',
		'kept',
		'refused',
		'refused',
		'{"kind":"file","name":"1"',
		'{"kind":"file","name":"2"',
		'refused',
		'2',
		'{"kind":"dir","name":"e","before":null}',
	]);
});

asRoot('a torn journal on a full disk keeps its lines, and is mended when there is room', (t) => {
	const said = onSmallDisk(
		t.context,
		`printf '%s\\n%s\\n{"event":"ru' '${lines[0]}' '${lines[2]}' >a.ndjson; ${fill}
		mend "$PWD/a.ndjson"; jot "$PWD/a.ndjson" '{"event":"over"}'; ls; cat a.ndjson; echo =; rm fill; mend "$PWD/a.ndjson"; cat a.ndjson`,
	);
	t.is(
		said,
		`a.ndjson\nfill\n${lines[0]}\n${lines[2]}\n{"event":"ru\n{"event":"over"}\n=\n${lines[0]}\n${lines[2]}\n{"event":"over"}\n`,
	);
});
