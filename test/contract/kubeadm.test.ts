import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {caseName, withoutPems} from '../../hack/goldens/dry-run.ts';
import {factsOf} from '../../hack/goldens/facts.ts';
import {certificates} from '../../pki/certificates.ts';
import type {Cluster} from '../../src/model.ts';
import {addonCoredns} from '../../src/phases/addon-coredns.ts';
import {addonKubeProxy} from '../../src/phases/addon-kube-proxy.ts';
import {authorities} from '../../src/phases/authorities.ts';
import {bootstrapToken} from '../../src/phases/bootstrap-token.ts';
import {certificates as certificatesPhase} from '../../src/phases/certificates.ts';
import {clusterConfig} from '../../src/phases/cluster-config.ts';
import {controlPlane} from '../../src/phases/control-plane.ts';
import {controllers} from '../../src/phases/controllers.ts';
import {etcd} from '../../src/phases/etcd.ts';
import {kubeconfigs} from '../../src/phases/kubeconfigs.ts';
import {kubeletConfig} from '../../src/phases/kubelet-config.ts';
import {kubeletCredentials} from '../../src/phases/kubelet-credentials.ts';
import {markNodes} from '../../src/phases/mark-nodes.ts';
import {parseYaml} from '../../src/yaml.ts';
import {type Difference, differences} from './compare.ts';
import {explained} from './differences.ts';
import {cases, clusterOf, contentOf, filesOf, goldenScope, maker, shown} from './ours.ts';

const kubeadm = join(import.meta.dirname, '../golden/kubeadm');
const names = readdirSync(cases)
	.filter((file) => file.endsWith('.yaml'))
	.map(caseName);

type Golden = (file: string) => string;
type Theme = (t: ExecutionContext, golden: Golden, cluster: Cluster, name: string) => void | Promise<void>;

/** Fails for each difference that no row of the list explains. */
function same(t: ExecutionContext, found: readonly Difference[]): void {
	t.deepEqual(
		found.filter((difference) => !explained.some(({is}) => is?.(difference))),
		[],
	);
}

const yaml = (text: string): unknown => parseYaml(text).documents[0]?.value;

