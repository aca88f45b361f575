import {mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pid} from 'node:process';
import test from 'ava';
import {underLock} from '../../hack/laboratory/lock.ts';
import {alive, end, start, startTimeOf} from '../../hack/laboratory/processes.ts';

test('a process is ours only while its start time fits too', async (t) => {
	const folder = mkdtempSync(join(tmpdir(), 'processes-'));
	const ours = start(['sleep', '60'], join(folder, 'log'));
	t.true(alive(ours));
	const reused = {pid, startTime: `${startTimeOf(pid)}1`};
	t.false(alive(reused));
	// Would end this very test if the pid alone counted.
	await end(reused, 'SIGKILL');
	await end(ours);
	t.false(alive(ours));
	await end(ours);
});

test('one at a time under a lock, and a failure lets go of it', async (t) => {
	const file = join(mkdtempSync(join(tmpdir(), 'lock-')), 'deep', 'lock');
	const seen: string[] = [];
	const work = (name: string) =>
		underLock(file, async () => {
			seen.push(`${name} in`);
			await new Promise((resolve) => setImmediate(resolve));
			seen.push(`${name} out`);
		});
	await t.throwsAsync(
		underLock(file, () => Promise.reject(new Error('broken'))),
		{message: 'broken'},
	);
	await Promise.all([work('a'), work('b')]);
	t.is(seen.length, 4);
	for (const at of [0, 2]) t.is(seen[at]?.replace(' in', ''), seen[at + 1]?.replace(' out', ''));
});
