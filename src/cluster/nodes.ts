/** The machines of a cluster: listed in the file, or named by flags when the file lists none. */
import type {Problem} from '../errors.ts';
import type {Access, NodeSpec, Taint} from '../model.ts';
import type {Sources} from './documents.ts';
import type {ClusterFlags} from './flags.ts';
import {valueAt} from './issues.ts';
import {splitHostPort} from './network.ts';
import type {ClusterDocument, NodeEntry} from './schema.ts';
import type {Said, Settings} from './settings.ts';
import {said} from './settle.ts';

export type Listed = {readonly spec: NodeSpec; readonly place: Said['place']; readonly where: string};
/** Makes a path of the operator's machine absolute. */
export type Resolve = (path: string) => string;

type Ssh = NonNullable<NonNullable<ClusterDocument['spec']>['ssh']>;

/** Every node with its defaults. `whole` is false when an entry was refused: then nothing can be said about their number. */
export function listNodes(
	sources: Sources,
	flags: ClusterFlags,
	settings: Settings,
	resolve: Resolve,
): {nodes: Listed[]; whole: boolean; problems: Problem[]} {
	const problems: Problem[] = [];
	const raw = valueAt(sources.Cluster?.document.value, ['spec', 'nodes']);
	const count = Array.isArray(raw) ? raw.length : 0;
	const inFile = Array.from({length: count}, (_, index) => said(sources, 'Cluster', ['spec', 'nodes', index]));
	const byFlag = fromFlags(flags);
	if (byFlag.length > 0 && count > 0) {
		const message = `nodes are listed in line ${inFile.find((one) => one)?.place.line ?? '?'} and named by flags`;
		problems.push({message, hint: 'name them in one place'});
	}
	const {configFile: _, ...ssh} = (said(sources, 'Cluster', ['spec', 'ssh'])?.value ?? {}) as Ssh;
	const common: Omit<Ssh, 'configFile'> = {
		...ssh,
		...only({identityFile: settings.identityFile?.value, knownHosts: settings.knownHosts?.value}),
	};
	const entries = [...(count > 0 ? inFile : byFlag), ...moreOf(flags)];
	const nodes: Listed[] = [];
	const first = entries.findIndex((one) => (one?.value as NodeEntry | undefined)?.role === 'control-plane');
	entries.forEach((one, index) => {
		if (one === undefined) return;
		const entry = one.value as NodeEntry;
		if (entry.address === undefined && entry.via !== 'local') {
			problems.push({...one.place, message: `${one.where}: address is required`, hint: 'or via: local for this machine'});
			return;
		}
		const isFirst = index === first;
		const name = agree(one, entry.name, isFirst ? settings.nodeName : undefined, problems);
		const taints = (entry.taints ?? (isFirst ? settings.initTaints : settings.joinTaints)?.value) as Taint[] | null | undefined;
		const spec: NodeSpec = {
			...only({name: name?.trim().toLowerCase()}),
			role: entry.role,
			address: entry.address ?? 'localhost',
			...only({internalAddress: entry.internalAddress}),
			via: entry.via ?? 'ssh',
			access: access({...common, ...only(entry.ssh ?? {})}, entry.hostKey, resolve),
			labels: entry.labels ?? {},
			...(taints ? {taints} : {}),
		};
		nodes.push({spec, place: one.place, where: one.where});
	});
	const broken = sources.Cluster?.broken.some((path) => path.length < 3 || path[1] === 'nodes') ?? false;
	return {nodes, whole: problems.length === 0 && !broken && !entries.includes(undefined), problems};
}

/** A record without its undefined values, as exact optional properties want it. */
export function only<T extends object>(values: T): {[Key in keyof T]?: Exclude<T[Key], undefined>} {
	return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
		[Key in keyof T]?: Exclude<T[Key], undefined>;
	};
}

function access(ssh: Omit<Ssh, 'configFile'>, hostKey: string | undefined, resolve: Resolve): Access {
	return {
		...only({user: ssh.user, port: ssh.port}),
		...(ssh.identityFile === undefined ? {} : {identityFile: resolve(ssh.identityFile)}),
		...(ssh.knownHosts === undefined ? {} : {knownHosts: resolve(ssh.knownHosts)}),
		...only({hostKey, jump: ssh.jump}),
	};
}

function agree(one: Said, own: string | undefined, other: Said<string> | undefined, problems: Problem[]): string | undefined {
	const name = other?.value;
	if (own !== undefined && name !== undefined && own.trim().toLowerCase() !== name.trim().toLowerCase()) {
		const message = `${other!.where} names the first control plane ${JSON.stringify(name)}, but ${one.where} says ${JSON.stringify(own)}`;
		problems.push({...one.place, message, hint: 'say it once, or say the same'});
	}
	return own ?? name;
}

/** `user@host:port` as an entry of the list. */
const one =
	(role: NodeEntry['role'], flag: string) =>
	(text: string): Said => {
		const at = text.lastIndexOf('@');
		const {host, port} = splitHostPort(text.slice(at + 1))!;
		const ssh = only({user: at === -1 ? undefined : text.slice(0, at), port});
		return {value: {role, address: host, ssh}, place: {}, where: `${flag} ${text}`.trim()};
	};

function moreOf({moreControlPlanes = [], moreWorkers = []}: ClusterFlags): Said[] {
	return [...moreControlPlanes.map(one('control-plane', '')), ...moreWorkers.map(one('worker', ''))];
}

function fromFlags(flags: ClusterFlags): Said[] {
	const local: Said = {value: {role: 'control-plane', via: 'local'}, place: {}, where: '--local'};
	return [
		...(flags.local ? [local] : []),
		...(flags.controlPlanes ?? []).map(one('control-plane', '--control-planes')),
		...(flags.workers ?? []).map(one('worker', '--workers')),
	];
}
