/** What stands against a removal: what is refused, the same on every rerun, and what needs the operator's word. Pure. */
import {splitHostPort} from '../cluster/network.ts';
import {guard} from '../contract/etcd-guard.ts';
import type {Leaving} from '../contract/leaving.ts';
import type {Finding, Living} from '../model.ts';

const finding = (node: string, id: string, evidence: string, remedy: string): Finding => ({
	node,
	id,
	level: 'error',
	evidence,
	remedy,
});

/** Refusals, all at once: the API's own address, and what etcd's guard says of each member in turn. */
export function removalFindings(leaving: readonly Leaving[], living: Living, {externalEtcd}: {externalEtcd: boolean}): Finding[] {
	const planes = leaving.filter(({site}) => site.role === 'control-plane');
	return [...planes.flatMap((one) => endpointFinding(one, living)), ...memberFindings(planes, living, externalEtcd)];
}

/** Each member in its turn, as if those before it were gone. */
function memberFindings(planes: readonly Leaving[], living: Living, externalEtcd: boolean): Finding[] {
	if (externalEtcd) return [];
	let {members} = living;
	return planes.flatMap(({site, member}) => {
		if (members !== undefined && member === undefined) return [];
		const refusal = guard(members, {remove: member?.id ?? ''});
		members = members?.filter(({id}) => id !== member?.id);
		return refusal ? [finding(site.name, 'EtcdMembers', refusal.reason, refusal.remedy)] : [];
	});
}

/** Where all clients look for the API: what kubeadm-config says, else what kube-proxy was given. */
function endpointHost({configMaps}: Living): string | undefined {
	const asked = /^controlPlaneEndpoint: *["']?([^"'\s]+)/m.exec(configMaps['kubeadm-config']?.ClusterConfiguration ?? '')?.[1];
	if (asked !== undefined) return splitHostPort(asked)?.host;
	const server = /^\s*server: *["']?(\S+?)["']?$/m.exec(configMaps['kube-proxy']?.['kubeconfig.conf'] ?? '')?.[1];
	return server !== undefined && URL.canParse(server) ? new URL(server).hostname.replace(/^\[|\]$/g, '') : undefined;
}

function endpointFinding({site, node}: Leaving, living: Living): Finding[] {
	const host = endpointHost(living);
	const own = [site.address, site.spec.address, ...(node?.addresses ?? [])];
	if (host === undefined || !own.includes(host)) return [];
	return [
		finding(
			site.name,
			'ControlPlaneEndpoint',
			`all nodes look for the API at ${host}, and that is ${site.name}: without it no kubelet finds the cluster`,
			'give the cluster an endpoint that stays (controlPlaneEndpoint, or loadBalancer: node-proxy) first, with kubestrap apply',
		),
	];
}

/** What the operator must know and want, a sentence each. `drained`: whether pods are to be moved at all. */
export function doubts(leaving: readonly Leaving[], {drained}: {drained: boolean}): string[] {
	return leaving.flatMap(({site: {name}, untouched, node, drains}) => [
		...(untouched === undefined ? [] : [`${name}: its machine is left as it is (${untouched}); what runs there goes on`]),
		...(drained && node && !drains
			? [`${name}: its pods are not moved, because ${node.ready ? 'its machine does not answer' : 'the Node is not Ready'}`]
			: []),
	]);
}
