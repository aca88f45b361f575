import test from 'ava';
import type {Identity, Scope} from '../../src/model.ts';
import {authorities} from '../../src/phases/authorities.ts';
import {certificates} from '../../src/phases/certificates.ts';
import {controlPlane} from '../../src/phases/control-plane.ts';
import {controllers} from '../../src/phases/controllers.ts';
import {etcd} from '../../src/phases/etcd.ts';
import {images} from '../../src/phases/images.ts';
import {kubeconfigs} from '../../src/phases/kubeconfigs.ts';
import {kubeletCredentials} from '../../src/phases/kubelet-credentials.ts';
import {runtime} from '../../src/phases/runtime.ts';
import {secretsOf} from '../../src/steps/content.ts';
import {contentOf, filesOf} from '../contract/ours.ts';
import {scopesOf, shown} from './cluster.ts';

const three = [{name: 'cp1'}, {name: 'cp2'}, {name: 'cp3'}, {name: 'w1', role: 'worker' as const}];
const pki = '/etc/kubernetes/pki';
const shared = ['ca', 'front-proxy-ca', 'etcd/ca'].flatMap((name) => [`${pki}/${name}.key`, `${pki}/${name}.crt`]);
const accounts = [`${pki}/sa.key`, `${pki}/sa.pub`];

const argument = (manifest: string, name: string) => new RegExp(`- --${name}=(.*)`).exec(manifest)?.[1];

test('all members of etcd are born with the same list', (t) => {
	const scopes = scopesOf(three);
	const lists = ['cp1', 'cp2', 'cp3'].map((name) => {
		const text = contentOf(filesOf([etcd], scopes[name]!).get('/etc/kubernetes/manifests/etcd.yaml')) as string;
		t.is(argument(text, 'name'), name);
		t.is(argument(text, 'initial-cluster-state'), undefined);
		return argument(text, 'initial-cluster');
	});
	t.deepEqual([...new Set(lists)], ['cp1=https://10.0.0.1:2380,cp2=https://10.0.0.2:2380,cp3=https://10.0.0.3:2380']);
});

test('the list of a birth stays when a control plane is added later', (t) => {
	const ownership = {clusterId: 'x', name: 'test', writer: '1', fence: 1, birthMembers: ['cp1', 'cp2'], owned: []};
	const scopes = scopesOf(three.map((node, index) => (index < 2 ? {...node, facts: {ownership}} : node)));
	const text = contentOf(filesOf([etcd], scopes.cp2!).get('/etc/kubernetes/manifests/etcd.yaml')) as string;
	t.is(argument(text, 'initial-cluster'), 'cp1=https://10.0.0.1:2380,cp2=https://10.0.0.2:2380');
});

test('each API server advertises its own node and asks its own etcd', (t) => {
	const text = contentOf(
		filesOf([controlPlane], scopesOf(three).cp2!).get('/etc/kubernetes/manifests/kube-apiserver.yaml'),
	) as string;
	t.is(argument(text, 'advertise-address'), '10.0.0.2');
	t.is(argument(text, 'etcd-servers'), 'https://127.0.0.1:2379');
});

test('authorities are born on the first control plane only, never over what is there, the key before its certificate', (t) => {
	const files = filesOf([authorities], scopesOf(three).cp1!);
	t.deepEqual([...files.keys()].sort(), [...shared, ...accounts].sort());
	t.true([...files.values()].every(({once}) => once));
	const order = [...files.keys()];
	t.true(order.indexOf(`${pki}/ca.key`) < order.indexOf(`${pki}/ca.crt`));
	t.is(files.get(`${pki}/ca.key`)?.mode, '0600');
	t.is(files.get(`${pki}/sa.pub`)?.mode, '0600');
});

test('a public key that a crash left unwritten is laid beside its private key, which stays', (t) => {
	const {cp1} = scopesOf([{name: 'cp1', facts: {files: {[accounts[0]!]: {mode: '0600', owner: 'root:root', size: 9}}}}]);
	const sa = {id: 'sa', state: 'keep', on: 'cp1', file: accounts[1]!} as const;
	const identity = {...cp1!.identity, items: {...cp1!.identity.items, sa}};
	const files = filesOf([authorities], {...cp1!, identity});
	t.deepEqual(files.get(accounts[0]!)?.content, {kept: true});
	t.deepEqual(files.get(accounts[1]!)?.content, [{secret: 'sa.pub'}]);
});

test('the other control planes get copies, and certificates of their own', (t) => {
	const scopes = scopesOf(three);
	const first = filesOf([certificates], scopes.cp1!);
	const second = filesOf([certificates], scopes.cp2!);
	t.false(first.has(`${pki}/ca.crt`));
	for (const path of [...shared, ...accounts]) t.true(second.has(path), path);
	t.deepEqual(secretsOf(second.get(`${pki}/apiserver.key`)!), ['apiserver.key@cp2']);
	t.deepEqual(secretsOf(second.get(`${pki}/etcd/ca.key`)!), ['etcd/ca.key']);
	t.true([...second.values()].every(({once}) => !once));
});

