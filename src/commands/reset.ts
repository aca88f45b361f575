/** `kubestrap reset`: machines as they were before init and join. */
import {exitCodes} from '../errors.ts';
import type {Cluster, Plan} from '../model.ts';
import type * as pipeline from '../pipeline/reset.ts';
import type {Walk} from '../pipeline.ts';
import type {Observation} from '../run/observe.ts';
import {act, stopped} from './act.ts';
import type {Call} from './call.ts';
import {sameCluster} from './closing.ts';
import {confirmed, mustBeAskable} from './confirm.ts';
import {foretold} from './foretold.ts';
import {openCluster} from './open-cluster.ts';

export function reset(call: Call, {resetCluster}: Pick<typeof pipeline, 'resetCluster'>): Promise<number> {
	const {flags, around} = call;
	if (flags.dryRun) {
		const {words: names, force, skipUnreachable} = flags;
		const walk = (cluster: Cluster, foretelling: Walk) => resetCluster(cluster, {...foretelling, names, force, skipUnreachable});
		return foretold({verb: 'reset', open: () => openCluster(call), walk, waits: exitCodes.done}, call);
	}
	return act('reset', call, {}, async ({report, walk}) => {
		const isSure = flags.yes || flags.force;
		if (!isSure) mustBeAskable(call);
		const cluster = await openCluster(call);
		report.tell({
			type: 'run',
			detail: {verb: 'reset', version: around.version, cluster: cluster.name, nodes: flags.words.length || cluster.nodes.length},
		});
		const ask = async (plan: Plan, changes: Observation['changes']) => {
			around.stderr.write(`${doomed(plan, changes).join('\n')}\n`);
			return confirmed('Shall all of this go?', call);
		};
		if (isSure) await report.live();
		const {words: names, force, skipUnreachable} = flags;
		const {summary, sites} = await resetCluster(cluster, {
			...walk,
			names,
			force,
			skipUnreachable,
			...(isSure ? {} : {confirm: ask}),
		});
		const why = stopped(around.signal);
		const who = sites.map(({name}) => name).join(', ');
		report.end(
			summary,
			summary.ok
				? {headline: after(who, summary.changed), next: [`kubestrap init ${sameCluster(flags)}  # makes a new cluster`]}
				: {
						headline: `reset of ${who}${why === undefined ? '' : `: ${why.message}`}`,
						next: [why?.hint ?? 'mend the cause, then run the same command again'],
					},
		);
		return summary.exit;
	});
}

const after = (who: string, changed: number) =>
	changed === 0
		? `nothing of kubestrap is on ${who}`
		: `${who}: what kubestrap put there is gone, and what was there before is back`;

/** For each machine what would be done, a line for each phase that has work: `cp1: Stop the kubelet (1)`. */
export function doomed({nodes}: Plan, changes: Observation['changes']): string[] {
	return nodes.flatMap(({node, chapters}) => {
		const phases = chapters.flatMap((chapter) => chapter.phases);
		const lines = phases.flatMap(({name, title}) => {
			const count = changes.filter((change) => change.node === node && change.phase === name).length;
			return count === 0 ? [] : [`  ${title} (${count})`];
		});
		return lines.length === 0 ? [`${node}: nothing to do`] : [`${node}:`, ...lines];
	});
}
