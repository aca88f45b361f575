/** Where the files of a package repository are. Knowledge only. */
import type {LockedRepository, Mirror} from '../../model.ts';
import {distributions} from '../../packages/distributions.ts';
import {aptSource, suiteOf} from '../../packages/repositories.ts';

/** The address that stands before the path of a locked package. */
export function packageBase(
	name: 'kubernetes' | 'docker' | 'os',
	locked: LockedRepository,
	{mirror, osMirror}: {readonly mirror: Mirror; readonly osMirror?: string | undefined},
): string {
	if (name !== 'os') return aptSource(name, locked, mirror).uri.replace(/\/+$/, '');
	if (osMirror?.includes('://')) return osMirror.replace(/\/+$/, '');
	// Suites of Ubuntu and Debian have no name in common; their archives are served over TLS too.
	const id = /^(?:focal|jammy|noble|resolute)/.test(suiteOf(locked.repository) ?? '') ? 'ubuntu' : 'debian';
	const {upstream} = distributions.find((row) => row.id === id)!;
	return upstream.replace(/^http:/, 'https:');
}
