/** `kubestrap preflight`: looks at the machines and changes nothing. */
import {ConfigError, exitCodes} from '../errors.ts';
import type {Cluster, Lock} from '../model.ts';
import type * as pipeline from '../pipeline.ts';
import {act} from './act.ts';
import type {Call} from './call.ts';
import {census, sameCluster} from './closing.ts';
import {openCluster, openLock} from './open-cluster.ts';

export function preflight(call: Call, {preflight: look}: Pick<typeof pipeline, 'preflight'>): Promise<number> {
	return act('preflight', call, {answers: true}, async ({report, walk}) => {
		const began = performance.now();
		const cluster = await openCluster(call);
		report.tell({type: 'run', detail: {verb: 'preflight', version: call.around.version, cluster: cluster.name}});
		const lock = lockIfAny(cluster, call);
		const {findings} = await look(cluster, {...walk, ...(lock && {lock})});
		const count = (level: string) => findings.filter((finding) => finding.level === level).length;
		const [errors, warnings] = [count('error'), count('warning')];
		const ok = errors === 0;
		const tally = `${errors} errors, ${warnings} warnings on ${census(cluster)}`;
		const next = ok
			? `kubestrap init ${sameCluster(call.flags)}`
			: 'mend them, or leave some out by name: --ignore-preflight-errors NAME,NAME';
		const exit = ok ? exitCodes.done : exitCodes.preflight;
		const ms = Math.round(performance.now() - began);
		report.end({ok, exit, changed: 0, unchanged: 0, failed: 0, ms, failures: [], spent: []}, {headline: tally, next: [next]});
		return exit;
	});
}

/** Sizes come from it; with a bundle, which has its own, there need be none. */
function lockIfAny(cluster: Cluster, call: Call): Lock | undefined {
	try {
		return openLock(cluster, call);
	} catch (error) {
		if (error instanceof ConfigError) return undefined;
		throw error;
	}
}
