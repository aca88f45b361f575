/**
 * Which images kubeadm of each release lists beside Kubernetes' own: its constants, a row wherever one of them changed.
 * Read from cmd/kubeadm/app/constants/constants.go (CoreDNSVersion, PauseVersion, SupportedEtcdVersion) and images/images.go of the releases on both
 * sides of each change (test/golden/images-of-sources.json). The sources of v1.24.8, v1.27.12 and v1.29.11 could not be had: their rows are from
 * the change logs, and from lists that their kubeadm printed elsewhere.
 */
import {ConfigError} from './errors.ts';

export type ImageFacts = {
	/** `v1.23.1` */
	readonly version: string;
	/** kubeadm's default registry, the one that has CoreDNS one folder deeper. */
	readonly repository: 'k8s.gcr.io' | 'registry.k8s.io';
	readonly etcdTag: string;
	readonly coredns: string;
	readonly pause: string;
	/** What follows kube-proxy, in kubeadm's order. */
	readonly order: readonly ('coredns' | 'pause' | 'etcd')[];
};

/** The first release of which this holds; then what holds until the next row. */
type Row = readonly [from: string, etcdTag: string, coredns: string, pause: string];

const rows: readonly Row[] = [
	['1.23.0', '3.5.1-0', 'v1.8.6', '3.6'],
	['1.23.14', '3.5.5-0', 'v1.8.6', '3.6'],
	['1.23.15', '3.5.6-0', 'v1.8.6', '3.6'],
	['1.24.0', '3.5.3-0', 'v1.8.6', '3.7'],
	['1.24.8', '3.5.5-0', 'v1.8.6', '3.7'],
	['1.24.9', '3.5.6-0', 'v1.8.6', '3.7'],
	['1.25.0', '3.5.4-0', 'v1.9.3', '3.8'],
	['1.25.4', '3.5.5-0', 'v1.9.3', '3.8'],
	['1.25.5', '3.5.6-0', 'v1.9.3', '3.8'],
	['1.25.15', '3.5.9-0', 'v1.9.3', '3.8'],
	['1.26.0', '3.5.6-0', 'v1.9.3', '3.9'],
	['1.26.10', '3.5.9-0', 'v1.9.3', '3.9'],
	['1.26.13', '3.5.10-0', 'v1.9.3', '3.9'],
	['1.27.0', '3.5.7-0', 'v1.10.1', '3.9'],
	['1.27.7', '3.5.9-0', 'v1.10.1', '3.9'],
	['1.27.10', '3.5.10-0', 'v1.10.1', '3.9'],
	['1.27.12', '3.5.12-0', 'v1.10.1', '3.9'],
	['1.28.0', '3.5.9-0', 'v1.10.1', '3.9'],
	['1.28.6', '3.5.10-0', 'v1.10.1', '3.9'],
	['1.28.8', '3.5.12-0', 'v1.10.1', '3.9'],
	['1.28.14', '3.5.15-0', 'v1.10.1', '3.9'],
	['1.29.0', '3.5.10-0', 'v1.11.1', '3.9'],
	['1.29.3', '3.5.12-0', 'v1.11.1', '3.9'],
	['1.29.9', '3.5.15-0', 'v1.11.1', '3.9'],
	['1.29.11', '3.5.16-0', 'v1.11.1', '3.9'],
	['1.30.0', '3.5.12-0', 'v1.11.1', '3.9'],
	['1.30.5', '3.5.15-0', 'v1.11.3', '3.9'],
	['1.31.0', '3.5.15-0', 'v1.11.1', '3.10'],
	['1.31.1', '3.5.15-0', 'v1.11.3', '3.10'],
	['1.31.14', '3.5.24-0', 'v1.11.3', '3.10'],
	['1.32.0', '3.5.16-0', 'v1.11.3', '3.10'],
	['1.32.10', '3.5.24-0', 'v1.11.3', '3.10'],
	['1.33.0', '3.5.21-0', 'v1.12.0', '3.10'],
	['1.33.6', '3.5.24-0', 'v1.12.0', '3.10'],
	['1.34.0', '3.6.4-0', 'v1.12.1', '3.10.1'],
	['1.34.2', '3.6.5-0', 'v1.12.1', '3.10.1'],
	['1.35.0', '3.6.6-0', 'v1.13.1', '3.10.1'],
	['1.36.0', '3.6.8-0', 'v1.14.2', '3.10.2'],
	['1.37.0', '3.7.0-0', 'v1.14.6', '3.10.2'],
];

const minorOf = (version: string) => Number(version.split('.')[1]);
const patchOf = (version: string) => Number(version.split('.')[2]);
const [oldest, newest] = [rows[0]![0], rows.at(-1)![0]].map(minorOf) as [number, number];

/** The facts of a release (`v1.23.1` or `1.23.1`). A patch that is newer than this table is taken to be as the last one known. Throws ConfigError. */
export function imageFacts(version: string): ImageFacts {
	const bare = version.replace(/^v/, '');
	const row = /^1\.\d{1,2}\.\d{1,2}$/.test(bare)
		? rows.findLast(([from]) => minorOf(from) === minorOf(bare) && patchOf(from) <= patchOf(bare))
		: undefined;
	if (row === undefined) {
		const hint = `releases from v1.${oldest}.0 to v1.${newest}.x are known, as v1.${newest}.1`;
		throw new ConfigError([{message: `the images of Kubernetes ${JSON.stringify(version)} are not known`, hint}], {hint});
	}
	const [, etcdTag, coredns, pause] = row;
	return {
		version: `v${bare}`,
		repository: isOld(bare) ? 'k8s.gcr.io' : 'registry.k8s.io',
		etcdTag,
		coredns,
		pause,
		order: minorOf(bare) < 29 ? ['pause', 'etcd', 'coredns'] : ['coredns', 'pause', 'etcd'],
	};
}

/** The registry was renamed in v1.25, and in the patches of December 2022. */
function isOld(version: string): boolean {
	const before: Readonly<Record<number, number>> = {23: 15, 24: 9};
	return patchOf(version) < (before[minorOf(version)] ?? 0);
}
