/** `kubestrap images pull`: what the nodes will run, before they need it. */
import type * as pipeline from '../pipeline/pull.ts';
import {act, stopped} from './act.ts';
import type {Call} from './call.ts';
import {sameCluster} from './closing.ts';
import {openCluster, openLock} from './open-cluster.ts';

export function imagesPull(call: Call, {pullImages}: Pick<typeof pipeline, 'pullImages'>): Promise<number> {
	const {flags, around} = call;
	return act('images-pull', call, {}, async ({report, walk}) => {
		const cluster = await openCluster(call);
		const lock = openLock(cluster, call);
		const {words: names, images: {retag = false} = {}} = flags;
		const {kubernetesVersion} = cluster.configuration;
		const nodes = names.length || cluster.nodes.length;
		report.tell({
			type: 'run',
			detail: {verb: 'images pull', version: around.version, cluster: cluster.name, kubernetesVersion, nodes},
		});
		await report.live();
		const {summary, sites} = await pullImages(cluster, lock, {...walk, names, retag});
		const who = sites.map(({name}) => name).join(', ');
		const why = stopped(around.signal);
		report.end(
			summary,
			summary.ok
				? {
						headline: `the images of Kubernetes ${kubernetesVersion} are on ${who}`,
						next: [`kubestrap init ${sameCluster(flags)}`],
					}
				: {
						headline: `images of ${who}${why === undefined ? '' : `: ${why.message}`}`,
						next: [why?.hint ?? 'mend the cause, then run the same command again: what is there is not pulled again'],
					},
		);
		return summary.exit;
	});
}
