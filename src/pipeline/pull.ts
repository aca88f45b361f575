/** `images pull`: connect → settle → survey → is there a runtime? → plan → observe → execute. */
import {randomUUID} from 'node:crypto';
import {env} from 'node:process';
import {missingFromLock} from '../artifacts/lock.ts';
import {keyOf} from '../cluster/selectors.ts';
import {ConfigError, PreflightError} from '../errors.ts';
import {readGiven} from '../identity/secrets/given.ts';
import {openSecrets} from '../identity/secrets.ts';
import type {Cluster, Hosts, Identity, Lock, Plan, Site, Summary} from '../model.ts';
import {imagesOf} from '../phases/images.ts';
import type {Outcome} from '../pipeline.ts';
import {plan} from '../plan.ts';
import {imagesPull} from '../recipes.ts';
import {execute} from '../run/execute.ts';
import {observe} from '../run/observe.ts';
import {nothingToDo} from '../run/tally.ts';
import {chosen, isCalled} from './chosen.ts';
import {connectSome} from './connect-some.ts';
import {look, withThese} from './look.ts';
import type {Walk} from './walk.ts';

export type PullWalk = Walk & {
	/** Only these nodes, by name or address; none: all of the config. */
	readonly names: readonly string[];
	/** The runtime is told of no mirror: each is asked under its own name. */
	readonly retag: boolean;
};

/**
 * Pulls what the nodes of a config run, side by side, before there is a cluster or in one that lives; what is there is left alone. Machines that were
 * not named are looked at where they can be reached, because what is recorded of a cluster is the same on all of them.
 * Throws ConfigError, ConnectError, PreflightError for machines without a runtime, LockedError. Failed steps are in the summary.
 */
export async function pullImages(cluster: Cluster, lock: Lock, walk: PullWalk): Promise<Outcome> {
	const {hosts, lost} = await connectSome(cluster, cluster.nodes, walk);
	return withThese(hosts, walk, async () => {
		const meant = cluster.nodes.filter((spec) => walk.names.length === 0 || walk.names.some((name) => isCalled(spec, name)));
		for (const spec of meant) {
			const why = lost.get(keyOf(spec));
			if (why !== undefined) throw why;
		}
		const reached = {...cluster, nodes: cluster.nodes.filter((spec) => hosts.has(keyOf(spec)))};
		const {sites: all} = await look(reached, hosts, walk, {alone: true});
		const sites = chosen(all, walk.names);
		const problems = [...new Set(sites.map(({facts}) => facts.arch))].flatMap((arch) => {
			const images = sites.flatMap(({role, facts}) => (facts.arch === arch ? imagesOf(cluster, role) : []));
			return missingFromLock(lock, {binaries: [], images, arch}, cluster.lock);
		});
		if (problems.length > 0) throw new ConfigError(problems, {hint: 'nothing is pulled that the lock does not describe'});
		await needRuntimes(sites, hosts, walk, cluster.registration.criSocket);
		const record = all.find(({facts}) => facts.ownership !== undefined)?.facts.ownership;
		const identity = {clusterId: record?.clusterId ?? randomUUID(), birthplace: '', items: {}};
		const planned = plan(imagesPull(walk), {cluster, sites, identity, lock});
		// Who takes part in a birth is for init to say.
		const work: Plan = {...planned, cluster: {...planned.cluster, birthMembers: record?.birthMembers ?? []}};
		return {summary: await carryOut(work, {cluster, lock, sites, hosts, identity}, walk), sites};
	});
}

/** `sh -c SCRIPT sh SOCKET`: says why no image can be pulled on this machine. */
const runtimeScript = `PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
for tool in crictl ctr; do command -v "$tool" >/dev/null || { echo "there is no $tool"; exit; }; done
[ -S "\${1#unix://}" ] || { echo "no container runtime listens at $1"; exit; }
timeout 20 crictl -r "$1" version >/dev/null 2>&1 || echo "the container runtime at $1 does not answer"`;

async function needRuntimes(sites: readonly Site[], hosts: Hosts, {signal}: Walk, socket: string): Promise<void> {
	const missing = await Promise.all(
		sites.map(async ({name, spec}) => {
			const argv = ['sh', '-c', runtimeScript, 'sh', socket];
			const {stdout} = await hosts.get(keyOf(spec))!.exec(argv, {deadline: 30_000, signal});
			return stdout.trim() === '' ? [] : [`${name}: ${stdout.trim()}`];
		}),
	);
	if (missing.flat().length === 0) return;
	throw new PreflightError(`${missing.flat().join('\n')}\nnothing was changed on any machine`, {
		hint: 'kubestrap init --only-phases registries,runtime-proxy,runtime installs one; criSocket in the config says where another one listens',
	});
}

type Place = {
	readonly cluster: Cluster;
	readonly lock: Lock;
	readonly sites: readonly Site[];
	readonly hosts: Hosts;
	readonly identity: Identity;
};

async function carryOut(planned: Plan, {cluster, lock, sites, hosts, identity}: Place, walk: PullWalk): Promise<Summary> {
	const began = performance.now();
	const {tell, signal, run, version = ''} = walk;
	// What is sent along to a mirror may be new, which looking alone does not see.
	if (cluster.mirror.auth === undefined || walk.retag) {
		const {changes, unchanged} = await observe(planned, hosts, {cluster, lock, sites, identity, signal});
		if (changes.length === 0) return nothingToDo(unchanged, began);
	}
	const secrets = openSecrets(identity, cluster, sites, hosts, {environment: env, signal});
	walk.hide(() => secrets.values());
	await readGiven(cluster, planned, secrets);
	const artifacts = (key: string) => Promise.reject(new Error(`a pull needs no artifact, but asks for ${key}`));
	return execute(planned, hosts, {secrets, tell, signal, artifacts, cluster, lock, sites, run, writer: version});
}
