/** `hack/update-goldens [VERSION…]`: lets the real kubeadm make what the tests compare ours with. */
import {execFileSync, spawnSync} from 'node:child_process';
import {copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {argv, exit, getuid, stderr} from 'node:process';
import {kubernetesVersion} from '../../src/versions.ts';
import {caseName, golden} from './dry-run.ts';

const here = import.meta.dirname;
const goldens = join(here, '../../test/golden');
const cases = join(goldens, 'cases');

/** Versions that the contract is held against. */
const versions = ['v1.37.1', 'v1.36.4'];

/** KUBEADM names a binary to use instead of the lab's, for one version. */
function kubeadm(version: string): string {
	const given = process.env.KUBEADM;
	if (given) return given;
	return execFileSync(join(here, '../lab'), ['component', 'kubeadm', version], {encoding: 'utf8'}).trim();
}

function update(version: string, binary: string, name: string): void {
	const root = mkdtempSync(join(tmpdir(), 'kubestrap-golden-'));
	try {
		mkdirSync(join(root, 'bin'));
		copyFileSync(binary, join(root, 'bin/kubeadm'));
		writeFileSync(join(root, 'config.yaml'), configFor(version, name));
		copyPatches(version, join(root, 'patches'));
		const cage = ['--mount', '--net', '--uts', '--pid', '--fork', '--kill-child', 'sh', join(here, 'cage.sh'), root];
		const {status} = spawnSync('unshare', cage, {stdio: ['ignore', 'ignore', 'inherit'], timeout: 120_000});
		if (status !== 0) throw new Error(`kubeadm ${version} on ${name}: ${readFileSync(join(root, 'err'), 'utf8')}`);
		write(join(goldens, 'kubeadm', version, name), golden(root));
	} finally {
		rmSync(root, {recursive: true, force: true});
	}
}

/** A case of one version serves for all. */
function configFor(version: string, name: string): string {
	return readFileSync(join(cases, `${name}.yaml`), 'utf8').replace(/^kubernetesVersion: .*$/m, `kubernetesVersion: ${version}`);
}

/** kubeadm leaves out what it does not know, without an error; kubestrap refuses it, so neither gets it. */
function copyPatches(version: string, folder: string): void {
	const {patchTargets} = kubernetesVersion(version);
	const known = readdirSync(join(cases, 'patches')).filter((file) => patchTargets.some((target) => file.startsWith(target)));
	for (const file of known) cpSync(join(cases, 'patches', file), join(folder, file));
}

function write(folder: string, files: ReadonlyMap<string, string>): void {
	rmSync(folder, {recursive: true, force: true});
	for (const [name, text] of files) {
		mkdirSync(dirname(join(folder, name)), {recursive: true});
		writeFileSync(join(folder, name), text);
	}
}

/** What kubeadm lists, as itself and from another registry. */
function updateImages(version: string, binary: string): void {
	const list = (...more: string[]) =>
		execFileSync(binary, ['config', 'images', 'list', '--kubernetes-version', version, ...more], {encoding: 'utf8'});
	const folder = join(goldens, 'images', version);
	mkdirSync(folder, {recursive: true});
	writeFileSync(join(folder, 'list.json'), list('-o', 'json'));
	writeFileSync(join(folder, 'list.yaml'), list('-o', 'yaml'));
	writeFileSync(join(folder, 'mirror.txt'), list('--image-repository', 'registry.aliyuncs.com/google_containers'));
}

if (getuid?.() !== 0) {
	stderr.write('update-goldens: run it as root: kubeadm works in namespaces of its own\n');
	exit(2);
}
const names = readdirSync(cases)
	.filter((file) => file.endsWith('.yaml'))
	.map(caseName);
for (const version of argv.length > 2 ? argv.slice(2) : versions) {
	const binary = kubeadm(version);
	for (const name of names) update(version, binary, name);
	updateImages(version, binary);
	stderr.write(`kubeadm ${version}: ${names.length} cases\n`);
}
