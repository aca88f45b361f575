import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {readContents} from '../../../src/artifacts/bundle/contents.ts';
import {readTogether} from '../../../src/artifacts/bundle/together.ts';
import {block, header} from '../../../src/artifacts/bundle/ustar.ts';
import {testFolder} from '../../folder.ts';
import {small, written} from './small.ts';

const made = small();
const good = readFileSync(await written(made));

/** Where each member begins. */
const members = (() => {
	const found: {name: string; at: number}[] = [];
	for (let at = 0; good[at] !== 0; ) {
		const size = Number.parseInt(good.toString('latin1', at + 124, at + 135), 8);
		found.push({name: good.toString('latin1', at, at + 100).replace(/\0.*$/s, ''), at});
		at += block + Math.ceil(size / block) * block;
	}
	return found;
})();

type Change = {
	readonly name?: string;
	readonly type?: string;
	readonly mode?: number;
	readonly owner?: number;
	readonly link?: string;
	readonly size?: number;
};

/** A header as tar knows it, with a right checksum: what is wrong with it is only what is asked for. */
function evil({name = 'evil', type = '0', mode = 0o644, owner = 0, link = '', size = 0}: Change): Buffer {
	const head = Buffer.from(header('x', 0));
	const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
	head.fill(0, 0, 100);
	head.write(name, 0, 'utf8');
	head.write(octal(mode, 7), 100, 'latin1');
	head.write(octal(owner, 7), 108, 'latin1');
	head.write(octal(size, 11), 124, 'latin1');
	head.write(type, 156, 'latin1');
	head.write(link, 157, 'latin1');
	head.write(' '.repeat(8), 148, 'latin1');
	const sum = head.reduce((total, byte) => total + byte, 0);
	head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
	return head;
}

/** Refused wherever it stands, and nothing is written anywhere. */
const refused = test.macro(async (t, change: Change, what: RegExp) => {
	const folder = testFolder();
	const path = join(folder, 'hostile.tar');
	const content = Buffer.alloc(Math.ceil(Math.min(change.size ?? 0, 4096) / block) * block);
	for (const {name, at} of [...members, {name: 'the end', at: good.length - 2 * block}]) {
		writeFileSync(path, Buffer.concat([good.subarray(0, at), evil(change), content, good.subarray(at)]));
		const {whole, problems} = await readTogether([path]);
		t.is(whole, undefined, name);
		t.regex(problems.map(({message}) => message).join('\n'), what, name);
	}
	t.deepEqual(readdirSync(folder), ['hostile.tar']);
});

const stands = /stands where|is not as kubestrap writes it|not zeros|has .* bytes/;
test('a name that climbs out', refused, {name: '../../etc/cron.d/evil', size: 10}, stands);
test('a name that climbs out later', refused, {name: 'blobs/../../evil', size: 10}, stands);
test('an absolute name', refused, {name: '/etc/shadow', size: 10}, stands);
test('a name of a drive', refused, {name: 'C:\\evil', size: 10}, stands);
test('a name that is not ASCII', refused, {name: 'blobs/sha256/\u0430', size: 10}, stands);
test('the twin of a name in capitals', refused, {name: 'KUBESTRAP.LOCK', size: 10}, stands);
test('a name with a line break', refused, {name: 'evil\nSHA256SUMS', size: 10}, stands);
test('no name', refused, {name: '', size: 10}, stands);
test('a symbolic link', refused, {type: '2', link: '/etc'}, /a symbolic link|not zeros/);
test(
	'a symbolic link under a good name',
	refused,
	{name: 'index.json', type: '2', link: '/etc/passwd'},
	/a symbolic link|not zeros/,
);
test('a hard link', refused, {type: '1', link: '/etc/passwd'}, /a hard link|not zeros/);
test('a character device', refused, {type: '3'}, /a character device|not zeros/);
test('a block device', refused, {type: '4'}, /a block device|not zeros/);
test('a folder', refused, {type: '5', name: 'blobs/'}, /a folder|not zeros/);
test('a pipe', refused, {type: '6'}, /a named pipe|not zeros/);
test('a PAX header', refused, {type: 'x', size: 100}, /a PAX header|not zeros/);
test('a PAX header for all', refused, {type: 'g', size: 100}, /a PAX header|not zeros/);
test('a long name of GNU tar', refused, {type: 'L', size: 100}, /a long name|not zeros/);
test('a sparse file that would be a terabyte', refused, {type: 'S', size: 8 ** 11 - 1}, /a sparse file|not zeros/);
test('a setuid program', refused, {mode: 0o4755, size: 10}, stands);
test('another owner', refused, {owner: 1000, size: 10}, stands);
test('a file that is bigger than any disk', refused, {size: 8 ** 11 - 1}, stands);

