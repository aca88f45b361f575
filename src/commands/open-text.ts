/** A cluster that is not, or not only, what a file says. */
import {fromFlags, load} from '../cluster/load.ts';
import type {Cluster} from '../model.ts';
import type {Call, Flags} from './call.ts';

/** A cluster of a text that is not, or not only, a file's; paths in it are meant as those of the config file. */
export function openText({flags: {config}, around}: Call, given: string, flags: Flags['cluster']): Cluster {
	if (given === '') return fromFlags(flags, {home: around.home});
	return load(given, {file: config ?? '-', flags, home: around.home});
}
