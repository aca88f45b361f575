/** Which ssh configs are read: the file that was asked for, else the operator's and then the machine's, as OpenSSH does. */
import {globSync} from 'node:fs';
import {join} from 'node:path';
import type {Problem} from '../errors.ts';
import type {Cluster} from '../model.ts';
import {machineFile, machineFolder, readSshConfig, type SshFiles, userFolder} from './ssh-config.ts';

type Read = {readonly config?: NonNullable<Cluster['sshConfig']>; readonly problems: readonly Problem[]};

/** What `--ssh-config` and `configFile` say for "none at all", as `ssh -F none` does. */
export const noFile = 'none';

/** The real disk's answer to a pattern of Include. */
export const globFiles = (pattern: string): string[] => globSync(pattern).sort();

/** Reads `asked`, or the usual two. Only a file that was asked for must be there. */
export function readSsh(asked: string | undefined, files: SshFiles): Read {
	if (asked === noFile) return {problems: []};
	const user = userFolder(files.home);
	const places =
		asked === undefined
			? [[join(user, 'config'), user] as const, [machineFile, machineFolder] as const]
			: [[asked, user] as const];
	const read = places.map(([file, folder]) => {
		try {
			return readSshConfig(file, folder, files);
		} catch (error) {
			const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
			if (asked === undefined && missing) return {lines: [], notes: [], problems: []};
			return {lines: [], notes: [], problems: [{file, message: `the ssh config cannot be read: ${(error as Error).message}`}]};
		}
	});
	const lines = read.flatMap((one) => one.lines);
	const notes = read.flatMap((one) => one.notes);
	const problems = read.flatMap((one) => one.problems);
	if (lines.length === 0 && notes.length === 0) return {problems};
	return {config: {...(asked !== undefined && {file: asked}), lines, notes}, problems};
}