test('containerd listens where the kubelet asks; images that may never be pulled are not', (t) => {
	const documents =
		'---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nnodeRegistration: {criSocket: "unix:///var/run/cri/c.sock", imagePullPolicy: Never}\n';
	const [usual, other] = [scopesOf(three).cp1!, scopesOf(three, {documents}).cp1!];
	const address = (scope: Scope) =>
		/address = (.*)/.exec(contentOf(filesOf([runtime], scope).get('/etc/containerd/config.toml')) as string)?.[1];
	t.is(address(usual), '"/run/containerd/containerd.sock"');
	t.is(address(other), '"/run/cri/c.sock"');
	t.true(images.steps(usual).length > 5);
	t.deepEqual(images.steps(other), []);
});

test('super-admin.conf is on the first control plane only; components speak with their own node', (t) => {
	const scopes = scopesOf(three, {spec: '  controlPlaneEndpoint: api.example:443\n'});
	const [first, second] = [
		filesOf([kubeconfigs, kubeletCredentials], scopes.cp1!),
		filesOf([kubeconfigs, kubeletCredentials], scopes.cp2!),
	];
	t.true(first.has('/etc/kubernetes/super-admin.conf'));
	t.false(second.has('/etc/kubernetes/super-admin.conf'));
	const server = (files: typeof first, name: string) =>
		/server: "(.*)"/.exec(shown(contentOf(files.get(`/etc/kubernetes/${name}`))))?.[1];
	t.is(server(second, 'admin.conf'), 'https://api.example:443');
	for (const name of ['scheduler.conf', 'controller-manager.conf', 'kubelet.conf'])
		t.is(server(second, name), 'https://10.0.0.2:6443', name);
});

test('a worker: the CA, the kubelet’s pem behind its link, and a kubeconfig as a kubelet writes it', (t) => {
	const scope = scopesOf(three, {spec: '  controlPlaneEndpoint: api.example:443\n'}).w1!;
	const files = filesOf([kubeletCredentials], scope);
	t.deepEqual([...files.keys()].sort(), [
		'/etc/kubernetes/kubelet.conf',
		`${pki}/ca.crt`,
		'/var/lib/kubelet/pki/kubelet-client-kubestrap.pem',
	]);
	const text = shown(contentOf(files.get('/etc/kubernetes/kubelet.conf')));
	for (const word of ['default-cluster', 'default-context', 'default-auth', 'https://api.example:443'])
		t.true(text.includes(word), word);
	t.regex(text, /client-key: "\/var\/lib\/kubelet\/pki\/kubelet-client-current.pem"/);
	const link = kubeletCredentials.steps(scope).find(({kind}) => kind === 'link');
	t.deepEqual(link, {
		kind: 'link',
		path: '/var/lib/kubelet/pki/kubelet-client-current.pem',
		to: '/var/lib/kubelet/pki/kubelet-client-kubestrap.pem',
	});
	t.deepEqual([...filesOf([certificates, authorities], {...scope, identity: nothing(scope.identity)}).keys()], []);
});

const nothing = (identity: Identity): Identity => ({...identity, items: {}});

/** As if everything had been found and judged good. */
function settled(scope: Scope): Scope {
	const items = Object.fromEntries(
		Object.entries(scope.identity.items).map(([id, item]) => [
			id,
			{...item, state: 'keep' as const, publicHalf: `public half of ${id}`},
		]),
	);
	const files = {...scope.site.facts.files};
	for (const path of [...shared, ...accounts])
		files[path] = {mode: '0600', owner: 'root:root', size: 1, text: 'public half of ca'};
	const site = {...scope.site, facts: {...scope.site.facts, files}};
	return {
		...scope,
		site,
		sites: scope.sites.map((other) => (other.name === site.name ? site : other)),
		identity: {...scope.identity, items},
	};
}

test('what is kept is asserted and left alone, and no secret is asked for', (t) => {
	const steps = [authorities, certificates, kubeconfigs, kubeletCredentials].flatMap((phase) =>
		phase.steps(settled(scopesOf(three).cp1!)),
	);
	t.deepEqual([...new Set(steps.flatMap(secretsOf))], ['ca.crt']);
	t.false(steps.some(({kind}) => kind === 'link'));
	const admin = steps.find((step) => step.kind === 'file' && step.path === '/etc/kubernetes/admin.conf');
	t.deepEqual(admin, {kind: 'file', path: '/etc/kubernetes/admin.conf', content: {kept: true}, mode: '0600'});
});

test('a CA whose key is kept elsewhere: nobody lays one down, and the controller manager does not sign', (t) => {
	const whole = settled(scopesOf([{name: 'cp1'}]).cp1!);
	const {[`${pki}/ca.key`]: _, ...files} = whole.site.facts.files;
	const site = {...whole.site, facts: {...whole.site.facts, files}};
	const scope = {...whole, site, sites: [site]};
	t.false(filesOf([authorities], scope).has(`${pki}/ca.key`));
	const text = contentOf(filesOf([controllers], scope).get('/etc/kubernetes/manifests/kube-controller-manager.yaml')) as string;
	t.is(argument(text, 'cluster-signing-cert-file'), '');
	t.is(argument(text, 'cluster-signing-key-file'), '');
});
