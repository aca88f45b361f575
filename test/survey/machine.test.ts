import test from 'ava';
import {printable} from '../../src/checks/printable.ts';
import {hasSysResource, readArch, readCgroup, readNumber, readOs, readSwaps} from '../../src/survey/machine.ts';

test('os-release is data, whatever is written there', (t) => {
	t.deepEqual(readOs('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n'), {
		id: 'debian',
		idLike: [],
		versionId: '12',
		pretty: 'Debian GNU/Linux 12 (bookworm)',
	});
	const odd = readOs(
		'ID=$(reboot)\nID_LIKE="rhel fedora"\nPRETTY_NAME="\u001b]0;x\u0007A \\"B\\" \u001b[31m\u202eC"\n__proto__=x\nVERSION_ID=',
	);
	t.is(odd.id, '$(reboot)');
	t.deepEqual(odd.idLike, ['rhel', 'fedora']);
	t.regex(odd.pretty, /^[ -~]+$/);
	t.is(readOs('').id, 'linux');
	t.true(readOs(`PRETTY_NAME=${'x'.repeat(1e6)}`).pretty.length < 400);
});

test('what is shown has no control characters and is a line at most', (t) => {
	t.is(printable('a\u001b[2Jb\r\nc\u0000\u009b31md'), 'a b  c  31md');
	t.is(printable('x'.repeat(500)).length, 301);
});

test('architectures', (t) => {
	t.is(readArch('Linux x86_64\n'), 'amd64');
	t.is(readArch('Linux aarch64'), 'arm64');
	t.throws(() => readArch('Linux riscv64'), {message: /riscv64 is neither/});
	t.throws(() => readArch('Darwin arm64'), {message: /not Linux/});
});

test('cgroup v1 is a tmpfs with hierarchies', (t) => {
	t.is(readCgroup('cgroup2fs\n', false), 'v2');
	t.is(readCgroup('tmpfs\n', true), 'v1');
	t.is(readCgroup('tmpfs\n', false), 'v2');
});

test('CAP_SYS_RESOURCE is bit 24 of the bounding set', (t) => {
	t.true(hasSysResource('Uid: 0\nCapBnd:	000001ffffffffff\n'));
	t.false(hasSysResource('CapBnd:	00000000feffffff\n'));
	t.throws(() => hasSysResource(''));
});

test('swaps and numbers', (t) => {
	t.deepEqual(readSwaps('Filename	Type	Size	Used	Priority\n/dev/sda2 partition 1 0 -2\n/swap\\040file file 1 0 -3\n'), [
		'/dev/sda2',
		'/swap\\040file',
	]);
	t.is(readNumber(' 42\n', 'it'), 42);
	for (const text of ['', '-1', '1e9', '0x10', '4 2']) t.throws(() => readNumber(text, 'it'), {message: /it is no number/});
});
