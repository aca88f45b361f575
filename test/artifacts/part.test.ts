import {appendFileSync, existsSync} from 'node:fs';
import {join} from 'node:path';
import {pid} from 'node:process';
import test from 'ava';
import {openPart} from '../../src/artifacts/part.ts';
import {testFolder} from '../folder.ts';

test('a part that somebody else writes to as well never gets its name', async (t) => {
	const final = join(testFolder(), 'a'.repeat(64));
	const part = await openPart(final);
	await part.append(Buffer.from('mine'));
	// As a process of another machine would, whose number means nothing here.
	appendFileSync(`${final}.part-${pid}`, 'theirs');
	await t.throwsAsync(part.finish(), {message: /somebody else writes to .* too: it has 10 bytes where we wrote 4/});
	await part.leave(false);
	t.false(existsSync(final));
});
