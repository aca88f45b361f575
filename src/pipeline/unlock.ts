/** `unlock`: who holds these machines, and the end of a session whose operator is gone. connect → look → the operator's yes → end. */
import {keyOf} from '../cluster/selectors.ts';
import {ConfigError, Interrupted, LockedError, StepError} from '../errors.ts';
import type {Cluster, Host, Hosts} from '../model.ts';
import {who} from '../run/hold.ts';
import {type Locks, locksText, readLocks} from '../run/locks.ts';
import {haltScript} from '../run/scripts.ts';
import {locksScript, quietScript, unlockScript} from '../run/unlock-script.ts';
import {isCalled} from './chosen.ts';
import {withHosts} from './look.ts';
import type {Walk} from './walk.ts';

export type UnlockWalk = Walk & {
	/** Only these nodes, by name or address; none: all. */
	readonly names: readonly string[];
	/** Units at work are ended after their step. */
	readonly stop: boolean;
	/** Absent: the operator has said yes already. */
	readonly confirm?: (held: readonly Locks[]) => Promise<boolean>;
};

/** How long a step may work on that was told to be the last. */
const quietSeconds = 120;

/**
 * Says of every machine who holds it and what works there, and ends sessions. Gives the machines that were held. Throws ConfigError for a name that
 * is no node, LockedError while a unit works that nobody stops, Interrupted when the operator says no, ConnectError.
 */
export async function unlock(cluster: Cluster, walk: UnlockWalk): Promise<readonly Locks[]> {
	const {names, tell, confirm, stop} = walk;
	const unknown = names.filter((name) => !cluster.nodes.some((spec) => isCalled(spec, name)));
	if (unknown.length > 0) throw new ConfigError(unknown.map((name) => ({message: `${name} is no node of this config`})));
	const nodes = cluster.nodes.filter((spec) => names.length === 0 || names.some((name) => isCalled(spec, name)));
	return withHosts({...cluster, nodes}, {...walk, lockSeconds: 0}, async (hosts) => {
		const all = await Promise.all(nodes.map((spec) => look(hosts.get(keyOf(spec))!, walk.signal)));
		for (const locks of all) tell({type: 'note', node: locks.node, detail: locksText(locks)});
		const held = all.filter(({session, units, writes}) => session !== undefined || units.length > 0 || writes);
		const busy = held.filter(({units, writes}) => units.length > 0 || writes);
		if (busy.length > 0 && !stop) throw busyNow(busy);
		if (held.length > 0 && confirm && !(await confirm(held)))
			throw new Interrupted('nothing was ended: you did not say yes', {hint: 'say yes, or give -y'});
		// All of them stop before any session ends: a run is ended as a whole, or not at all.
		await Promise.all(busy.map((locks) => quieten(hostOf(locks, hosts), locks, walk)));
		await Promise.all(held.map((locks) => end(hostOf(locks, hosts), locks, walk.signal)));
		return held;
	});
}

const hostOf = ({node}: Locks, hosts: Hosts): Host => [...hosts.values()].find(({name}) => name === node)!;

async function look(host: Host, signal: AbortSignal): Promise<Locks> {
	const {code, stdout, stderr} = await host.exec(['sh', '-c', locksScript], {deadline: 30_000, signal});
	if (code !== 0) throw new StepError(`${host.name}: who holds it cannot be read: ${stderr.trim()}`);
	return readLocks(host.name, stdout);
}

function busyNow(busy: readonly Locks[]): LockedError {
	const what = busy.map(({node, units}) => `${node}: ${units.join(', ') || 'the last processes of a unit'} still at work`);
	return new LockedError(`${what.join('\n')}\nnothing was ended: a machine is never freed while something writes there`, {
		hint: 'wait for its end; or `kubestrap unlock --stop`: units end after their step at work, and the machines are freed then',
	});
}

async function quieten(host: Host, {units}: Locks, {signal, tell}: UnlockWalk): Promise<void> {
	for (const unit of units) await host.exec(['sh', '-c', haltScript, 'sh', unit], {deadline: 30_000, signal});
	tell({type: 'note', node: host.name, detail: 'the step at work ends, and no other begins'});
	const words = ['sh', '-c', quietScript, 'sh', String(quietSeconds)];
	const {code} = await host.exec(words, {deadline: (quietSeconds + 30) * 1000, signal});
	if (code === 0) return;
	throw new LockedError(`${host.name}: the step at work does not end within ${quietSeconds} s`, {
		hint: `run this again; or end it in the middle of its step, on that machine: systemctl stop ${units.join(' ')}`,
	});
}

async function end(host: Host, {session}: Locks, signal: AbortSignal): Promise<void> {
	if (session === undefined) return;
	const words = ['sh', '-c', unlockScript, 'sh', session.run, who()];
	const {stdout, stderr} = await host.exec(words, {deadline: 90_000, signal});
	if (/^free$/m.test(stdout)) return;
	if (/^busy$/m.test(stdout)) throw busyNow([{node: host.name, units: [], writes: true}]);
	const [, why = stderr.trim()] = /^! (.*)$/m.exec(stdout) ?? [];
	throw new LockedError(`${host.name}: not freed: ${why}`, {hint: 'run `kubestrap unlock` again: it says who holds it now'});
}
