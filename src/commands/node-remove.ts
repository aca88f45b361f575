/** `kubestrap node remove`: nodes out of a cluster that lives. */
import {parseDuration} from '../cluster/duration.ts';
import type {Leaving} from '../contract/leaving.ts';
import {ConfigError, exitCodes} from '../errors.ts';
import type {Cluster} from '../model.ts';
import type * as pipeline from '../pipeline/remove.ts';
import type {Walk} from '../pipeline.ts';
import type {Closing} from '../report/summary.ts';
import {act, stopped} from './act.ts';
import type {Call, Flags} from './call.ts';
import {sameCluster} from './closing.ts';
import {confirmed, mustBeAskable} from './confirm.ts';
import {foretold} from './foretold.ts';
import {openCluster} from './open-cluster.ts';

export function nodeRemove(call: Call, {removeNodes}: Pick<typeof pipeline, 'removeNodes'>): Promise<number> {
	const {flags, around} = call;
	if (flags.dryRun) {
		const {words: names, force, drain} = flags;
		const drainSeconds = secondsOf(flags.drainTimeout);
		const walk = (cluster: Cluster, foretelling: Walk) =>
			removeNodes(cluster, {...foretelling, names, force, drain, drainSeconds});
		return foretold({verb: 'node-remove', open: () => openCluster(call), walk, waits: exitCodes.done}, call);
	}
	return act('node-remove', call, {}, async ({report, walk}) => {
		const {words: names, yes, force, drain} = flags;
		const drainSeconds = secondsOf(flags.drainTimeout);
		if (!yes) mustBeAskable(call);
		const cluster = await openCluster(call);
		report.tell({
			type: 'run',
			detail: {verb: 'node remove', version: around.version, cluster: cluster.name, leaving: names},
		});
		const ask = async (leaving: readonly Leaving[], doubtful: readonly string[]) => {
			around.stderr.write(`${[...leaving.map(fate), ...doubtful].join('\n')}\n`);
			const sure = await confirmed(`Take ${list(leaving)} out of cluster ${cluster.name}?`, call);
			if (sure) await report.live();
			return sure;
		};
		if (yes) await report.live();
		const removal = await removeNodes(cluster, {...walk, names, force, drain, drainSeconds, ...(yes ? {} : {confirm: ask})});
		const {summary, leaving} = removal;
		const why = stopped(around.signal);
		const failed = {
			headline: `node remove of ${list(leaving)} from cluster ${cluster.name}${why === undefined ? '' : `: ${why.message}`}`,
			next: [why?.hint ?? 'mend the cause, then run the same command again: it goes on'],
		};
		report.end(summary, summary.ok ? afterRemoval(cluster, removal, flags) : failed);
		return summary.exit;
	});
}

function secondsOf(given = '5m'): number {
	const seconds = parseDuration(given);
	if (seconds !== undefined && seconds >= 1) return Math.ceil(seconds);
	throw new ConfigError([{message: `--drain-timeout ${given} is no duration`, hint: 'write it as 90s, 10m or 1h'}]);
}

const list = (leaving: readonly Leaving[]) => leaving.map(({site}) => site.name).join(', ');

/** What will happen to one, in a line. */
export function fate({site: {name, role}, untouched, node, member, drains}: Leaving): string {
	const parts = [
		...(drains ? ['its pods move away'] : []),
		...(node ? ['its Node object goes'] : []),
		...(member ? ['its member leaves etcd'] : []),
		untouched === undefined ? 'its machine is reset' : 'its machine is not touched',
	];
	return `${name} (${role}): ${parts.join(', ')}`;
}

/** The last lines of a good run. */
export function afterRemoval(cluster: Cluster, {summary, leaving, absent}: pipeline.Removal, flags: Flags): Closing {
	const isListed = ({site}: Leaving) => cluster.nodes.includes(site.spec);
	const untouched = leaving.filter((one) => one.untouched !== undefined);
	const listed = leaving.filter(isListed).map(({site}) => site.name);
	const file = flags.config ?? (flags.cluster.controlPlanes === undefined ? 'the config' : undefined);
	const next = [
		...absent.map((name) => `${name} is no node of the cluster: nothing to do`),
		...(listed.length > 0 && file !== undefined
			? [`take ${listed.join(', ')} out of ${file}, or the next apply lets it join again`]
			: []),
		...(cluster.loadBalancer === 'node-proxy' && leaving.some(({site}) => site.role === 'control-plane')
			? [
					`kubestrap apply ${sameCluster(flags)}  # then: takes it out of the list of every node's proxy, which has left it aside already`,
				]
			: []),
		...untouched.map(
			({site: {name}}) =>
				`before the machine of ${name} is started in this network again: kubestrap reset. Its kubelet has a certificate that is still good, \
and would register the Node anew; only a new CA makes it worthless`,
		),
		`kubectl get nodes  # ${sameCluster(flags) === '' ? cluster.name : `kubestrap kubeconfig ${sameCluster(flags)}`}`,
	];
	if (leaving.length === 0) return {headline: `nothing to remove from cluster ${cluster.name}`, next: next.slice(0, -1)};
	const done = summary.changed === 0 ? 'was out of' : 'is out of';
	return {headline: `${list(leaving)} ${done} cluster ${cluster.name}`, next};
}
