/** Lays the mirror's release files at their paths and says what a lock file says about them. */
import {mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import type {LockedBinary} from '../../src/model.ts';
import {binaryNames} from './build.ts';
import {run} from './command.ts';
import {digestOf, link, plainTar} from './layout.ts';
import type {ReleaseRow} from './releases.ts';

/** Path of each compiled `component/binary`. */
export type Compiled = ReadonlyMap<string, string>;

export function binariesOf(file: ReleaseRow['file']): readonly string[] {
	return typeof file === 'string' ? [file] : binaryNames(file.component).map((name) => `${file.component}/${name}`);
}

async function archive(row: ReleaseRow, target: string, files: Compiled, prefix: string): Promise<void> {
	const tree = `${target}.tree`;
	for (const each of binariesOf(row.file)) link(files.get(each) ?? '', join(tree, prefix, basename(each)));
	const names = prefix === 'bin/' ? ['bin'] : prefix === './' ? ['.'] : readdirSync(tree);
	await run([...plainTar, '--mode=0755', '-C', tree, '-cf', `${target}.tar`, ...names]);
	await run(['sh', '-c', 'gzip -n -1 < "$1" > "$2"', 'sh', `${target}.tar`, target]);
	rmSync(tree, {recursive: true});
	rmSync(`${target}.tar`);
}

export async function release(row: ReleaseRow, folder: string, files: Compiled): Promise<LockedBinary> {
	const target = join(folder, row.path);
	mkdirSync(dirname(target), {recursive: true});
	if (typeof row.file === 'string') link(files.get(row.file) ?? '', target);
	else await archive(row, target, files, row.file.prefix);
	const digest = await digestOf(target);
	writeFileSync(`${target}.sha256`, digest.sha256);
	return {...digest, from: [row.path]};
}
