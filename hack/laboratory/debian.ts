/** Trees of Debian packages, made by mmdebstrap once per machine and recipe. */
import {existsSync, renameSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {run} from './command.ts';
import {underLock} from './lock.ts';
import {packages} from './packages.ts';
import {rootfsCache} from './places.ts';

// systemd 256 and later do not boot on cgroup v1, and bookworm's does.
export const suite = 'bookworm';

/** Paths that no node misses; without them a copy takes half as long. */
export const leaveOut = ['man', 'doc', 'locale', 'info', 'bug', 'lintian'].map(
	(name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`,
);

export async function mmdebstrap(argv: readonly string[]): Promise<void> {
	await packages(['mmdebstrap']);
	await run(['mmdebstrap', '--quiet', ...leaveOut, ...argv]);
}

/** The tree of that name, which holds its recipe's hash; `make` fills a folder that becomes it only when it is whole. */
export async function debianTree(name: string, make: (part: string) => Promise<void>): Promise<string> {
	const tree = join(rootfsCache, name);
	return underLock(`${tree}.lock`, async () => {
		if (existsSync(tree)) return tree;
		const part = `${tree}.part`;
		rmSync(part, {recursive: true, force: true});
		await make(part);
		renameSync(part, tree);
		return tree;
	});
}
