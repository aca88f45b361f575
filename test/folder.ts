/** Folders for tests, gone with the process that made them. */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const made: string[] = [];
process.once('exit', () => {
	for (const folder of made) rmSync(folder, {recursive: true, force: true});
});

/** A new empty folder in the system's place for temporary files. */
export function testFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), 'kubestrap-test-'));
	made.push(folder);
	return folder;
}
