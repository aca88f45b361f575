import {setTimeout as pause} from 'node:timers/promises';
import {StepError} from '../errors.ts';
import type {ExecOptions, Host, Hosts, Tell} from '../model.ts';
import {heldBy} from './lease.ts';
import {listScript} from './lease-script.ts';
import {haltScript, sweepScript} from './scripts.ts';
import {follow} from './unit.ts';

/** What a host had left over from earlier runs: units that were followed to their end, and those whose folders were swept. */
export type Settled = {readonly node: string; readonly followed: readonly string[]; readonly swept: readonly string[]};

/**
 * Before anything is surveyed: every unit of an earlier run is followed to its end, or to that of its step at work (`halt`), so that nothing changes under our eyes.
 * Throws LockedError when a living run of somebody works there.
 */
export async function settle(hosts: Hosts, options: Options): Promise<Settled[]> {
	return Promise.all([...hosts.values()].map((host) => settleHost(host, options)));
}

type Options = {
	readonly tell: Tell;
	readonly signal?: AbortSignal | undefined;
	/** Whether the folders of units that have ended are taken away; absent: yes. */
	readonly sweep?: boolean;
	/** Whether a unit at work is told to end after its step, and its waits at once; absent: it works on to its end. */
	readonly halt?: boolean;
};

async function settleHost(host: Host, {tell, signal, sweep = true, halt = false}: Options): Promise<Settled> {
	const options = {deadline: 30_000, ...(signal ? {signal} : {})};
	const stdout = await list(host, sweep, options);
	const units = [...stdout.matchAll(/^unit (\S+) (active|rc|gone)$/gm)].map(([, name = '', state]) => ({name, state}));
	const active = units.filter(({state}) => state === 'active').map(({name}) => name);
	for (const name of active) {
		const ends = halt ? 'it ends after its step at work' : 'waiting for its end';
		tell({type: 'note', node: host.name, detail: `an earlier run is still at work here (${name}): ${ends}`});
		// Nobody is there any more who could give it what it waits for.
		if (halt) await host.exec(['sh', '-c', haltScript, 'sh', name], options);
		const lost = () => tell({type: 'note', node: host.name, detail: 'the connection was lost; looking for it again'});
		const hear = () => {};
		// How it ended does not matter: the survey sees what it left.
		await follow({host, name, hear, lost, signal}).catch((error: unknown) => {
			if (!(error instanceof StepError)) throw error;
		});
	}
	const swept = sweep ? units.map(({name}) => name) : [];
	if (swept.length > 0) await host.exec(['sh', '-c', sweepScript, 'sh', '-', '-', ...swept], options);
	return {node: host.name, followed: active, swept};
}

/** A session that has just lost its operator is let go within a moment, so it is asked for a few times. */
async function list(host: Host, sweep: boolean, options: ExecOptions): Promise<string> {
	for (let tries = 1; ; tries += 1) {
		const {stdout} = await host.exec(['sh', '-c', listScript, 'sh', sweep ? 'sweep' : 'look'], options);
		const [, run, since = '', by = 'somebody'] = /^session held (\S+) \S+ (\S+) ?(.*)$/m.exec(stdout) ?? [];
		if (run === undefined) return stdout;
		if (tries === 6) throw heldBy(host.name, {run, since, by});
		await pause(500, undefined, options.signal ? {signal: options.signal} : {});
	}
}
