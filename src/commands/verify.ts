/** `kubestrap verify`: proves that a cluster works, and leaves nothing behind. */
import {exitCodes} from '../errors.ts';
import {prove} from '../proof/prove.ts';
import {imagesFor} from '../versions.ts';
import {act} from './act.ts';
import type {Call} from './call.ts';
import {type Connect, onFirstControlPlane} from './first-control-plane.ts';
import {openCluster} from './open-cluster.ts';

export function verify(call: Call, {connect}: {connect: Connect}): Promise<number> {
	return act('verify', call, {answers: true}, async ({report, walk}) => {
		const began = performance.now();
		const cluster = await openCluster(call);
		report.tell({type: 'run', detail: {verb: 'verify', version: call.around.version, cluster: cluster.name}});
		const {dns, networking} = cluster.configuration;
		const wish = {
			namespace: `kubestrap-verify-${walk.run}`,
			image: imagesFor(cluster).busybox,
			domain: networking.dnsDomain,
			nodes: cluster.nodes.length,
			without: dns.disabled ? ['dns'] : [],
		};
		const verdicts = await onFirstControlPlane(cluster, connect, walk, (host) => prove(host, wish, walk));
		const failed = verdicts.filter(({evidence}) => evidence !== undefined);
		const ok = failed.length === 0;
		const exit = ok ? exitCodes.done : exitCodes.no;
		const tally = `${verdicts.length - failed.length} of ${verdicts.length} proofs hold`;
		const left = wish.without.map((name) => `${name} was not tried: it is disabled in this cluster`);
		const ms = Math.round(performance.now() - began);
		const headline = `cluster ${cluster.name} ${ok ? 'works' : 'does not work'}: ${tally}`;
		report.end({ok, exit, changed: 0, unchanged: 0, failed: 0, ms, failures: [], spent: []}, {headline, next: left});
		return exit;
	});
}
