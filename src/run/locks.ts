/** Who holds a machine and what works there, as `unlock` says it (src/run/unlock-script.ts). */
import {fieldsOf} from './earlier.ts';

export type Locks = {
	readonly node: string;
	readonly session?: {readonly run: string; readonly since: string; readonly by: string; readonly heardSeconds: number};
	/** What the run does, where its journal says it. */
	readonly verb?: string;
	/** Active units. */
	readonly units: readonly string[];
	/** The last step that the journal names. */
	readonly step?: string;
	/** Something of a unit lives. */
	readonly writes: boolean;
};

export function readLocks(node: string, said: string): Locks {
	const [, run, since = '', by = ''] = /^session (\S+) \S+ (\S+) ?(.*)$/m.exec(said) ?? [];
	const heard = Number(/^heard (\d+)$/m.exec(said)?.[1] ?? 0);
	const began = fieldsOf(/^run (.*)$/m.exec(said)?.[1]);
	const last = fieldsOf(/^step (.*)$/m.exec(said)?.[1]);
	const verb = began?.get('verb');
	const step = last && `${String(last.get('name'))} (phase ${String(last.get('phase'))})`;
	return {
		node,
		...(run === undefined ? {} : {session: {run, since, by: by || 'somebody', heardSeconds: heard}}),
		...(typeof verb === 'string' ? {verb} : {}),
		units: [...said.matchAll(/^unit (\S+)$/gm)].map(([, unit]) => unit!),
		...(step === undefined ? {} : {step}),
		writes: /^writes$/m.test(said),
	};
}

/** A sentence for each machine. */
export function locksText({session, verb, units, step, writes}: Locks): string {
	const holder =
		session === undefined
			? 'nobody holds it'
			: `held by ${session.by} since ${session.since}: run ${session.run}${verb === undefined ? '' : ` (${verb})`}, last sign of life ${session.heardSeconds} s ago`;
	if (units.length === 0 && !writes) return session === undefined ? 'free' : `${holder}; nothing is at work`;
	return `${holder}; at work: ${units.join(', ') || 'the last processes of a unit'}${step === undefined ? '' : `, in ${step}`}`;
}
