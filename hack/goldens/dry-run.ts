/** Reads what `kubeadm init --dry-run` printed and wrote, and takes out what differs from run to run and what is secret. */
import {readdirSync, readFileSync, statSync} from 'node:fs';
import {basename, join} from 'node:path';
import {factsOf} from './facts.ts';

/** Name below test/golden/kubeadm/VERSION/CASE → text. Holds no key. */
export type Golden = Map<string, string>;

const pods = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
const kubeletFiles = ['config.yaml', 'instance-config.yaml', 'kubeadm-flags.env'];

export function golden(root: string): Golden {
	const folder = join(root, 'dry');
	const paths = readdirSync(folder, {recursive: true, encoding: 'utf8'}).sort();
	const files = paths.filter((path) => statSync(join(folder, path)).isFile());
	const text = (path: string) => readFileSync(join(folder, path), 'utf8');
	const result: Golden = new Map();
	for (const name of pods) if (files.includes(`${name}.yaml`)) result.set(`manifests/${name}.yaml`, text(`${name}.yaml`));
	for (const name of kubeletFiles) result.set(`kubelet/${name}`, text(name));
	const kubeconfigs = files.filter((path) => path.endsWith('.conf'));
	for (const name of kubeconfigs) result.set(`kubeconfigs/${name}`, withoutPems(text(name)));
	const certificates = [
		...files.filter((path) => path.endsWith('.crt')).map((path) => [path, text(path)] as const),
		...kubeconfigs.map((path) => [path, embedded(text(path), 'client-certificate-data')] as const),
	];
	result.set('certificates.json', json(Object.fromEntries(certificates.map(([path, pem]) => [path, factsOf(pem)]))));
	const modes = files.map((path) => [path, (statSync(join(folder, path)).mode & 0o7777).toString(8).padStart(4, '0')]);
	result.set('modes.json', json(Object.fromEntries(modes)));
	// What follows is advice, with a token in it.
	const [output = ''] = readFileSync(join(root, 'out'), 'utf8').split(/^Your Kubernetes control-plane/m);
	result.set('objects.yaml', createdObjects(output).map(withoutSecrets).join('---\n'));
	result.set('node.json', json(marks(output)));
	return result;
}

export const json = (value: unknown): string => `${JSON.stringify(value, undefined, '\t')}\n`;

function embedded(kubeconfig: string, field: string): string {
	const [, data = ''] = new RegExp(`${field}: (\\S+)`).exec(kubeconfig) ?? [];
	return Buffer.from(data, 'base64').toString();
}

/** Certificates and keys in a kubeconfig as their field's name in brackets. */
export function withoutPems(kubeconfig: string): string {
	return kubeconfig.replace(/(certificate-authority-data|client-certificate-data|client-key-data): \S+/g, '$1: ($1)');
}

/** The documents that a dry run would have created, in its order. */
function createdObjects(output: string): string[] {
	const created = /^\[dryrun\] Would perform action CREATE .*\n\[dryrun\] Attached object:\n((?:[^[\n].*\n|\n)*)/gm;
	return [...output.matchAll(created)].map(([, text = '']) => `${text.trimEnd()}\n`);
}

function withoutSecrets(object: string): string {
	return withoutPems(object)
		.replace(/bootstrap-token-[a-z0-9]{6}$/m, 'bootstrap-token-(id)')
		.replace(/^( +)(token-id|token-secret|expiration): .*$/gm, '$1$2: ($2)');
}

/** What mark-control-plane says that it does: a dry run shows no patch. */
function marks(output: string): {labels: string[]; taints: string[]} {
	const listed = (what: string) =>
		new RegExp(`^\\[mark-control-plane\\].* adding the ${what}:? \\[(.*)\\]$`, 'm').exec(output)?.[1];
	return {labels: listed('labels')?.split(' ') ?? [], taints: listed('taints')?.split(' ') ?? []};
}

/** Name of a case: its file without the ending. */
export const caseName = (path: string): string => basename(path, '.yaml');
