/** All certificates, keys and kubeconfigs of one control plane on this machine, each side from a cold process into an empty folder. */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execPath} from 'node:process';
import {defaultKubernetesVersion} from '../../src/versions.ts';
import {run} from '../laboratory/command.ts';
import {repository} from '../laboratory/places.ts';
import {bundled, compiled} from './bundle.ts';
import type {Sample} from './figures.ts';
import {stretches} from './marks.ts';
import type {Scenario} from './scenario.ts';

const address = '203.0.113.1';
async function timed(commands: Readonly<Record<string, readonly string[]>>): Promise<Sample> {
	const marks = [{name: 'begin', at: performance.now()}];
	for (const [name, argv] of Object.entries(commands)) {
		await run(argv, {env: compiled});
		marks.push({name, at: performance.now()});
	}
	const parts = stretches(marks);
	return {amount: parts.reduce((sum, part) => sum + part.seconds, 0), parts: parts.length > 1 ? parts : []};
}

async function inFolder(commands: (folder: string) => Readonly<Record<string, readonly string[]>>) {
	const folder = mkdtempSync(join(tmpdir(), 'kubestrap-bench-'));
	try {
		return {certificates: await timed(commands(folder))};
	} finally {
		rmSync(folder, {recursive: true});
	}
}

export const sameCertificates: Scenario = {
	measures: [
		{
			name: 'certificates',
			row: 'certificates',
			work: 'the certificates, keys and kubeconfigs of one control plane',
			against: '`kubeadm init phase certs all` and `kubeconfig all`',
			goal: 0.8,
		},
	],
	repeat: 5,
	async open() {
		const bundle = await bundled('certificates');
		const lab = join(repository, 'hack/lab');
		const kubeadm = (await run([lab, 'component', 'kubeadm', defaultKubernetesVersion])).stdout.trim();
		const ours = () => inFolder((folder) => ({made: [execPath, bundle, folder, address]}));
		const phase = (name: string, folder: string, ...more: string[]) => {
			const flags = [`--cert-dir=${folder}/pki`, `--apiserver-advertise-address=${address}`];
			return [kubeadm, 'init', 'phase', name, 'all', ...flags, `--kubernetes-version=${defaultKubernetesVersion}`, ...more];
		};
		const theirs = () =>
			inFolder((folder) => ({
				'certs all': phase('certs', folder),
				'kubeconfig all': phase('kubeconfig', folder, `--kubeconfig-dir=${folder}`, '--node-name=cp1'),
			}));
		await ours();
		return {ours, theirs};
	},
};
