/** Where the files of a package repository are. Knowledge only. */
import type {LockedRepository, Mirror} from '../../model.ts';
import {archiveAt, distributions} from '../../packages/distributions.ts';
import {aptSource, suiteOf} from '../../packages/repositories.ts';

/** The address that stands before the path of a locked package. */
export function packageBase(
	name: 'kubernetes' | 'docker' | 'os',
	locked: LockedRepository,
	{mirror, osMirror}: {readonly mirror: Mirror; readonly osMirror?: string | undefined},
): string {
	if (name !== 'os') return aptSource(name, locked, mirror).uri.replace(/\/+$/, '');
	// Suites of Ubuntu and Debian have no name in common.
	const id = /^(?:focal|jammy|noble|resolute)/.test(suiteOf(locked.repository) ?? '') ? 'ubuntu' : 'debian';
	return archiveAt(osMirror, distributions.find((row) => row.id === id)!);
}
