/** `kubestrap status`: how a cluster stands, asked through its control planes; changes nothing, on clusters of kubeadm too. */
import {keyOf} from '../cluster/selectors.ts';
import {ConfigError, ConnectError, exitCodes, Interrupted} from '../errors.ts';
import type {Cluster, Facts, Hosts, NodeSpec} from '../model.ts';
import {readLiving, type Search, type Silence, seated} from '../survey/living.ts';
import {sitesOf} from '../survey/sites.ts';
import {surveyNode} from '../survey/survey.ts';
import {toYaml} from '../yaml.ts';
import type {Call} from './call.ts';
import type {Connect} from './first-control-plane.ts';
import {isWritten, openCluster} from './open-cluster.ts';
import {secretWords} from './secret-words.ts';
import {standingOf} from './standing.ts';
import {standingText} from './standing-text.ts';

export async function status(call: Call, {connect}: {connect: Connect}): Promise<number> {
	const {flags, around} = call;
	const secrets = await secretWords(call);
	const cluster = await openCluster(call);
	const {acceptNewHostKeys} = flags;
	const access = {
		signal: around.signal,
		acceptNewHostKeys,
		...secrets.access,
	};
	const planes = cluster.nodes.filter(({role}) => role === 'control-plane');
	if (planes.length === 0) throw new ConfigError([{message: 'the cluster has no control plane'}]);
	// Each by itself: a machine that is dead is what one asks for the status for.
	const looks = await Promise.all(planes.map((spec) => look(cluster, spec, connect, access)));
	if (looks.every(({lost}) => lost !== undefined)) throw lostAll(looks.map(({lost}) => lost!));
	const reached = looks.filter(({facts}) => facts !== undefined);
	const facts = new Map(reached.map((one) => [keyOf(one.spec), one.facts!]));
	const found =
		looks.find(({search}) => search?.found?.members)?.search?.found ?? looks.find(({search}) => search?.found)?.search?.found;
	const sites = sitesOf({...cluster, nodes: reached.map(({spec}) => spec)}, facts, found);
	const nameOf = (key: string) => sites.find(({spec}) => keyOf(spec) === key)?.name ?? key;
	const standing = standingOf({
		cluster,
		planned: isWritten(call),
		living: seated({found}, sites),
		sites,
		silent: looks.flatMap(({spec, lost, search}) => [
			...(lost === undefined ? [] : [{node: nameOf(keyOf(spec)), why: reason(lost)}]),
			...(search?.silent ?? []).map(({key, state, why}) => ({node: nameOf(key), why: silences[state](why)})),
		]),
		now: new Date(),
	});
	if (flags.output === 'text') around.stdout.write(standingText(standing));
	else around.stdout.write(flags.output === 'json' ? `${JSON.stringify(standing)}\n` : toYaml(standing));
	return standing.wrong.length === 0 ? exitCodes.done : exitCodes.no;
}

const silences: Readonly<Record<Silence['state'], (why: string) => string>> = {
	bare: (why) => `is no control plane of a cluster: ${why}`,
	down: (why) => `its API server does not answer: ${why}`,
	cut: (why) => why,
	etcd: (why) => why,
};

type Look = {readonly spec: NodeSpec; readonly facts?: Facts; readonly search?: Search; readonly lost?: ConnectError};

/** One control plane: what it is, and what its API server says. */
async function look(cluster: Cluster, spec: NodeSpec, connect: Connect, access: Parameters<Connect>[1]): Promise<Look> {
	const alone = {...cluster, nodes: [spec]};
	let hosts: Hosts = new Map();
	try {
		hosts = await connect(alone, access);
		const host = hosts.get(keyOf(spec));
		if (host === undefined) throw new Error(`no connection for ${keyOf(spec)}`);
		const {signal} = access;
		const given = signal === undefined ? {} : {signal};
		const [facts, search] = await Promise.all([surveyNode(cluster, spec, host, given), readLiving(alone, hosts, given)]);
		return {spec, facts, search};
	} catch (error) {
		if (access.signal?.aborted) throw new Interrupted();
		if (!(error instanceof ConnectError)) throw error;
		return {spec, lost: error};
	} finally {
		await Promise.all([...hosts.values()].map((host) => host.close()));
	}
}

function lostAll(errors: readonly ConnectError[]): ConnectError {
	const [first] = errors;
	if (errors.length === 1) return first!;
	const lines = errors.map(({message, hint}) => `  ${message}${hint === '' ? '' : `\n    ${hint}`}`);
	return new ConnectError('every control plane', `could not be asked\n${lines.join('\n')}`, {
		hint: first!.hint,
		cause: new AggregateError(errors),
	});
}

const reason = ({node, message}: ConnectError) => message.replace(`${node}: `, '').split('\n')[0]!;
