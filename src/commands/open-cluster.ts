/** From flags and files to the cluster that is meant, and to the lock that its artifacts obey. */
import {existsSync, readFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {text} from 'node:stream/consumers';
import {readLock} from '../artifacts/lock.ts';
import {ConfigError} from '../errors.ts';
import type {Cluster, Lock} from '../model.ts';
import type {Call, Flags} from './call.ts';

/** The config file of this folder when no flag says where the cluster is written down. */
export const defaultFile = 'kubestrap.yaml';

/**
 * Reads the config file (`-` is stdin), or makes a cluster from flags alone. Throws ConfigError with every problem;
 * nothing is contacted.
 */
export async function openCluster({flags, around}: Call): Promise<Cluster> {
	const file = flags.config ?? (byFlags(flags) ? undefined : implied(around.cwd));
	// The schema takes its time to load, and verbs that need no cluster come here too.
	const {fromFlags, load} = await import('../cluster/load.ts');
	if (file === undefined) return fromFlags(flags.cluster, {home: around.home});
	return load(await content(file, around), {file, flags: flags.cluster, home: around.home});
}

/** The config file's text; empty when none was named. */
export async function clusterText({flags: {config}, around}: Call): Promise<string> {
	return config === undefined ? '' : content(config, around);
}

async function content(file: string, {stdin, cwd}: Call['around']): Promise<string> {
	const readFile = (path: string) => readFileSync(resolve(cwd, path), 'utf8');
	return file === '-' ? text(stdin) : read(readFile, file);
}

/** Whether a cluster was given at all: by file, by flags, or by a file of the usual name in this folder. */
export function isGiven({flags, around}: Call): boolean {
	return flags.config !== undefined || byFlags(flags) || existsSync(join(around.cwd, defaultFile));
}

/** Whether the cluster is written down in a file; what flags alone say of it is how to reach it. */
export function isWritten({flags}: Call): boolean {
	return flags.config !== undefined || !byFlags(flags);
}

function byFlags({cluster}: Flags): boolean {
	return cluster.controlPlanes !== undefined || cluster.local === true;
}

/** The lock file that the config names, else the one that is shipped. Throws ConfigError when there is none, or it is no lock. */
export function openLock(cluster: Pick<Cluster, 'lock'>, {around}: Call): Lock {
	const file = cluster.lock ?? join(around.root, 'kubestrap.lock');
	if (cluster.lock === undefined && !existsSync(file)) {
		const hint = 'make one with `kubestrap images lock FILE`, and name it in the config (`spec.lock`) or with --lock FILE';
		throw new ConfigError([{message: 'no lock file: nothing says what the artifacts must be', hint}]);
	}
	return readLock(
		read((path) => readFileSync(path, 'utf8'), file),
		{file},
	);
}

function implied(cwd: string): string {
	if (existsSync(join(cwd, defaultFile))) return defaultFile;
	const hint = `give -c FILE, --control-planes user@host or --local, or write ${defaultFile}; \`kubestrap config print\` shows one`;
	throw new ConfigError([{message: 'no cluster was given', hint}]);
}

function read(readFile: (path: string) => string, file: string): string {
	try {
		return readFile(file);
	} catch (error) {
		throw new ConfigError([{file, message: error instanceof Error ? error.message : String(error)}], {cause: error});
	}
}
