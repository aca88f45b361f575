/** The log of one run: every event as a JSON line, in a file that only the operator can read. */
import {closeSync, mkdirSync, openSync, readdirSync, rmSync, writeSync} from 'node:fs';
import {join} from 'node:path';

export type LogFile = {readonly path: string; write(line: string): void; close(): void};

const keep = 100;

/**
 * Opens a new log file named after time, verb and run, mode 0600 in a 0700 folder; the oldest of more than a hundred logs go.
 * Written synchronously, so that the last line is there however the process ends. A disk that is full must not stop a run that
 * changes machines: after the first failed write the file is given up, and `onLost` told why.
 */
export function openLog(folder: string, name: string, onLost: (reason: string) => void): LogFile {
	mkdirSync(folder, {recursive: true, mode: 0o700});
	sweep(folder);
	const path = join(folder, `${name}.log`);
	const file = openSync(path, 'wx', 0o600);
	let lost = false;
	return {
		path,
		write(line) {
			if (lost) return;
			try {
				writeSync(file, `${line}\n`);
			} catch (error) {
				lost = true;
				onLost(error instanceof Error ? error.message : String(error));
			}
		},
		close: () => closeSync(file),
	};
}

function sweep(folder: string): void {
	const logs = readdirSync(folder).filter((name) => name.endsWith('.log'));
	for (const name of logs.sort().slice(0, -(keep - 1))) rmSync(join(folder, name), {force: true});
}
