/** The survey on a machine of which we say what lies on it: a mount namespace of its own, over folders of the test. Nothing of the host is changed. */
import {spawn, spawnSync} from 'node:child_process';
import {createPublicKey, generateKeyPairSync} from 'node:crypto';
import {chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import test from 'ava';
import type {Host} from '../../src/model.ts';
import {surveyNode} from '../../src/survey/survey.ts';
import {cluster, spec} from '../checks/sample.ts';

const unshare = ['unshare', process.getuid?.() === 0 ? '-m' : '-rm', '--propagation', 'private'];
const able = spawnSync(unshare[0]!, [...unshare.slice(1), 'mount', '--bind', '/tmp', '/tmp']).status === 0;
const onMachine = able ? test : test.skip;

type Tree = Record<string, string | Buffer>;
const folders = ['etc', 'var/lib', 'run'];
const mounts = folders.map((folder) => `mount --bind "$1/${folder}" /${folder}`).join(' && ');

function machine(files: Tree, more: (root: string) => void = () => {}) {
	const root = mkdtempSync(join(tmpdir(), 'kubestrap-machine-'));
	for (const folder of folders) mkdirSync(join(root, folder), {recursive: true});
	for (const [path, text] of Object.entries({'etc/machine-id': 'feed\n', ...files})) {
		mkdirSync(dirname(join(root, path)), {recursive: true});
		writeFileSync(join(root, path), text, {mode: 0o600});
	}
	more(root);
	const answers: Buffer[] = [];
	const host: Host = {
		name: 'cp1',
		exec: (argv, {onStdout}) =>
			new Promise((resolve) => {
				const child = spawn(unshare[0]!, [
					...unshare.slice(1),
					'sh',
					'-c',
					`${mounts} && shift && exec "$@"`,
					'sh',
					root,
					...argv,
				]);
				let stderr = '';
				child.stdout.on('data', (chunk: Buffer) => {
					answers.push(chunk);
					onStdout?.(chunk);
				});
				child.stderr.on('data', (chunk) => {
					stderr += String(chunk);
				});
				child.on('close', (code) => resolve({code: code ?? -1, stdout: '', stderr}));
			}),
		close: async () => rmSync(root, {recursive: true, force: true}),
	};
	return {host, answer: () => Buffer.concat(answers).toString('latin1')};
}

const pem = (label: string, body: string) =>
	`-----BEGIN ${label}-----\n${Buffer.from(body).toString('base64')}\n-----END ${label}-----\n`;
const {privateKey} = generateKeyPairSync('ec', {namedCurve: 'P-256'});
const key = privateKey.export({type: 'sec1', format: 'pem'}).toString();
const publicKey = createPublicKey(privateKey).export({type: 'spki', format: 'pem'}).toString();
const certificate = pem('CERTIFICATE', 'this stands for a certificate');
const base64 = (text: string) => Buffer.from(text).toString('base64');
// A key of this form ends with its public half.
const privateLine = key.split('\n')[1]!;

onMachine('public halves come along, private ones stay', async (t) => {
	const kubeconfig = (user: string) => `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${base64(certificate)}
    server: https://10.0.0.1:6443
  name: kubernetes
users:
- name: admin
  user:
${user}`;
	const {host, answer} = machine(
		{
			'etc/kubernetes/pki/ca.crt': `${certificate}${key}`,
			'etc/kubernetes/pki/ca.key': key,
			'etc/kubernetes/pki/etcd/ca.key': 'no key at all',
			'etc/kubernetes/pki/sa.pub': publicKey,
			'etc/kubernetes/admin.conf': kubeconfig(
				`    client-certificate-data: ${base64(certificate)}\n    client-key-data: ${base64(key)}\n    token: s3cr3t-t0ken\n    password: s3cr3t-word\n`,
			),
			'etc/kubernetes/kubelet.conf': kubeconfig('    client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem\n'),
			'etc/kubernetes/encryption.yaml': 'secret: s3cr3t-encryption',
			'etc/kubernetes/manifests/etcd.yaml': 'kind: Pod\n',
			'etc/fstab': '//nas/x /x cifs password=s3cr3t-fstab 0 0\n',
			'var/lib/kubelet/pki/kubelet-client-2026.pem': `${certificate}${key}`,
			'var/lib/kubelet/config.yaml': 'kind: KubeletConfiguration\n',
			'var/lib/kubestrap/token': 'abcdef.s3cr3ts3cr3ts3cr\n',
		},
		(root) =>
			symlinkSync('/var/lib/kubelet/pki/kubelet-client-2026.pem', join(root, 'var/lib/kubelet/pki/kubelet-client-current.pem')),
	);
	const {files} = await surveyNode(cluster(), spec(), host);
	await host.close();
	t.is(files['/etc/kubernetes/pki/ca.crt']?.text, certificate);
	t.is(files['/etc/kubernetes/pki/ca.key']?.publicKey, publicKey);
	t.is(files['/etc/kubernetes/pki/ca.key']?.mode, '0600');
	t.is(files['/etc/kubernetes/pki/ca.key']?.text, undefined);
	t.is(files['/etc/kubernetes/pki/ca.key']?.sha256, undefined);
	t.is(files['/etc/kubernetes/pki/etcd/ca.key']?.publicKey, '');
	t.is(files['/etc/kubernetes/pki/sa.pub']?.text, publicKey);
	t.deepEqual(JSON.parse(files['/etc/kubernetes/admin.conf']?.text ?? ''), {
		ca: certificate,
		server: 'https://10.0.0.1:6443',
		certificate,
	});
	t.is(files['/etc/kubernetes/admin.conf']?.publicKey, publicKey);
	t.deepEqual(JSON.parse(files['/etc/kubernetes/kubelet.conf']?.text ?? ''), {
		ca: certificate,
		server: 'https://10.0.0.1:6443',
		certificateFile: '/var/lib/kubelet/pki/kubelet-client-current.pem',
	});
	t.is(files['/etc/kubernetes/encryption.yaml']?.text, undefined);
	t.is(files['/etc/kubernetes/manifests/etcd.yaml']?.text, 'kind: Pod\n');
	t.is(files['/etc/fstab']?.text, undefined);
	t.is(files['/var/lib/kubelet/pki/kubelet-client-current.pem']?.text, certificate);
	t.is(files['/var/lib/kubelet/pki/kubelet-client-current.pem']?.publicKey, publicKey);
	t.is(files['/var/lib/kubelet/config.yaml']?.text, 'kind: KubeletConfiguration\n');
	t.is(files['/var/lib/kubestrap/token']?.text, 'abcdef \n');
	for (const secret of ['s3cr3t', base64(key).slice(40, 80), privateLine]) t.false(answer().includes(secret), secret);
});

onMachine('odd names, huge files and odd kubeconfigs do no harm', async (t) => {
	const {host, answer} = machine(
		{
			'etc/kubernetes/pki/__proto__': 'x',
			'etc/kubernetes/pki/new\nline.crt': certificate,
			'etc/kubernetes/pki/with space.crt': certificate,
			'etc/kubernetes/pki/$(touch ran).crt': 'no end of line',
			'etc/kubernetes/manifests/huge.yaml': '',
			'etc/kubernetes/admin.conf': 'server: https://a\nserver: https://b\nclient-certificate-data: %%%\n',
			'etc/kubernetes/scheduler.conf': '{"clusters": []}',
		},
		(root) => truncateSync(join(root, 'etc/kubernetes/manifests/huge.yaml'), 1 << 30),
	);
	const {files} = await surveyNode(cluster(), spec(), host);
	await host.close();
	t.is(files['/etc/kubernetes/manifests/huge.yaml']?.size, 1 << 30);
	t.is(files['/etc/kubernetes/manifests/huge.yaml']?.text, undefined);
	t.true(Object.hasOwn(files, '/etc/kubernetes/pki/__proto__'));
	t.is(files['/etc/kubernetes/pki/with space.crt']?.text, certificate);
	t.is(files['/etc/kubernetes/pki/$(touch ran).crt']?.text, '');
	t.deepEqual(
		Object.keys(files).filter((path) => path.includes('new')),
		[],
	);
	t.is(JSON.parse(files['/etc/kubernetes/admin.conf']?.text ?? '').server, undefined);
	t.is(files['/etc/kubernetes/scheduler.conf']?.text, '{}');
	t.true(answer().length < 100_000);
});

onMachine('what is ours, and what units of ours left', async (t) => {
	const record = {clusterId: 'c1', name: 'lab', writer: '0.1.0', fence: 3, birthMembers: ['cp1']};
	const {host} = machine({
		'var/lib/kubestrap/cluster.json': JSON.stringify({...record, fence: 2}),
		'var/lib/kubestrap/fence': '3 run-1 operator\n',
		'var/lib/kubestrap/token': 'abcdef 2026-11-22T00:00:00Z\n',
		'var/lib/kubestrap/owned.ndjson':
			'{"kind":"file","name":"/etc/x","before":null}\n{"kind":"fi{"kind":"sysctl","name":"vm.swappiness","before":"60"}\n{"kind":"fi',
		'run/kubestrap/kubestrap-lab-prepare-1/rc': '0\n',
		'run/kubestrap/kubestrap-lab-prepare-2/log': 'x',
	});
	const facts = await surveyNode(cluster(), spec(), host);
	await host.close();
	t.deepEqual(facts.ownership, {
		...record,
		owned: [
			{kind: 'file', name: '/etc/x', before: null},
			{kind: 'sysctl', name: 'vm.swappiness', before: '60'},
		],
		torn: 1,
	});
	t.deepEqual(facts.units, [
		{name: 'kubestrap-lab-prepare-1', active: false, rc: 0},
		{name: 'kubestrap-lab-prepare-2', active: false},
	]);
	t.is(facts.machineId, 'feed');
	t.is(facts.files['/var/lib/kubestrap/token']?.text, 'abcdef 2026-11-22T00:00:00Z\n');
});

for (const [title, text] of Object.entries({
	cut: '{"clusterId": "c1',
	'of another kind': '[]',
	nameless: '{"clusterId": "c1"}',
	empty: '',
})) {
	onMachine(`a record of ours that is ${title} makes the machine unknown, not bare`, async (t) => {
		const {host} = machine({'var/lib/kubestrap/cluster.json': text});
		await t.throwsAsync(surveyNode(cluster(), spec(), host), {message: /cp1: .*cluster\.json/});
		await host.close();
	});
}

onMachine('a file that is no UTF-8 comes with every byte of it', async (t) => {
	const fstab = Buffer.from('# Gro\xdfe Platte\n/dev/sda2 none swap sw 0 0\n', 'latin1');
	const {host} = machine({'etc/fstab': fstab}, (root) => chmodSync(join(root, 'etc/fstab'), 0o644));
	const {files} = await surveyNode(cluster(), spec(), host);
	await host.close();
	const seen = files['/etc/fstab'];
	t.true(seen?.latin1);
	t.deepEqual(Buffer.from(seen?.text ?? '', 'latin1'), fstab);
});
