/** Which of a machine's addresses the other nodes use, where the config does not say. Pure. */
import {isIP} from 'node:net';
import {parseAddress} from '../cluster/network.ts';
import {hostOf} from '../cluster/route.ts';
import type {Cluster, Facts, NodeSpec} from '../model.ts';
import {beyond, readRoutes} from './network.ts';

/** Devices that pods and virtual machines hang on: what has its address there is behind this machine, not beside it. */
const inward = /^(?:cni|flannel|docker|br-|virbr|vxlan|veth|cali|cilium|kube-ipvs|nodelocaldns|podman|lxcbr|lxdbr|incusbr)/;

const usable = (cluster: Cluster, {addresses}: Facts) =>
	addresses.filter(({address, device}) => isIP(address) === primaryFamily(cluster) && !inward.test(device));

/** The one that its packets to the other nodes carry, else the written one if it is the machine's own, else that of the default route, else the first. */
export function ownAddress(cluster: Cluster, spec: NodeSpec, facts: Facts): string {
	const family = primaryFamily(cluster);
	const own = usable(cluster, facts).map(({address}) => address);
	const routes = readRoutes(facts.probes.routes?.stdout ?? '').filter(({to}) => to !== beyond.v4 && to !== beyond.v6);
	const towardsOthers = mostFrequent(routes.map(({source}) => source).filter((source) => own.includes(source)));
	const byDefault = family === 6 ? facts.defaultAddress.v6 : facts.defaultAddress.v4;
	// The address that the operator wrote down is the machine's own in every network without NAT.
	const host = hostOf(spec, cluster);
	const written = own.includes(host) ? host : undefined;
	return towardsOthers ?? written ?? byDefault ?? own[0] ?? '';
}

type Chosen = {readonly spec: NodeSpec; readonly facts: Facts; readonly address: string; readonly given: boolean};

/**
 * Machines behind a NAT of their own each (Vagrant's 10.0.2.15) all come out with one address. Then the first network counts in which every machine has an
 * address, and each another one; all of them use it, so that the cluster is in one network. Without such a network all stays: a check says so.
 */
export function apart(cluster: Cluster, all: readonly Chosen[]): string[] {
	const chosen = all.map(({address}) => address);
	const twin = all.find(
		(one) => !one.given && one.address !== '' && chosen.filter((address) => address === one.address).length > 1,
	);
	if (twin === undefined) return chosen;
	for (const {address, prefix} of usable(cluster, twin.facts)) {
		const shared = all.map((one) =>
			one.given
				? one.address
				: usable(cluster, one.facts).find((other) => other.prefix === prefix && isBeside(other.address, address, prefix))
						?.address,
		);
		const found = shared.filter((one) => one !== undefined);
		if (new Set(found).size === all.length) return found;
	}
	return chosen;
}

function isBeside(one: string, other: string, prefix: number): boolean {
	const [first, second] = [parseAddress(one), parseAddress(other)];
	if (first === undefined || second === undefined || first.family !== second.family) return false;
	const rest = BigInt((first.family === 'v4' ? 32 : 128) - prefix);
	return first.value >> rest === second.value >> rest;
}

/** Kubernetes takes the family of the first service network as the primary one. */
const primaryFamily = ({configuration}: Cluster): 4 | 6 =>
	configuration.networking.serviceSubnet.split(',')[0]?.includes(':') ? 6 : 4;

function mostFrequent(values: readonly string[]): string | undefined {
	const counts = new Map<string, number>();
	for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
	return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0];
}
