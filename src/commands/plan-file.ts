/** A plan on the operator's disk. */
import {readFileSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {resolve} from 'node:path';
import {ConfigError} from '../errors.ts';
import type {Saved} from '../foresight/saved.ts';
import {opened, sealed} from '../foresight/sealed.ts';
import type {Call} from './call.ts';

/** Bytes: a plan of a hundred nodes with all that it shows is a tenth of that. */
const most = 256 * 1024 * 1024;

/** Throws ConfigError when it cannot be read, or is not what kubestrap wrote. */
export function readPlan(file: string, {around}: Call): Saved {
	const path = resolve(around.cwd, file);
	return opened(
		tried(file, () => {
			if (statSync(path).size > most) throw new Error('too long for a plan');
			return readFileSync(path, 'utf8');
		}),
		file,
	);
}

/** Whole or not at all, for the operator alone: it shows what is in files of machines. Throws ConfigError. */
export function writePlan(file: string, saved: Saved, {around}: Call): void {
	const path = resolve(around.cwd, file);
	const part = `${path}.part`;
	tried(file, () => {
		try {
			writeFileSync(part, sealed(saved), {mode: 0o600});
			renameSync(part, path);
		} finally {
			rmSync(part, {force: true});
		}
	});
}

function tried<T>(file: string, work: () => T): T {
	try {
		return work();
	} catch (error) {
		throw new ConfigError([{file, message: error instanceof Error ? error.message : String(error)}], {cause: error});
	}
}
