/** What keeps the components of a control plane from running. */
import {broken, type Row} from './row.ts';

const row = (id: string, how: string, programs: string, sh: string, expects: string, more: Partial<Row> = {}): Row => ({
	id,
	how,
	inject: broken(programs, sh),
	phase: 'wait-api-server',
	expects,
	...more,
});
const api = (id: string, how: string, sh: string, expects: string, more: Partial<Row> = {}) =>
	row(id, how, 'kube-apiserver', sh, expects, more);
const etcd = (id: string, how: string, sh: string, expects: string, more: Partial<Row> = {}) =>
	row(id, how, 'kube-apiserver etcd', sh, expects, more);
const early = {early: true} as const;
/** etcd's own files stay: kubestrap would see that they are not good, and say so before anything waits. */
const otherCertificate = `sed -i 's|/etcd/server[.]|/etcd/cause.|' $manifests/etcd.yaml; cp $pki/etcd/server.key $pki/etcd/cause.key; minted $pki/etcd/cause $pki/etcd/ca /CN=cp1`;
const keepData = 'cp -a /var/lib/etcd/member /root/cause/etcd';

export const controlPlaneRows: readonly Row[] = [
	api(
		'apiserver-flag',
		'a flag that the API server does not know',
		'argument kube-apiserver --no-such-flag=1',
		'component-argument',
		early,
	),
	api(
		'apiserver-gate',
		'a feature gate that does not exist',
		'argument kube-apiserver --feature-gates=NoSuchGate=true',
		'component-argument',
		early,
	),
	api(
		'admission-plugin',
		'an admission plug-in that does not exist',
		'sed -i "s|=NodeRestriction|=NodeRestriction,NoSuchPlugin|" $manifests/kube-apiserver.yaml',
		'admission-plugin',
		early,
	),
	api(
		'encryption-config',
		'an EncryptionConfiguration whose key has the wrong length',
		`printf 'apiVersion: apiserver.config.k8s.io/v1\\nkind: EncryptionConfiguration\\nresources:\\n- resources: [secrets]\\n  providers:\\n  - aescbc: {keys: [{name: one, secret: c2hvcnQ=}]}\\n' >$pki/encryption.yaml
argument kube-apiserver --encryption-provider-config=/etc/kubernetes/pki/encryption.yaml`,
		'encryption-config',
		early,
	),
	api(
		'service-network',
		'two networks of Services of one family',
		'sed -i "s|service-cluster-ip-range=.*|service-cluster-ip-range=10.96.0.0/16,10.97.0.0/16|" $manifests/kube-apiserver.yaml',
		'service-network',
		early,
	),
	api(
		'file-missing',
		'a flag with a file that is not there',
		'argument kube-apiserver --audit-policy-file=/etc/kubernetes/pki/no-such-policy.yaml',
		'component-file',
		early,
	),
	api(
		'wrong-address',
		'--bind-address that is no address of the machine',
		'argument kube-apiserver --bind-address=192.0.2.7',
		'wrong-address',
	),
	api('port-6443', 'another program on port 6443', 'thief 6443 /dev/null', 'port-taken', {seconds: 25}),
	api(
		'out-of-memory',
		'a memory limit of 24 MiB for the API server',
		'sed -i "s|^      requests:|      limits: {memory: 24Mi}\\n&|" $manifests/kube-apiserver.yaml',
		'out-of-memory',
	),
	api(
		'etcd-authority',
		"another authority as etcd's",
		'sed -i "s|--etcd-cafile=.*|--etcd-cafile=$pki/front-proxy-ca.crt|" $manifests/kube-apiserver.yaml',
		'certificate-bad',
	),
	api(
		'etcd-name',
		'etcd asked by a name that its certificate does not have',
		'echo "127.0.0.1 other.example" >>/etc/hosts; sed -i "s|https://127.0.0.1:2379|https://other.example:2379|" $manifests/kube-apiserver.yaml',
		'certificate-names',
	),
	etcd(
		'certificate-ended',
		"etcd's certificate ended last year",
		`${otherCertificate} 20240101000000Z 20250101000000Z`,
		'certificate-expired',
	),
	etcd(
		'clock-behind',
		"etcd's certificate begins in 2040: what a clock that is behind sees",
		`${otherCertificate} 20400101000000Z 20410101000000Z`,
		'clock',
	),
	etcd('etcd-flag', 'a flag that etcd does not know', 'argument etcd --no-such-flag=1', 'component-argument', early),
	etcd('etcd-port', 'another program on port 2379', 'thief 2379 /dev/null', 'port-taken'),
	etcd(
		'etcd-member',
		'a name that is not in the list of members, and no data',
		`${keepData}; rm -rf /var/lib/etcd/member; sed -i 's|--name=.*|--name=other|' $manifests/etcd.yaml`,
		'etcd-wrong-member',
	),
	etcd(
		'etcd-data',
		"garbage over the beginning of etcd's database",
		`${keepData}; dd if=/dev/urandom of=/var/lib/etcd/member/snap/db bs=4096 count=4 conv=notrunc status=none`,
		'etcd-data',
		early,
	),
	etcd(
		'disk-full',
		"a full file system under etcd's data",
		'mount -t tmpfs -o size=64k tmpfs /var/lib/etcd; head -c 65536 /dev/zero >/var/lib/etcd/filled',
		'disk-full',
	),
	etcd(
		'read-only',
		"a read-only file system under etcd's data",
		'mount -t tmpfs -o ro,size=64k tmpfs /var/lib/etcd',
		'read-only',
	),
	{
		...api('manager-flag', 'a flag that the controller manager does not know', '', 'component-argument', early),
		inject: broken('kube-controller', 'argument kube-controller-manager --no-such-flag=1'),
		phase: 'wait-control-plane',
	},
	{
		...api('scheduler-config', 'a configuration of the scheduler that is not there', '', 'component-file', early),
		inject: broken('kube-scheduler', 'argument kube-scheduler --config=/etc/kubernetes/no-such-scheduler.yaml'),
		phase: 'wait-control-plane',
	},
];
