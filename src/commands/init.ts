/** `kubestrap init`: a new cluster, or what is missing of it. */
import {resolve} from 'node:path';
import {keyOf} from '../cluster/selectors.ts';
import {exitCodes, KubestrapError} from '../errors.ts';
import type {Hosts, Site} from '../model.ts';
import type * as pipeline from '../pipeline.ts';
import {errorText} from '../report/failure.ts';
import {paint} from '../report/paint.ts';
import {act, stopped} from './act.ts';
import {readAdminConf} from './admin-conf.ts';
import type {Call} from './call.ts';
import {afterInit, census} from './closing.ts';
import {operatorKubeconfig, writeKubeconfig} from './kubeconfig-file.ts';
import {openCluster, openLock} from './open-cluster.ts';

export function init(call: Call, {initialise}: Pick<typeof pipeline, 'initialise'>): Promise<number> {
	return act('init', call, {}, async ({report, walk}) => {
		const {flags, around} = call;
		const cluster = await openCluster(call);
		const lock = openLock(cluster, call);
		const {kubernetesVersion} = cluster.configuration;
		report.tell({
			type: 'run',
			detail: {verb: 'init', version: around.version, cluster: cluster.name, kubernetesVersion, nodes: cluster.nodes.length},
		});
		await report.live();
		const file = flags.kubeconfig === undefined ? undefined : resolve(around.cwd, flags.kubeconfig);
		let unwritten: KubestrapError | undefined;
		const handOver = async (hosts: Hosts, sites: readonly Site[]) => {
			const first = sites.find(({role}) => role === 'control-plane');
			const host = first && hosts.get(keyOf(first.spec));
			if (file === undefined || host === undefined) return;
			const own = operatorKubeconfig(await readAdminConf(host, walk.signal), cluster);
			try {
				writeKubeconfig(file, own, {overwrite: flags.yes});
			} catch (error) {
				// The cluster is up all the same: first the summary, then this.
				if (!(error instanceof KubestrapError)) throw error;
				unwritten = error;
			}
		};
		const {summary, sites} = await initialise(cluster, lock, {...walk, onceDone: handOver});
		const written = unwritten === undefined ? file : undefined;
		const why = stopped(around.signal);
		const failed = {
			headline: `init of cluster ${cluster.name} (${census(cluster)})${why === undefined ? '' : `: ${why.message}`}`,
			next: [why?.hint ?? 'mend the cause, then run the same command again'],
		};
		report.end(summary, summary.ok ? afterInit(cluster, sites, flags, written) : failed);
		if (unwritten === undefined) return summary.exit;
		around.stderr.write(`${errorText(unwritten, paint(false))}\n`);
		return summary.ok ? exitCodes.config : summary.exit;
	});
}