const themes: Record<string, Theme> = {
	'static pods': (t, golden, cluster, name) => {
		const files = filesOf([etcd, controlPlane, controllers], goldenScope(cluster));
		for (const [path, step] of files) {
			const file = `manifests/${path.split('/').at(-1)}`;
			const ours = contentOf(step) as string;
			same(t, differences(yaml(golden(file)), yaml(ours), file));
			if (name === 'default') t.is(ours, golden(file), path);
			t.is(step.mode, '0600');
		}
		t.is(files.size, 'external' in cluster.configuration.etcd ? 3 : 4);
	},
	'files of the kubelet': (t, golden, cluster, name) => {
		const files = filesOf([kubeletConfig], goldenScope(cluster));
		const config = contentOf(files.get('/var/lib/kubelet/config.yaml')) as string;
		t.deepEqual(yaml(config), yaml(golden('kubelet/config.yaml')));
		if (name === 'default') t.is(config, golden('kubelet/config.yaml'));
		for (const name of ['kubeadm-flags.env', 'instance-config.yaml']) {
			t.is(contentOf(files.get(`/var/lib/kubelet/${name}`)), golden(`kubelet/${name}`), name);
		}
	},
	kubeconfigs: (t, golden, cluster) => {
		const files = filesOf([kubeconfigs, kubeletCredentials], goldenScope(cluster));
		for (const name of ['admin', 'super-admin', 'controller-manager', 'scheduler', 'kubelet'].map((each) => `${each}.conf`)) {
			const step = files.get(`/etc/kubernetes/${name}`);
			const ours = withoutPems(shown(contentOf(step)));
			same(t, differences(yaml(golden(`kubeconfigs/${name}`)), yaml(ours), `kubeconfigs/${name}`));
			t.is(step?.mode, '0600');
		}
	},
	objects: (t, golden, cluster) => {
		const scope = goldenScope(cluster);
		const steps = [clusterConfig, bootstrapToken, addonCoredns, addonKubeProxy].flatMap((phase) => phase.steps(scope));
		const ours = steps.filter((step) => step.kind === 'object').map((step) => JSON.parse(shown(step.manifest)) as unknown);
		const theirs = parseYaml(golden('objects.yaml')).documents.map(({value}) => value);
		same(t, differences(byId(theirs), byId(ours), 'objects'));
	},
	'labels and taints': (t, golden, cluster) => {
		const patch = markNodes.steps(goldenScope(cluster)).find((step) => step.kind === 'object');
		const {labels = {}, taints = []} = JSON.parse(shown(patch!.manifest)) as {
			labels?: object;
			taints?: {key: string; effect: string}[];
		};
		const ours = {labels: Object.keys(labels), taints: taints.map(({key, effect}) => `${key}:${effect}`)};
		t.deepEqual(ours, JSON.parse(golden('node.json')));
	},
	'modes of certificates and keys': (t, golden, cluster) => {
		const files = filesOf([authorities, certificatesPhase], goldenScope(cluster));
		const folder = `${cluster.configuration.certificatesDir}/`;
		const ours = Object.fromEntries([...files].map(([path, {mode}]) => [path.replace(folder, ''), mode]));
		const theirs = Object.entries(JSON.parse(golden('modes.json')) as Record<string, string>);
		t.deepEqual(ours, Object.fromEntries(theirs.filter(([name]) => /\.(?:crt|key|pub)$/.test(name))));
	},
	'what certificates say': async (t, golden, cluster, name) => {
		// Keys of RSA take long to make, and are the same in every case: only where the key is the point it is the real one.
		const real = name === 'default' || name.startsWith('ecdsa');
		const quick: Cluster = real
			? cluster
			: {...cluster, configuration: {...cluster.configuration, encryptionAlgorithm: 'ECDSA-P256'}};
		const theirs = JSON.parse(golden('certificates.json')) as Record<string, ReturnType<typeof factsOf>>;
		const make = maker(goldenScope(quick));
		const ours: Record<string, ReturnType<typeof factsOf>> = {};
		for (const file of Object.keys(theirs)) {
			const row = certificates.find((each) => each.as !== 'pem' && (each.name === file || `${each.name}.crt` === file));
			if (row === undefined) continue;
			const shared = row.as !== 'keys' && row.signedBy === undefined;
			ours[file] = factsOf(await make([{secret: shared ? `${row.name}.crt` : `${row.name}.crt@cp1`}]));
		}
		const judged = (facts: object) => (real ? facts : {...facts, key: '', signature: ''});
		for (const [file, facts] of Object.entries(theirs)) {
			// The kubelet's own certificate is in a pem, on the curve that a kubelet takes itself.
			if (file !== 'kubelet.conf') t.deepEqual(judged(ours[file] ?? {}), judged(facts), file);
		}
	},
};

/** Objects by kind, namespace and name, with what lies as text in ConfigMaps taken apart. */
function byId(objects: readonly unknown[]): Record<string, unknown> {
	type Thing = {kind: string; metadata: {name: string; namespace?: string; annotations?: object}; data?: Record<string, string>};
	const entries = (objects as Thing[]).map((object) => {
		const name = object.metadata.name.replace('(bootstrap-token.id)', '(id)');
		const metadata: Record<string, unknown> = {...object.metadata, name};
		if (Object.keys(object.metadata.annotations ?? {}).length === 0) delete metadata.annotations;
		const data =
			object.kind === 'ConfigMap' ? Object.entries(object.data ?? {}).map(([key, text]) => [key, known(key, text)]) : undefined;
		const secrets = object.kind === 'Secret' ? {data: secretData(object.data ?? {})} : {};
		const id = `${object.kind} ${object.metadata.namespace ?? ''} ${name}`.replaceAll('/', '_');
		return [id, {...object, metadata, ...(data ? {data: Object.fromEntries(data)} : {}), ...secrets}];
	});
	return Object.fromEntries(entries);
}

function known(key: string, text: string): unknown {
	return key === 'Corefile' ? text : yaml(withoutPems(text));
}

function secretData(data: Record<string, string>): Record<string, string> {
	const named = (value: string) =>
		value.replace(/^\(bootstrap-token\.(.*)\)$/, (_, part) => `(${part === 'expiration' ? part : `token-${part}`})`);
	return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, named(value)]));
}

for (const version of readdirSync(kubeadm)) {
	for (const name of names) {
		const golden: Golden = (file) => {
			const path = join(kubeadm, version, name, file);
			return existsSync(path) ? readFileSync(path, 'utf8') : '';
		};
		for (const [theme, judge] of Object.entries(themes)) {
			test(`kubeadm ${version}, ${name}: ${theme}`, (t) => judge(t, golden, clusterOf(name, version), name) as Promise<void>);
		}
	}
}