test('a member twice, and one in the place of another', async (t) => {
	for (const [index, {name, at}] of members.entries()) {
		const next = members[index + 1]?.at ?? good.length - 2 * block;
		const member = good.subarray(at, next);
		const path = join(testFolder(), 'twice.tar');
		writeFileSync(path, Buffer.concat([good.subarray(0, next), member, good.subarray(next)]));
		t.regex((await readTogether([path])).problems[0]!.message, /stands where|not zeros/, name);
		writeFileSync(path, Buffer.concat([good.subarray(0, at), good.subarray(next)]));
		t.regex((await readTogether([path])).problems[0]!.message, /stands where|ends where/, name);
	}
});

test('a good header with one thing wrong: mode, owner, type, a field that nobody reads', async (t) => {
	for (const {name, at} of members) {
		const size = Number.parseInt(good.toString('latin1', at + 124, at + 135), 8);
		for (const change of [{mode: 0o6755}, {owner: 1}, {type: '7'}, {link: 'x'}, {size: size + 512}]) {
			const wrong = Buffer.from(good);
			evil({name, size, ...change}).copy(wrong, at);
			const path = join(testFolder(), 'wrong.tar');
			writeFileSync(path, wrong);
			t.not((await readTogether([path])).problems.length, 0, `${name} ${JSON.stringify(change)}`);
		}
	}
});

test('a first member that claims more than contents can need is not read', async (t) => {
	const path = join(testFolder(), 'big.tar');
	const size = 17 * 2 ** 20;
	writeFileSync(path, Buffer.concat([header('bundle.json', size), Buffer.alloc(size)]));
	t.regex((await readTogether([path])).problems[0]!.message, /no bundle needs more than/);
});

const image = made.contents.artifacts.find(({kind}) => kind === 'image')!;
const text = (changes: object) => `${JSON.stringify({...made.contents, ...changes}, null, '\t')}\n`;
for (const [what, wrong, message] of [
	['no JSON', '{', /is no JSON/],
	['nothing', 'null', /has format undefined/],
	['another format', text({format: 2}), /has format 2/],
	['a key too many', text({extra: 1}), /not as kubestrap writes it/],
	['a key of all objects', text({}).replace('{', '{"__proto__": {"format": 1},'), /not as kubestrap writes it/],
	['spaces', text({}).replace('\t', '  '), /not as kubestrap writes it/],
	['a platform of another kind', text({platforms: ['windows/amd64']}), /its platforms/],
	['blobs as a list', text({blobs: []}), /is not both|no map/],
	['a size below nothing', text({blobs: {...made.contents.blobs, [`sha256:${'0'.repeat(64)}`]: -1}}), /is no blob/],
	[
		'a size that is no number of bytes',
		text({blobs: {...made.contents.blobs, [`sha256:${'0'.repeat(64)}`]: 1e300}}),
		/is no blob/,
	],
	['a blob that nobody needs', text({blobs: {...made.contents.blobs, [`sha256:${'0'.repeat(64)}`]: 1}}), /not both a blob/],
	['a digest that climbs out', text({blobs: {'sha256:../../etc/passwd': 1}}), /is no blob/],
	['an artifact of another kind', text({artifacts: [{kind: 'script', key: 'x', digest: image.kind}]}), /an artifact is none/],
	['an artifact twice', text({artifacts: [image, image]}), /an artifact twice/],
	['absent blobs that are none', text({absent: ['sha256:x']}), /absent names/],
	[
		'a blob that is absent twice',
		text({absent: [Object.keys(made.contents.blobs)[0], Object.keys(made.contents.blobs)[0]]}),
		/twice/,
	],
] as const) {
	test(`bundle.json with ${what}`, (t) => {
		t.throws(() => readContents(wrong), {message});
	});
}
