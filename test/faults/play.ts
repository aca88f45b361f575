/** Makes faults on real nodes, one after the other, and asks preflight. For suites of any kind of lab. */
import {readFileSync} from 'node:fs';
import {homedir} from 'node:os';
import type {Lab} from '../../hack/laboratory/lab.ts';
import {readLock} from '../../src/artifacts/lock.ts';
import {load} from '../../src/cluster/load.ts';
import {connect} from '../../src/host/connect.ts';
import type {Cluster, Finding, Hosts} from '../../src/model.ts';
import {preflight} from '../../src/pipeline.ts';
import type {Config} from './rows.ts';

export type Play = {
	/** Findings of preflight for a config, as the pipeline gives them. */
	readonly look: (config?: Config) => Promise<readonly Finding[]>;
	/** Runs shell as root on nodes; rejects with what it said when it does not end well. */
	readonly shell: (nodes: readonly string[], sh: string) => Promise<void>;
	readonly close: () => Promise<void>;
};

const networks = '  network: {podSubnet: "10.244.0.0/16,fd00:244::/56", serviceSubnet: "10.96.0.0/12,fd00:96::/112"}\n  nodes:\n';
const strict = '---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nfailCgroupV1: true\n';

/** The config file of a lab with one difference. */
export function configOf(lab: Lab, config?: Config): string {
	const text = lab.config(config === 'debian' ? 'debian' : 'root', {packages: config === 'packages'});
	if (config === 'names') return text.replaceAll(/- \{name: [^,]+, /g, '- {');
	if (config === 'addresses') return text.replaceAll(/internalAddress: [^,]+, /g, '');
	if (config === 'dual-stack') return text.replace('  nodes:\n', networks);
	return config === 'strict-cgroup' ? text + strict : text;
}

export async function openPlay(lab: Lab): Promise<Play> {
	const asked = (config?: Config): Cluster => load(configOf(lab, config), {file: 'cluster.yaml', home: homedir()});
	const lock = readLock(readFileSync(lab.lockFile, 'utf8'), {file: lab.lockFile});
	const hands: Hosts = await connect(asked());
	const {signal} = new AbortController();
	const walk = {
		tell: () => {},
		run: 'faults',
		signal,
		acceptNewHostKeys: false,
		hide: () => {},
		skipPhases: [],
		onlyPhases: [],
		lock,
	};
	return {
		look: async (config) => (await preflight(asked(config), walk)).findings,
		shell: async (nodes, sh) => {
			const done = await Promise.all(nodes.map((node) => hands.get(node)!.exec(['sh', '-c', sh], {deadline: 60_000})));
			const bad = done.find(({code}) => code !== 0);
			if (bad !== undefined) throw new Error(`${sh}\nexit code ${bad.code}: ${bad.stdout}${bad.stderr}`);
		},
		close: async () => {
			await Promise.all([...hands.values()].map((host) => host.close()));
		},
	};
}

/** Findings that were not there on the clean machines. A node without a name in the config is called as its machine says, which a fault may have changed. */
export function news(found: readonly Finding[], clean: readonly Finding[]): Finding[] {
	const text = ({level, id, evidence}: Finding) => `${level} ${id} ${evidence}`;
	const known = new Set(clean.map(text));
	// How fast the disk of this host is just now is measured anew each time; every node of a lab shares it.
	const ofTheMoment = ({level, id}: Finding) => level === 'warning' && id === 'EtcdDisk';
	return found.filter((finding) => !known.has(text(finding)) && !ofTheMoment(finding));
}
