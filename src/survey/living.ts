import {setTimeout as after} from 'node:timers/promises';
import {printable} from '../checks/printable.ts';
import {keyOf} from '../cluster/selectors.ts';
import {ConnectError, Interrupted} from '../errors.ts';
import type {Cluster, Host, Hosts, Living, Output, Site} from '../model.ts';
import {ask} from './ask.ts';
import type {Frames} from './frames.ts';
import {readMembers} from './living-etcd.ts';
import {readConfigMap, readNodes} from './living-nodes.ts';
import {configMaps, livingScript} from './living-script.ts';
import {readOutputs} from './outputs.ts';

const deadline = 45_000;
const limit = 96 * 1024 * 1024;

/** A cluster that lives, before sites have their names: `key` is the key of the host that answered (`keyOf`). */
export type Found = Omit<Living, 'seat'> & {readonly key: string};
export type Search = {
	/** Absent when no control plane says that it is part of a cluster whose API server answers. */
	readonly found?: Found;
	/** The control planes that were asked in vain, and why. */
	readonly silent: readonly Silence[];
};
/** `bare`: no control plane of a cluster; `down`: its API server does not answer; `cut`: it could not be asked; `etcd`: only etcd could not. */
export type Silence = {readonly key: string; readonly state: 'bare' | 'down' | 'cut' | 'etcd'; readonly why: string};

/** Milliseconds that a control plane may take before the next one is asked beside it. */
const patience = 5_000;

type Answer = {readonly found?: Found; readonly silence?: Silence; readonly error?: unknown};

/**
 * Asks the control planes, in the order of the config, for the cluster that lives; one that takes its time holds nobody up, and one whose
 * etcd could not be asked is heard only when no other says more.
 * Needs no facts, so it runs beside the survey. Changes nothing.
 * Throws ConnectError when nobody answered and some machine could not be asked or understood: a cut is never taken for absence.
 */
export async function readLiving(
	cluster: Cluster,
	hosts: Hosts,
	{signal, beside = patience}: {signal?: AbortSignal; beside?: number} = {},
): Promise<Search> {
	const queue = cluster.nodes.flatMap((spec) => {
		const host = spec.role === 'control-plane' ? hosts.get(keyOf(spec)) : undefined;
		return host === undefined ? [] : [{key: keyOf(spec), host}];
	});
	const order = queue.map(({key}) => key);
	const stop = new AbortController();
	const within = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
	const asking = new Map<string, Promise<readonly [string, Answer]>>();
	const answers = new Map<string, Answer>();
	try {
		for (let next = queue.shift(); next !== undefined || asking.size > 0; next = queue.shift()) {
			if (next !== undefined) asking.set(next.key, askOne(next.key, next.host, within));
			const late = queue.length === 0 ? [] : [after(beside, undefined, {signal: within}).catch(() => undefined)];
			const came = await Promise.race([...asking.values(), ...late]);
			if (signal?.aborted) throw new Interrupted();
			if (came === undefined) continue;
			const [key, answer] = came;
			asking.delete(key);
			answers.set(key, answer);
			if (answer.found !== undefined && answer.silence === undefined) break;
		}
	} finally {
		stop.abort();
	}
	return heard(answers, order);
}

async function askOne(key: string, host: Host, signal: AbortSignal): Promise<readonly [string, Answer]> {
	const read = (frames: Frames) => readAnswer(frames, key);
	try {
		const {found, silence} = await ask(host, {script: livingScript, args: [], what: 'look', deadline, limit, signal, read});
		return [key, {...(found && {found}), ...(silence && {silence: {key, ...silence}})}];
	} catch (error) {
		const silence: Silence = {key, state: 'cut', why: error instanceof Error ? error.message : String(error)};
		return [key, {error, silence}];
	}
}

/** What the answers come to: the one that says the most, then the first in the order of the config. Pure. */
function heard(answers: ReadonlyMap<string, Answer>, order: readonly string[]): Search {
	const given = order.flatMap((key) => answers.get(key) ?? []);
	const wrong = given.find(({error}) => error !== undefined && !(error instanceof ConnectError));
	if (wrong !== undefined) throw wrong.error;
	const {found} =
		given.find((one) => one.found !== undefined && one.silence === undefined) ?? given.find((one) => one.found) ?? {};
	const silent = given.flatMap(({silence}) => silence ?? []);
	const failed = given.find(({error}) => error !== undefined);
	if (found === undefined && failed !== undefined) throw failed.error;
	return {...(found && {found}), silent};
}

/** The same with the name of the site whose API server answered. Pure. */
export function seated(
	{found}: {readonly found?: Found | undefined},
	sites: readonly Pick<Site, 'name' | 'spec'>[],
): Living | undefined {
	if (found === undefined) return undefined;
	const {key, ...living} = found;
	return {seat: sites.find(({spec}) => keyOf(spec) === key)?.name ?? key, ...living};
}

/** What one control plane answered. Throws a sentence when it answers, and not everything that it was asked for can be read. */
function readAnswer(frames: Frames, key: string): {found?: Found; silence?: Omit<Silence, 'key'>} {
	const said = frames.get('out/state')?.toString('utf8').trim() ?? '';
	const [, state, etcd, rest = ''] = /^(bare|down|up (own|none)) ?(.*)$/.exec(said) ?? [];
	if (state === undefined) throw new Error('it did not tell whether an API server answers');
	if (etcd === undefined) {
		const why = printable(rest) || 'its API server does not answer';
		return {silence: {state: state === 'bare' ? 'bare' : 'down', why}};
	}
	if (!URL.canParse(rest)) throw new Error(`its API server has no address: ${printable(rest)}`);
	const outputs = readOutputs(frames, ['nodes', ...configMaps, ...(etcd === 'own' ? ['members', 'status'] : [])]);
	const {members, why} = etcdOf(outputs);
	return {
		found: {
			key,
			server: rest,
			nodes: readNodes(outputs.get('nodes')?.stdout ?? ''),
			...(members === undefined ? {} : {members}),
			configMaps: Object.fromEntries(configMaps.flatMap((name) => configMapOf(outputs.get(name)!, name))),
		},
		...(why === undefined ? {} : {silence: {state: 'etcd', why}}),
	};
}

/** A ConfigMap that is not there is absent; one that could not be read is an error. */
function configMapOf({code, stdout, stderr}: Output, name: string): [string, Record<string, string>][] {
	if (code === 0) return [[name, readConfigMap(stdout, name)]];
	if (stderr.includes(`(NotFound): configmaps "${name}" not found`)) return [];
	throw new Error(`ConfigMap ${name} could not be read: ${lastLine(stderr)}`);
}

/** A member that does not answer makes `endpoint status` fail, but it prints the others, or `null`: nothing at all is no answer. */
function etcdOf(outputs: ReadonlyMap<string, Output>): {members?: Living['members']; why?: string} {
	const [members, status] = [outputs.get('members'), outputs.get('status')];
	if (members === undefined || status === undefined) return {};
	const failed = members.code !== 0 ? members : status.stdout.trim() === '' ? status : undefined;
	if (failed !== undefined) return {why: `etcd could not be asked for its members: ${lastLine(failed.stderr)}`};
	return {members: readMembers(members.stdout, status.stdout)};
}

const lastLine = (text: string) => printable(text.trim().split('\n').at(-1) ?? '') || 'no message';
