import {randomBytes} from 'node:crypto';
import {version} from 'node:process';
import {check} from '../checks/check.ts';
import {keyOf} from '../cluster/selectors.ts';
import {ConnectError, Interrupted, TransportError} from '../errors.ts';
import type {Cluster, Facts, Finding, Host, Hosts, NodeSpec} from '../model.ts';
import {sitesOf} from '../survey/sites.ts';
import {surveyNode} from '../survey/survey.ts';
import {type Relic, readRelics, relicsScript} from './relics.ts';

/** One machine of a report: what it gave, or why it gave nothing. `name` is the config's, or the address. */
export type Collected = {
	readonly name: string;
	readonly files: readonly Relic[];
	readonly facts?: Facts;
	readonly trouble: readonly string[];
};

type Connect<Access> = (cluster: Cluster, access: Access) => Promise<Hosts>;

/** The Node that this program runs on. */
export const runtimeVersion: string = version;

/** All machines at once, each by itself: one that is dead, or says nonsense, keeps nothing from the others. Throws Interrupted alone. */
export function collectAll<Access extends {readonly signal?: AbortSignal | undefined}>(
	cluster: Cluster,
	connect: Connect<Access>,
	access: Access,
): Promise<Collected[]> {
	return Promise.all(cluster.nodes.map((spec) => collect(cluster, spec, connect, access)));
}

async function collect<Access extends {readonly signal?: AbortSignal | undefined}>(
	cluster: Cluster,
	spec: NodeSpec,
	connect: Connect<Access>,
	access: Access,
): Promise<Collected> {
	const name = spec.name ?? spec.address;
	const alone = {...cluster, nodes: [spec]};
	const {signal} = access;
	let hosts: Hosts = new Map();
	try {
		hosts = await connect(alone, access);
		const host = hosts.get(keyOf(spec));
		if (host === undefined) throw new Error(`no connection to ${name}`);
		const given = signal === undefined ? {} : {signal};
		const [relics, facts] = await Promise.allSettled([relicsOf(host, signal), surveyNode(cluster, spec, host, given)]);
		const trouble = [relics, facts].flatMap((one) => (one.status === 'rejected' ? [why(one.reason)] : []));
		return {
			name,
			files: relics.status === 'fulfilled' ? relics.value : [],
			...(facts.status === 'fulfilled' && {facts: facts.value}),
			trouble,
		};
	} catch (error) {
		if (signal?.aborted) throw new Interrupted();
		return {name, files: [], trouble: [why(error)]};
	} finally {
		await Promise.allSettled([...hosts.values()].map((host) => host.close()));
	}
}

/** The node cannot know the mark, so no line of a log can begin a file. */
async function relicsOf(host: Host, signal: AbortSignal | undefined): Promise<Relic[]> {
	const mark = `==${randomBytes(12).toString('hex')}==`;
	const {stdout} = await host.exec(['sh', '-c', relicsScript, 'sh', mark], {deadline: 180_000, ...(signal ? {signal} : {})});
	return readRelics(stdout, mark);
}

/** What preflight says of the machines that could be asked; a word instead when that fails. */
export function findingsOf(cluster: Cluster, collected: readonly Collected[]): readonly Finding[] | string {
	const facts = new Map(cluster.nodes.flatMap((spec, index) => pair(keyOf(spec), collected[index]?.facts)));
	const nodes = cluster.nodes.filter((spec) => facts.has(keyOf(spec)));
	try {
		return nodes.length === 0 ? [] : check({...cluster, nodes}, sitesOf({...cluster, nodes}, facts, undefined));
	} catch (error) {
		return why(error);
	}
}

const pair = (key: string, facts: Facts | undefined): [string, Facts][] => (facts === undefined ? [] : [[key, facts]]);

function why(error: unknown): string {
	if (error instanceof ConnectError || error instanceof TransportError) return error.message;
	return error instanceof Error ? error.message : String(error);
}
