/** What the last run on a node came to, as the node's journal has it (src/run/lease-script.ts). */

export type Earlier = {
	readonly run: string;
	readonly verb: string;
	readonly by: string;
	/** Seconds since 1970, by the node's clock. */
	readonly at: number;
	/** Its own word on how it ended; absent: it was cut off. */
	readonly result?: 'failed' | 'interrupted';
	/** Steps that it changed on this node. */
	readonly done: number;
	/** The last one that the journal names. */
	readonly last?: {readonly step: string; readonly phase: string; readonly event: string};
};

/** Undefined when there was none, or when it ended well. A damaged line says nothing. */
export function readEarlier(said: string): Earlier | undefined {
	const run = fieldsOf(/^earlier (.*)$/m.exec(said)?.[1]);
	if (run === undefined) return undefined;
	const result = fieldsOf(/^over (\{.*)$/m.exec(said)?.[1])?.get('result');
	const last = fieldsOf(/^last (.*)$/m.exec(said)?.[1]);
	const text = (value: unknown, other: string) => (typeof value === 'string' && value !== '' ? value.slice(0, 300) : other);
	return {
		run: text(run.get('run'), '?'),
		verb: text(run.get('verb'), 'a run'),
		by: text(run.get('by'), 'somebody'),
		at: Number(run.get('at')) || 0,
		...(result === 'failed' || result === 'interrupted' ? {result} : {}),
		done: Number(/^steps (\d+)$/m.exec(said)?.[1] ?? 0),
		...(last && {
			last: {step: text(last.get('name'), '?'), phase: text(last.get('phase'), '?'), event: text(last.get('event'), '?')},
		}),
	};
}

/** A line of a journal; undefined when it is damaged. In a map: no name of a field can do harm there. */
export function fieldsOf(line: string | undefined): Map<string, unknown> | undefined {
	try {
		const value: unknown = JSON.parse(line ?? '');
		return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : undefined;
	} catch {
		return undefined;
	}
}

const ends: Readonly<Record<string, string>> = {failed: 'which failed', interrupted: 'which was interrupted'};
const lastWords: Readonly<Record<string, string>> = {
	begin: 'was cut off in',
	stopped: 'was stopped in',
	failed: 'failed at',
};

/** A sentence for the operator: where the earlier run came to, and that what it did is not done again. */
export function earlierText({run, verb, by, at, result, done, last}: Earlier): string {
	const when = at === 0 ? 'an unknown time' : new Date(at * 1000).toISOString().slice(0, 16).replace('T', ' ');
	const how = result === undefined ? 'which was cut off' : ends[result];
	const where =
		last === undefined
			? 'before its first step'
			: `${lastWords[last.event] ?? 'came as far as'} ${JSON.stringify(last.step)} (phase ${last.phase})`;
	const kept =
		done === 0
			? 'it had changed nothing here'
			: `${done} ${done === 1 ? 'step that it did is' : 'steps that it did are'} not done again where they still hold`;
	return `goes on after run ${run} (${verb} of ${when} UTC by ${by}), ${how}: it ${where}; ${kept}`;
}
