/** The part of `images lock` that is about packages: whose signatures are checked by gpgv, here or on a node. */
import {lockPackages, type PackagesAnswer} from '../artifacts/lock-packages.ts';
import {localShell, shellOn, type Verify, verifierOf} from '../artifacts/signatures.ts';
import type {Wire} from '../artifacts/wire.ts';
import {ConnectError} from '../errors.ts';
import {connect} from '../host/connect.ts';
import type {Cluster, Hosts, Lock} from '../model.ts';
import {wantedPackages} from '../packages/wanted.ts';
import type {Call} from './call.ts';

export type PackagesWish = {
	/** Absent: no config, so nobody asks for packages. */
	readonly cluster?: Cluster | undefined;
	readonly version: string;
	readonly platforms: readonly string[];
	readonly distribution?: {readonly id: string; readonly codename: string} | undefined;
	readonly trusted?: Lock | undefined;
};

/** What the packages of a config are, by their repositories. */
export async function packagesToLock(
	{cluster, version, platforms, distribution, trusted}: PackagesWish,
	{around: {signal}}: Call,
	wire: Wire,
): Promise<PackagesAnswer> {
	if (cluster === undefined || wantedPackages(cluster).length === 0) return {problems: []};
	const hosts: Hosts[] = [];
	try {
		const here = await verifierOf(localShell);
		let there: Promise<Verify | undefined> | undefined;
		const onNodes = () => {
			there ??= onNode(cluster, hosts, signal);
			return there;
		};
		// A distribution's own archive is signed with keys that its machines have, and this one may not.
		const either: Verify = async (signed, key) => {
			if (here !== undefined && key !== undefined) return here(signed, key);
			const node = await onNodes();
			const verify = node ?? here;
			if (verify === undefined) throw new Error('nobody who can be reached has gpgv');
			return verify(signed, key);
		};
		const verify = here === undefined && (await onNodes()) === undefined ? undefined : either;
		const archs = platforms.map((platform) => platform.replace('linux/', ''));
		return await lockPackages({cluster, version, archs, distribution, wire, verify, trusted, signal});
	} finally {
		await Promise.allSettled(hosts.flatMap((some) => [...some.values()].map((host) => host.close())));
	}
}

/** The first node that can be reached has a gpgv with its apt. */
async function onNode(cluster: Cluster, opened: Hosts[], signal: AbortSignal): Promise<Verify | undefined> {
	for (const node of cluster.nodes) {
		try {
			const hosts = await connect({...cluster, nodes: [node]}, {signal});
			opened.push(hosts);
			const [host] = hosts.values();
			const verify = host && (await verifierOf(shellOn(host, signal)));
			if (verify) return verify;
		} catch (error) {
			if (!(error instanceof ConnectError)) throw error;
		}
	}
	return undefined;
}
