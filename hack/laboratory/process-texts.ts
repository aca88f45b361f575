/** What every process of this machine says of itself, those on nodes included: where a secret must not be. */
import {readdirSync, readFileSync} from 'node:fs';

export type ProcessText = {readonly file: 'cmdline' | 'environ'; readonly text: string};

/** One look at every process, or at those that are wanted; a process that ends meanwhile is passed over. */
export function* processTexts(isWanted: (pid: string) => boolean = () => true): Generator<ProcessText> {
	for (const pid of readdirSync('/proc')) {
		if (!/^\d+$/.test(pid) || !isWanted(pid)) continue;
		for (const file of ['cmdline', 'environ'] as const) {
			try {
				yield {file, text: readFileSync(`/proc/${pid}/${file}`, 'latin1')};
			} catch {
				// It ended while we looked.
			}
		}
	}
}
