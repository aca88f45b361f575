/** The verbs that end with a cluster: `init`, `apply` and `join` differ in the cluster they mean and in the way they walk. */
import {resolve} from 'node:path';
import {keyOf} from '../cluster/selectors.ts';
import {exitCodes, KubestrapError} from '../errors.ts';
import type {Cluster, Hosts, Lock, Site} from '../model.ts';
import type {Outcome, Walk} from '../pipeline.ts';
import {errorText} from '../report/failure.ts';
import {paint} from '../report/paint.ts';
import type {Closing} from '../report/summary.ts';
import {type Act, act, stopped} from './act.ts';
import {readAdminConf} from './admin-conf.ts';
import type {Call} from './call.ts';
import {census} from './closing.ts';
import {foretold} from './foretold.ts';
import {operatorKubeconfig, writeKubeconfig} from './kubeconfig-file.ts';
import {givenBundle, lockWith} from './open-bundle.ts';
import {openLock} from './open-cluster.ts';

export type Making = {
	readonly verb: string;
	/** The cluster that is meant; may talk to machines to find out. */
	readonly open: (act: Act) => Promise<Cluster>;
	readonly walk: (cluster: Cluster, lock: Lock, walk: Walk) => Promise<Outcome>;
	/** The last lines of a good run. `written`: the kubeconfig file that holds the cluster now. */
	readonly closing: (cluster: Cluster, outcome: Outcome, written: string | undefined) => Closing;
};

/** The same, as far as to what would be done. kubeadm's dry run ends with 0, whatever it says; so does this. */
function tried({verb, open, walk}: Making, call: Call): Promise<number> {
	const go = async (cluster: Cluster, foretelling: Walk, {report}: Act) => {
		const bundle = await givenBundle(call, report);
		const lock = bundle ? lockWith(bundle, cluster, call) : openLock(cluster, call);
		return walk(cluster, lock, {...foretelling, ...(bundle && {bundle})});
	};
	return foretold({verb, open, walk: go, waits: exitCodes.done}, call);
}

/** Opens, walks, hands the kubeconfig over, and closes with what it has come to. */
export function make(making: Making, call: Call): Promise<number> {
	if (call.flags.dryRun) return tried(making, call);
	const {verb, open, walk: go, closing} = making;
	return act(verb, call, {}, async (acting) => {
		const {report, walk} = acting;
		const {flags, around} = call;
		const cluster = await open(acting);
		const bundle = await givenBundle(call, report);
		const lock = bundle ? lockWith(bundle, cluster, call) : openLock(cluster, call);
		const {kubernetesVersion} = cluster.configuration;
		report.tell({
			type: 'run',
			detail: {verb, version: around.version, cluster: cluster.name, kubernetesVersion, nodes: cluster.nodes.length},
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
		const outcome = await go(cluster, lock, {...walk, onceDone: handOver, ...(bundle && {bundle})});
		const {summary} = outcome;
		const written = unwritten === undefined ? file : undefined;
		const why = stopped(around.signal);
		const failed = {
			headline: `${verb} of cluster ${cluster.name} (${census(cluster)})${why === undefined ? '' : `: ${why.message}`}`,
			next: [why?.hint ?? 'mend the cause, then run the same command again'],
		};
		report.end(summary, summary.ok ? closing(cluster, outcome, written) : failed);
		if (unwritten === undefined) return summary.exit;
		around.stderr.write(`${errorText(unwritten, paint(false))}\n`);
		return summary.ok ? exitCodes.config : summary.exit;
	});
}
